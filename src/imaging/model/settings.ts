/**
 * How a JPEG XR file must be made: `hd-photo` by the rules before the standard (sub-version 0, no overlap filter,
 * which both generations of decoders read alike), `jpeg-xr` by ITU-T T.832 (sub-version 1).
 */
export type JxrContainer = "hd-photo" | "jpeg-xr";

/** Resolution of the coded colour: a quarter of the samples, or all. */
export type Chroma = "4:2:0" | "4:4:4";

/** libavif's scale: higher is faster. */
export type AvifSpeed = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** libwebp's scale: higher is slower. */
export type WebpMethod = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/**
 * oxipng's presets. 0 and 1 try one filter strategy with zlib-like and near-optimal search, 2 tries four. The presets
 * above cost several times as much for another per cent.
 */
export type OxipngPreset = 0 | 1 | 2;

/**
 * Quick rows and the runtime's zlib, which need no memory beside the picture and suit any size; or oxipng, which is
 * smaller by a tenth on photographs and takes three to ten times as long.
 */
export type PngEffort = "stream" | OxipngPreset;

/** The score that a file is to have against its picture. */
export interface TargetScore {
  /** SSIMULACRA 2. */
  readonly score: number;
  /** A better file is left as it is. */
  readonly isMinimum: boolean;
}

/** How pixels are encoded. `quality` is each encoder's own scale, 1–100. */
export type EncodeSettings =
  | {
      readonly format: "avif";
      readonly quality: number;
      readonly speed: AvifSpeed;
      readonly chroma: Chroma;
      /** Bits of each coded sample. More than the picture has make rounding finer. */
      readonly bitDepth: 8 | 10;
      readonly target?: TargetScore;
    }
  | {
      readonly format: "webp";
      readonly lossless: false;
      /** The encoder that works row by row, for pictures without transparency. Its quality is on a scale near libwebp's. */
      readonly coder: "rows";
      readonly quality: number;
      /** Reached by a search before the encode. */
      readonly target?: TargetScore;
    }
  | {
      readonly format: "webp";
      readonly lossless: false;
      readonly coder: "libwebp";
      readonly quality: number;
      readonly method: WebpMethod;
      /** Colour, which this format halves always, is fitted to what a decoder makes of it. */
      readonly sharpYuv: boolean;
      readonly target?: TargetScore;
    }
  | {
      readonly format: "webp";
      readonly lossless: true;
      /** The method of the lossless coder. */
      readonly effort: WebpMethod;
    }
  | { readonly format: "jpeg"; readonly quality: number; readonly chroma: Chroma }
  | { readonly format: "png"; readonly effort: PngEffort }
  | { readonly format: "jp2"; readonly lossless: true }
  | { readonly format: "jp2"; readonly lossless: false; readonly quality: number }
  | { readonly format: "jxr"; readonly container: JxrContainer; readonly lossless: true }
  | {
      readonly format: "jxr";
      readonly container: JxrContainer;
      readonly lossless: false;
      readonly quality: number;
    };

/** Formats with an encoder for pixels. */
export type EncodedFormat = EncodeSettings["format"];

/** The settings of one encoder. */
export type SettingsOf<Format extends EncodedFormat> = Extract<EncodeSettings, { readonly format: Format }>;

/** Formats whose files can be compared with their picture before they are sent. */
export type ScoredFormat = "avif" | "webp";

/** Settings of lossy encoders whose files are compared with their picture; where the target is missed, another encode comes nearer. */
export type ScoredSettings = SettingsOf<"avif"> | Extract<EncodeSettings, { readonly coder: "libwebp" }>;

export function isScored(settings: EncodeSettings): settings is ScoredSettings {
  return settings.format === "avif" || isLossyWebp(settings, "libwebp");
}

/** Settings of one encoder of lossy WebP. */
export type LossyWebp<Coder extends WebpCoder> = Extract<EncodeSettings, { readonly coder: Coder }>;
export type WebpCoder = Extract<EncodeSettings, { readonly coder: string }>["coder"];

export function isLossyWebp<Coder extends WebpCoder>(
  settings: EncodeSettings,
  coder: Coder,
): settings is LossyWebp<Coder> {
  return settings.format === "webp" && !settings.lossless && settings.coder === coder;
}

/** Whether a decoder gets back every pixel of 8 bits. */
export function isLosslessEncode(settings: EncodeSettings): boolean {
  return settings.format === "png" || ("lossless" in settings && settings.lossless);
}

/** What is kept of a source's metadata: nothing, who made it, or all. */
export type MetadataSetting = "none" | "copyright" | "keep";
