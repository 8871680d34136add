import type { FormatId } from "../../imaging/model/formats.ts";
import { type Reason, reasons } from "../reasons.ts";

/** A file that was chosen for a client. */
export interface Chosen {
  /** Format of the original. */
  readonly source: FormatId;
  /** Format that is sent. */
  readonly format: FormatId;
  readonly reason: Reason;
  /** Bytes of the original. */
  readonly from: number;
  /** Bytes that are sent. */
  readonly to: number;
  readonly saved: number;
  /** Formats that are being made, or will be for this client. */
  readonly pending: readonly string[];
}

/** Reasons that gather several causes: the detail is the one that it was. */
const saidByDetail: readonly Reason[] = ["bypass", "origin-error"];

/** One sentence on what a client gets, and why. */
export function summarise(answer: Chosen | { readonly reason: Reason; readonly detail?: string }): string {
  const meaning = reasons[answer.reason].meaning.replaceAll("`", "");
  if (!("format" in answer)) {
    const { reason, detail } = answer;
    const isAll = detail !== undefined && saidByDetail.includes(reason);
    const because = isAll ? detail : meaning + (detail === undefined ? "" : ` (${detail})`);
    return `The origin's own answer is passed on: ${because.replace(/\.$/, "")}.`;
  }
  const { source, format, from, to } = answer;
  const isOriginal = source === format && from === to;
  const file = isOriginal
    ? `The original, ${nameOf(source)} of ${kilobytes(to)}`
    : `${nameOf(format)} of ${kilobytes(to)} in place of ${nameOf(source)} of ${kilobytes(from)} (${percentLess(from, to)})`;
  return `${file}: ${meaning}.`;
}

/** Where it is not the name in capitals. */
const names: Readonly<Partial<Record<FormatId, string>>> = {
  jxl: "JPEG XL",
  webp: "WebP",
  jp2: "JPEG 2000",
  jxr: "JPEG XR",
};

function nameOf(format: FormatId): string {
  return names[format] ?? format.toUpperCase();
}

/** Decimal, as file managers and networks count. */
function kilobytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(bytes < 1e5 ? 1 : 0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function percentLess(from: number, to: number): string {
  const percent = Math.round((1 - to / from) * 100);
  return percent >= 0 ? `${Math.min(99, percent)} % less` : `${-percent} % more`;
}
