import { type FormatId, formats } from "../imaging/model/formats.ts";

/** What can be made: a format, in one of the ways in which it is delivered. */
interface TargetRow {
  readonly format: FormatId;
  /** Where it is not the format's first one. */
  readonly mediaType?: string;
}

/**
 * Everything that this program can make. JPEG XR has three rows: `jxr-ms` is the same file under the name that the
 * format had before it was standardised, and `jxr-hd` one by the rules of that time (HD Photo), for Internet Explorer 9.
 */
export const targets = {
  jxl: { format: "jxl" },
  avif: { format: "avif" },
  webp: { format: "webp" },
  jp2: { format: "jp2" },
  jxr: { format: "jxr" },
  "jxr-ms": { format: "jxr", mediaType: "image/vnd.ms-photo" },
  "jxr-hd": { format: "jxr", mediaType: "image/vnd.ms-photo" },
  jpeg: { format: "jpeg" },
  png: { format: "png" },
} as const satisfies Record<string, TargetRow>;

export type Target = keyof typeof targets;

/** Formats that a client names in Accept, in the order in which a client class names them. */
export const modernTargets = ["jxl", "avif", "webp"] as const satisfies readonly Target[];

/** For clients without any of these: each has at most one. */
export const legacyTargets = ["jp2", "jxr", "jxr-ms", "jxr-hd"] as const satisfies readonly Target[];

/** What every client can show; for clients that have proved nothing better. */
export const universalTargets = ["jpeg", "png"] as const satisfies readonly Target[];

export type NegotiatedTarget = (typeof modernTargets)[number] | (typeof legacyTargets)[number];

/** Formats that the settings name: what a client has to prove before it is sent. */
export const negotiatedFormats = ["jxl", "avif", "webp", "jp2", "jxr"] as const satisfies readonly FormatId[];
export type NegotiatedFormat = (typeof negotiatedFormats)[number];

/** Names one encoded version of a source: a target, made for fast or (where that makes a difference) slow networks. */
export type VariantId = Target | `${Target}.slow`;

/** The Content-Type of a target. */
export function mediaTypeOf(target: Target): string {
  const row: TargetRow = targets[target];
  return row.mediaType ?? formats[row.format].mediaTypes[0];
}
