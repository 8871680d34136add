import type { ImageFacts } from "./model/facts.ts";
import type { Picture, Pixels } from "./model/picture.ts";
import type { ScoredFormat, EncodeSettings, OxipngPreset } from "./model/settings.ts";

/**
 * The pixel engine. One call at a time: the callers take turns in the work queue. Every failure is an `ImagingError`;
 * the instance that failed is dropped and the next call starts a new one.
 */
export interface PixelEngine {
  /**
   * Decodes to upright 8-bit RGBA: inks and gray profiles become sRGB, an RGB profile is handed on. The decoder of a
   * large picture is let go before the promise settles; a small one may stay.
   */
  decode(bytes: Uint8Array<ArrayBuffer>, facts: ImageFacts): Promise<Picture>;
  /** Encodes; the profile goes into the file, or the colours become sRGB where the format cannot hold it. */
  encode(picture: Picture, settings: EncodeSettings): Promise<Uint8Array<ArrayBuffer>>;
  /** The pixels of a lossy WebP or AVIF that this engine has encoded. */
  decodeVariant(file: Uint8Array, format: ScoredFormat): Promise<Pixels>;
  /** The same PNG in fewer bytes, without loss; the very bytes when there is nothing to gain. */
  optimisePng(bytes: Uint8Array<ArrayBuffer>, effort: OxipngPreset): Promise<Uint8Array<ArrayBuffer>>;
  /** An animated GIF as an animated WebP; undefined where that is larger. Yields to other requests between frames. */
  animate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Bytes of WASM memory held by live instances. */
  liveBytes(): number;
  /** Drops every idle instance. */
  dropIdle(): void;
}
