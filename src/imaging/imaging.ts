import type { ImageFacts } from "./model/facts.ts";
import type { FormatId } from "./model/formats.ts";
import type { JxrContainer } from "../edge/negotiate/legacy-support.ts";

/** 8-bit RGBA, row by row from the top left, 4 × width × height bytes, alpha not premultiplied. */
export interface Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Pixels that are upright, and what their numbers mean. */
export interface Picture {
  readonly pixels: Pixels;
  /** ICC profile of RGB pixels; undefined for sRGB. */
  readonly profile: Uint8Array | undefined;
}

/** Formats with an encoder for pixels. */
export const encodedFormats = ["avif", "webp", "jp2", "jxr", "jpeg", "png"] as const satisfies readonly FormatId[];
export type EncodedFormat = (typeof encodedFormats)[number];

/** Formats whose files are looked at before they are sent. */
export const checkedFormats = ["webp", "avif"] as const satisfies readonly EncodedFormat[];
export type CheckedFormat = (typeof checkedFormats)[number];

/** How one variant is to be encoded; the plan fills it, the adapters interpret it. */
export interface EncodeSettings {
  readonly format: EncodedFormat;
  readonly lossless: boolean;
  /** Encoder's own scale, 0–100; ignored when lossless. */
  readonly quality: number;
  /**
   * Encoder's own scale: WebP method 0–6 (higher is slower), AVIF speed 0–10 (higher is faster), PNG 0 for quick rows and
   * 1–3 for oxipng's presets 0–2. The others have none.
   */
  readonly effort: number;
  /** Colour at full resolution; in WebP, which has none, halved with care for edges. */
  readonly fullChroma: boolean;
  /** Bits of each coded sample, 8 when left out. More than the picture has make rounding finer; only for AVIF. */
  readonly bitDepth?: 8 | 10;
  /** Only for JPEG XR. */
  readonly container?: JxrContainer;
  /** SSIMULACRA 2 that the file is to have; where it is missed, a second encode comes nearer. Only for WebP and AVIF. */
  readonly look?: number;
  /** A better look is left as it is. */
  readonly isMinimum?: boolean;
  /** Made only of pictures of this kind, which the pixels tell. */
  readonly only?: "photograph" | "drawing";
}

/**
 * oxipng's presets. 0 and 1 try one filter strategy with zlib-like and near-optimal search, 2 tries four. The presets
 * above cost several times as much for another per cent.
 */
export type OxipngPreset = 0 | 1 | 2;

/** Formats with a decoder. */
export const decodedFormats = ["jpeg", "png", "gif", "tiff"] as const satisfies readonly FormatId[];
export type DecodedFormat = (typeof decodedFormats)[number];

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
  decodeVariant(file: Uint8Array, format: CheckedFormat): Promise<Pixels>;
  /** The same PNG in fewer bytes, without loss; the very bytes when there is nothing to gain. */
  optimisePng(bytes: Uint8Array<ArrayBuffer>, effort: OxipngPreset): Promise<Uint8Array<ArrayBuffer>>;
  /** An animated GIF as an animated WebP; undefined where that is larger. Yields to other requests between frames. */
  animate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Bytes of WASM memory held by live instances. */
  liveBytes(): number;
  /** Drops every idle instance. */
  dropIdle(): void;
}
