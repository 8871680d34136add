import { timingSafeEqual } from "node:crypto";
import zlib from "node:zlib";
import { canCopy } from "../src/edge/http/copy-response.ts";

/**
 * Gives Node.js what the application uses of the Workers platform and Node.js lacks: streams that pass bytes on, and a
 * comparison in constant time.
 */
export function providePlatform(): void {
  class IdentityTransformStream extends TransformStream<Uint8Array, Uint8Array> {}
  /** A wrong length shows at the client, whose connection states it. */
  class FixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
    constructor(_length: number) {
      super();
    }
  }
  Object.assign(globalThis, { IdentityTransformStream, FixedLengthStream });
  Object.assign(crypto.subtle, {
    timingSafeEqual: (a: ArrayBuffer, b: ArrayBuffer) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
  });
}

/** Codings that Node.js undoes, and those that an origin is asked for, as a Worker does: older versions do not know `zstd`. */
const decoded: readonly string[] = [
  "gzip",
  "x-gzip",
  "deflate",
  "br",
  ...("createZstdDecompress" in zlib ? ["zstd"] : []),
];
const askedFor = "gzip, br";

/**
 * Asks an origin. The body comes decoded here, as in a Worker, so what is said of its coding is taken away (RFC 9110 §8.4),
 * also where a body would have come.
 */
export async function fetchOrigin(...asked: Parameters<typeof fetch>): Promise<Response> {
  const request = new Request(...asked);
  request.headers.set("accept-encoding", askedFor);
  const response = await fetch(request);
  const codings = (response.headers.get("content-encoding") ?? "").toLowerCase().split(",");
  if (!canCopy(response) || !codings.every((coding) => decoded.includes(coding.trim()))) return response;
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(response.body, { status: response.status, headers });
}
