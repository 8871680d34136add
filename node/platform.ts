import { timingSafeEqual } from "node:crypto";

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

/**
 * Asks an origin. The body comes decoded here, as in a Worker, so what is said of its coding is taken away (RFC 9110 §8.4).
 */
export async function fetchOrigin(...asked: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...asked);
  if (!response.headers.has("content-encoding") || response.body === null) return response;
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(response.body, { status: response.status, headers });
}
