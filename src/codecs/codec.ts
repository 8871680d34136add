import type { FormatId } from "../formats/formats.ts";

/** 8-bit RGBA, row by row from the top left, 4 × width × height bytes, alpha not premultiplied. */
export interface Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Formats with an encoder for pixels. */
export const encodedFormats = ["avif", "webp"] as const satisfies readonly FormatId[];
export type EncodedFormat = (typeof encodedFormats)[number];

/** How one variant is to be encoded; the plan fills it, the adapters interpret it. */
export interface EncodeSettings {
  readonly format: EncodedFormat;
  readonly lossless: boolean;
  /** Encoder's own scale, 0–100; ignored when lossless. */
  readonly quality: number;
  /** Encoder's own scale: WebP method 0–6 (higher is slower), AVIF speed 0–10 (higher is faster). */
  readonly effort: number;
  /** Colour at full resolution, for sources that have it. */
  readonly fullChroma: boolean;
}

/** Formats with a decoder. */
export const decodedFormats = ["jpeg", "png"] as const satisfies readonly FormatId[];
export type DecodedFormat = (typeof decodedFormats)[number];

/**
 * The pixel engine. One call at a time: the callers take turns in the work queue. Every failure is a `CodecError`;
 * the instance that failed is dropped and the next call starts a new one.
 */
export interface PixelEngine {
  /** Decodes to 8-bit RGBA. The decoder of a large picture is let go before the promise settles; a small one may stay. */
  decode(format: DecodedFormat, bytes: Uint8Array): Promise<Pixels>;
  encode(pixels: Pixels, settings: EncodeSettings): Promise<Uint8Array<ArrayBuffer>>;
  /** Bytes of WASM memory held by live instances. */
  liveBytes(): number;
  /** Drops every idle instance. */
  dropIdle(): void;
}
