/**
 * The JPEG side of the coefficient engine behind HTTP, for the benchmark. Never deployed.
 *
 *   PUT  /source            body: a JPEG; kept for the runs that follow
 *   POST /read?repeat       reads its coefficients, in bands where that is possible
 *   POST /pack?repeat       packs it; the answer is the number of bytes
 *
 * Clocks stand still while a Worker computes, so `repeat` does the work several times and the caller measures.
 */
import { packJpeg } from "../../src/coefficients/pack-jpeg.ts";
import { readDense, streamBands } from "../../src/coefficients/read-coefficients.ts";
import { readJpegFrame } from "../../src/coefficients/read-frame.ts";

let source = new Uint8Array();

const work: Readonly<Record<string, () => number>> = {
  "/read": () => {
    const frame = readJpegFrame(source);
    if (frame.shape === "dense") return readDense(source, frame).dc.length;
    let bands = 0;
    streamBands(source, frame, () => {
      bands++;
    });
    return bands;
  },
  "/pack": () => packJpeg(source, { metadata: "keep" }).length,
};

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/source") {
      source = new Uint8Array(await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const run = work[pathname];
    if (run === undefined) return new Response(null, { status: 404 });
    let result = 0;
    for (let i = Number(searchParams.get("repeat")); i > 0; i--) result = run();
    return new Response(String(result));
  },
};
