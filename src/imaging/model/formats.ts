/**
 * What an image format is. One row per format that can arrive or leave; adding a format is one row here and, when it
 * can be decoded or made, one adapter in `codecs/`. The compiler says what is missing.
 */
interface FormatRow {
  /** IANA media types; the first is the one we send. Registry: https://www.iana.org/assignments/media-types */
  readonly mediaTypes: readonly [string, ...string[]];
  /** File name extensions without the dot; the first is the one a saved file gets. */
  readonly extensions: readonly [string, ...string[]];
  /** Shown by every client that shows images at all, so that a wildcard in Accept proves it. */
  readonly universal: boolean;
}

export const formats = {
  jpeg: {
    mediaTypes: ["image/jpeg", "image/jpg", "image/pjpeg"],
    extensions: ["jpg", "jpeg", "jpe", "jfif"],
    universal: true,
  },
  png: { mediaTypes: ["image/png", "image/apng", "image/x-png"], extensions: ["png", "apng"], universal: true },
  gif: { mediaTypes: ["image/gif"], extensions: ["gif"], universal: true },
  webp: { mediaTypes: ["image/webp"], extensions: ["webp"], universal: false },
  avif: { mediaTypes: ["image/avif"], extensions: ["avif", "avifs"], universal: false },
  heic: { mediaTypes: ["image/heic", "image/heif"], extensions: ["heic", "heif"], universal: false },
  jxl: { mediaTypes: ["image/jxl"], extensions: ["jxl"], universal: false },
  jp2: {
    mediaTypes: ["image/jp2", "image/jpx", "image/jpeg2000"],
    extensions: ["jp2", "j2k", "jpf", "jpx"],
    universal: false,
  },
  jxr: { mediaTypes: ["image/jxr", "image/vnd.ms-photo"], extensions: ["jxr", "wdp", "hdp"], universal: false },
  tiff: { mediaTypes: ["image/tiff", "image/tif"], extensions: ["tif", "tiff"], universal: false },
  bmp: { mediaTypes: ["image/bmp", "image/x-ms-bmp"], extensions: ["bmp"], universal: true },
  ico: { mediaTypes: ["image/x-icon", "image/vnd.microsoft.icon"], extensions: ["ico", "cur"], universal: true },
  svg: { mediaTypes: ["image/svg+xml"], extensions: ["svg"], universal: false },
} as const satisfies Record<string, FormatRow>;

export type FormatId = keyof typeof formats;

const rows = Object.entries(formats) as [FormatId, FormatRow][];
const byExtension = new Map(rows.flatMap(([id, row]) => row.extensions.map((extension) => [extension, id] as const)));

/** The format of a lower-case file name extension (without the dot). */
export function formatOfExtension(extension: string): FormatId | undefined {
  return byExtension.get(extension);
}

const byMediaType = new Map(rows.flatMap(([id, row]) => row.mediaTypes.map((type) => [type, id] as const)));

/** The format that a `Content-Type` names, whatever its case and parameters. */
export function formatOfMediaType(contentType: string): FormatId | undefined {
  return byMediaType.get((contentType.split(";", 1)[0] ?? "").trim().toLowerCase());
}

/** Formats with a decoder. */
export const decodedFormats = ["jpeg", "png", "gif", "tiff", "webp", "avif"] as const satisfies readonly FormatId[];
export type DecodedFormat = (typeof decodedFormats)[number];
