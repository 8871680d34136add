/**
 * The codecs over HTTP, for the benchmark and for tests that judge their output with another program. Never deployed.
 *
 *   PUT  /pixels?width&height                body: RGBA; kept for the runs that follow
 *   PUT  /source                             body: a file; kept for the runs that follow
 *   POST /decode?repeat&fresh&output         decodes the kept file; the answer is upright RGBA
 *   POST /encode?settings&repeat&fresh&output
 *                                            encodes the kept pixels by the settings, in JSON; the answer is the file
 *   POST /optimise?effort&repeat&fresh&output    optimises the kept PNG again; the answer is the file
 *
 * `fresh=true` drops every instance first, `fresh=each` before each repetition; `output=false` keeps the result back, so that no transfer is timed.
 * A Worker's clock does not advance while it computes, so `repeat` does the work several times and the caller measures. The
 * answer's `wasm-bytes` is the largest WASM memory that the work filled; `live-bytes` is what was kept afterwards.
 */
import type { EncodeSettings, OxipngPreset } from "../../src/imaging/model/settings.ts";
import type { Picture } from "../../src/imaging/model/picture.ts";
import { ImagingError } from "../../src/imaging/model/error.ts";
import { createPixelEngine } from "../../src/imaging/create-pixel-engine.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import { isDecoded } from "../../src/imaging/model/facts.ts";

/**
 * Memories of the instances started since the last fresh start. An adapter drops an instance that grew, and with it the
 * figure; a strong reference here would keep what it released.
 */
let memories: WeakRef<WebAssembly.Memory>[] = [];
let largestBytes = 0;

const Instance = WebAssembly.Instance;
WebAssembly.Instance = new Proxy(Instance, {
  construct: (target, [module, imports]: [WebAssembly.Module, WebAssembly.Imports]) => {
    const instance = new target(module, imports);
    const exported = Object.values(instance.exports).filter((item) => item instanceof WebAssembly.Memory);
    memories.push(...exported.map((memory) => new WeakRef(memory)));
    return instance;
  },
});

const engine = createPixelEngine();
let source = new Uint8Array();
let picture: Picture | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const query = url.searchParams;
    if (query.get("fresh") === "true" || query.get("fresh") === "each") {
      engine.dropIdle();
      memories = [];
      largestBytes = 0;
    }
    try {
      return await answer(url.pathname, query, request);
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
      return refuse(error.message, error);
    }
  },
};

async function answer(path: string, query: URLSearchParams, request: Request): Promise<Response> {
  const wanted = query.get("output") !== "false";
  switch (path) {
    case "/pixels":
      picture = {
        pixels: {
          data: new Uint8ClampedArray(await request.arrayBuffer()),
          width: Number(query.get("width")),
          height: Number(query.get("height")),
        },
        profile: undefined,
      };
      return new Response(null, { status: 204 });
    case "/source":
      source = new Uint8Array(await request.arrayBuffer());
      return new Response(null, { status: 204 });
    case "/decode": {
      const facts = await probeImage(source);
      if (facts === undefined || !isDecoded(facts)) return refuse("no picture");
      const { data, width, height } = (await repeated(query, () => engine.decode(source, facts))).pixels;
      const shape = { width: `${width}`, height: `${height}` };
      return new Response(wanted ? data : null, { headers: { ...shape, ...memoryHeaders() } });
    }
    case "/encode": {
      const encoded = picture;
      if (encoded === undefined) return new Response("no pixels", { status: 409 });
      const settings = JSON.parse(query.get("settings") ?? "") as EncodeSettings;
      const file = await repeated(query, () => engine.encode(encoded, settings));
      return new Response(wanted ? file : null, { headers: memoryHeaders() });
    }
    case "/optimise": {
      const effort = Number(query.get("effort")) as OxipngPreset;
      const file = await repeated(query, () => engine.optimisePng(source, effort));
      return new Response(wanted ? file : null, { headers: memoryHeaders() });
    }
    default:
      return new Response("unknown path", { status: 404 });
  }
}

function refuse(message: string, about: { format?: string; kind?: string } = {}): Response {
  const { format = "unknown", kind = "unsupported" } = about;
  return Response.json({ format, kind, message }, { status: 422, headers: memoryHeaders() });
}

/** The work as often as the query says; the last result. */
async function repeated<Result>(query: URLSearchParams, work: () => Promise<Result>): Promise<Result> {
  const dropsEach = query.get("fresh") === "each";
  let result = await work();
  for (let run = Number(query.get("repeat") ?? 1); run > 1; run--) {
    if (dropsEach) engine.dropIdle();
    result = await work();
  }
  return result;
}

/** To be called right after the work, before what it dropped can be collected. */
function memoryHeaders(): Record<string, string> {
  memories = memories.filter((memory) => memory.deref() !== undefined);
  largestBytes = Math.max(largestBytes, ...memories.map((memory) => memory.deref()?.buffer.byteLength ?? 0));
  return { "wasm-bytes": `${largestBytes}`, "live-bytes": `${engine.liveBytes()}` };
}
