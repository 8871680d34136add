/**
 * The PNG optimiser and the PNG and JPEG writers over HTTP, for measurements and for tests that judge their output with
 * another program. Never deployed.
 *
 *   PUT  /?width&height   body: RGBA or a file; kept for the runs that follow
 *   POST /optimise?effort · POST /png?effort · POST /jpeg?quality&chroma
 *
 * `repeat` does the work several times (a Worker's clock does not advance while it computes). Instances are dropped first. The
 * answer's `wasm-bytes` is the largest WASM memory that the work filled.
 */
import type { OxipngPreset, PngEffort } from "../../src/imaging/model/settings.ts";
import { ImagingError } from "../../src/imaging/model/error.ts";
import { createJpegWriter } from "../../src/imaging/jpeg/encode.ts";
import { createPngOptimiser } from "../../src/imaging/png/optimise.ts";
import { createPngWriter } from "../../src/imaging/png/encode.ts";

let memories: WebAssembly.Memory[] = [];
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct: (target, [module, imports]: [WebAssembly.Module, WebAssembly.Imports]) => {
    const instance = new target(module, imports);
    memories.push(...Object.values(instance.exports).filter((item) => item instanceof WebAssembly.Memory));
    return instance;
  },
});

const optimiser = createPngOptimiser();
const png = createPngWriter(optimiser);
const jpeg = createJpegWriter();
let body = new ArrayBuffer(0);
let width = 0;
let height = 0;

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams: query } = new URL(request.url);
    if (request.method === "PUT") {
      body = await request.arrayBuffer();
      width = Number(query.get("width"));
      height = Number(query.get("height"));
      return new Response(null, { status: 204 });
    }
    const repeat = Number(query.get("repeat") ?? 1);
    optimiser.drop();
    jpeg.drop();
    memories = [];
    try {
      let file = new Uint8Array();
      for (let run = 0; run < repeat; run++) file = await work(pathname, query);
      return new Response(query.get("output") === "false" ? null : file, { headers: headersOf(file.length) });
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
      return Response.json(
        { format: error.format, kind: error.kind, message: error.message },
        { status: 422, headers: headersOf(0) },
      );
    } finally {
      memories = [];
    }
  },
};

async function work(path: string, query: URLSearchParams): Promise<Uint8Array<ArrayBuffer>> {
  const effort = query.get("effort") ?? "stream";
  const pixels = (): { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } => ({
    data: new Uint8ClampedArray(body),
    width,
    height,
  });
  switch (path) {
    case "/optimise":
      return optimiser.optimise(new Uint8Array(body), Number(effort) as OxipngPreset);
    case "/png":
      return png.encode(pixels(), effort === "stream" ? effort : (Number(effort) as PngEffort));
    default:
      return jpeg.encode(pixels(), {
        quality: Number(query.get("quality")),
        chroma: query.get("chroma") === "4:4:4" ? "4:4:4" : "4:2:0",
      });
  }
}

function headersOf(fileBytes: number): Record<string, string> {
  return {
    "file-bytes": `${fileBytes}`,
    "wasm-bytes": `${Math.max(0, ...memories.map(({ buffer }) => buffer.byteLength))}`,
    "live-bytes": `${optimiser.liveBytes() + jpeg.liveBytes()}`,
  };
}
