/**
 * The coefficient engine over HTTP, and what it is compared with, for the benchmark. Never deployed.
 *
 *   PUT  /source              body: a JPEG; kept for the runs that follow
 *   POST /<work>?repeat       does the work; the answer is the number of bytes written, 0 where nothing is
 *
 * A Worker's clock does not advance while it computes, so `repeat` does the work several times and the caller measures.
 */
import { createWebpEncoder } from "../../src/imaging/webp/encode.ts";
import { readPacked, streamBands } from "../../src/imaging/jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../../src/imaging/jpeg/read-frame.ts";
import { decodeRgba } from "../../src/imaging/jpeg/decode/rgba.ts";
import { recompressJpeg } from "../../src/imaging/recompress/recompress.ts";
import { runAtOnce, type Steps } from "../../src/imaging/steps.ts";
import { type Form, recipeOf } from "./forms.ts";

let source = new Uint8Array();

const encoder = createWebpEncoder();

const work: Readonly<Record<string, () => number | Promise<number>>> = {
  "/read": () => {
    const frame = readJpegFrame(source);
    if (frame.shape === "dense") runAtOnce(readPacked(source, frame));
    else runAtOnce(streamBands(source, frame, takeNothing));
    return 0;
  },
  "/optimised": () => recompress("optimised"),
  "/jpeg-lossy": () => recompress("jpeg-lossy"),
  "/jxl": () => recompress("jxl"),
  "/jxl-exact": () => recompress("jxl-exact"),
  "/jxl-lossy": () => recompress("jxl-lossy"),
  "/webp": async () => {
    const frame = readJpegFrame(source);
    const { width, height } = frame;
    const settings = {
      format: "webp",
      lossless: false,
      coder: "libwebp",
      quality: 80,
      method: 4,
      sharpYuv: false,
    } as const;
    return (await encoder.encode({ data: runAtOnce(decodeRgba(source, frame)), width, height }, settings)).length;
  },
};

/** Quality of the source. */
const quality = 85;

function recompress(form: Form): number {
  return runAtOnce(recompressJpeg(source, recipeOf(form, quality), "copyright")).bytes.length;
}

/** Takes a band and does nothing with it. */
function* takeNothing(): Steps<void> {
  yield 0;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/source") {
      source = new Uint8Array(await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const run = work[pathname];
    if (run === undefined) return new Response(null, { status: 404 });
    let bytes = 0;
    for (let i = Number(searchParams.get("repeat") ?? 1); i > 0; i--) bytes = await run();
    return new Response(String(bytes));
  },
};
