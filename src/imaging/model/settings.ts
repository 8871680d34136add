import type { FormatId } from "./formats.ts";

/**
 * How a JPEG XR file must be made: `hd-photo` by the rules before the standard (sub-version 0, no overlap filter,
 * which both generations of decoders read alike), `jpeg-xr` by ITU-T T.832 (sub-version 1).
 */
export type JxrContainer = "hd-photo" | "jpeg-xr";

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

/** How the coefficients of a JPEG are written anew. */
export interface RecompressSettings {
  readonly format: "jxl" | "jpeg";
  /** The very coefficients are kept, whatever is written. */
  readonly lossless: true;
  /** Only for JPEG XL: the form whose samples are within 0.3 levels of an unrounded decode (see `JxlOptions`). */
  readonly exact: boolean;
  readonly metadata: MetadataSetting;
}

/** What is kept of a source's metadata: nothing, who made it, or all. */
export type MetadataSetting = "none" | "copyright" | "keep";
