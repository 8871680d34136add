import type { Pause } from "./steps.ts";
import type { ImageFacts } from "./model/facts.ts";
import type { Picture, Pixels } from "./model/picture.ts";
import type { EncodeSettings, PngEffort, ScoredFormat } from "./model/settings.ts";

/** What the library takes from the program that uses it. */
export interface Outside {
  /** Awaited between two long computations, so that other work can run. */
  readonly pause: Pause;
  /** A name that different bytes never share; colour transforms are kept by it. */
  readonly digest: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
}

/**
 * Everything that computes on pixels or in WASM. One call at a time. Every failure is an `ImagingError`;
 * the instance that failed is dropped and the next call starts a new one.
 */
export interface PixelEngine {
  /** Whether there are codecs for whole pictures; else only what works by rows can be done. */
  holdsPictures(): boolean;
  /**
   * Decodes to upright 8-bit RGBA: CMYK and gray profiles become sRGB, an RGB profile is handed on. The decoder of a
   * large picture is released before the promise settles; a small one may stay.
   */
  decode(bytes: Uint8Array<ArrayBuffer>, facts: ImageFacts): Promise<Picture>;
  /** Encodes; the profile goes into the file, or the colours become sRGB where the format cannot hold it. */
  encode(picture: Picture, settings: EncodeSettings): Promise<Uint8Array<ArrayBuffer>>;
  /** The pixels of a lossy WebP or AVIF that this engine has encoded. */
  decodeVariant(file: Uint8Array, format: ScoredFormat): Promise<Pixels>;
  /** A JPEG or PNG as lossy WebP, row by row; `quality` is near libwebp's. */
  streamWebp(bytes: Uint8Array, format: "jpeg" | "png", quality: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same PNG in fewer bytes, without loss; the same bytes when there is nothing to gain. */
  optimisePng(bytes: Uint8Array<ArrayBuffer>, effort: PngEffort): Promise<Uint8Array<ArrayBuffer>>;
  /** An animated GIF as an animated WebP; undefined where that is larger. Pauses between frames. */
  animate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Bytes of WASM memory held by live instances. */
  liveBytes(): number;
  /** Drops every idle instance. */
  dropIdle(): void;
}
