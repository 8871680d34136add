import type { FormatId } from "../../imaging/model/formats.ts";
import type { Reason } from "../reasons.ts";

/** What the `Edge-Imaging` header says. Sizes in bytes; what is not known is left out. */
export interface Explanation {
  /** Format of the bytes that are sent. */
  readonly format: FormatId | undefined;
  /** Format that the origin delivered. */
  readonly source: FormatId | undefined;
  readonly reason: Reason;
  readonly classToken: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Formats still being made for this client class. */
  readonly pending: readonly FormatId[];
}

/**
 * The header as a structured-field dictionary (RFC 9651 §3.2). All words used are tokens by construction (§3.3.4):
 * names of formats, reasons, and classes, which join format names with `+`.
 */
export function formatExplanation(explanation: Explanation): string {
  const { format, source, reason, classToken, from, to, pending } = explanation;
  const saved = from === undefined || to === undefined ? undefined : from - to;
  const members = Object.entries({ format, source, reason, class: classToken, from, to, saved })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`);
  if (pending.length > 0) members.push(`pending=(${pending.join(" ")})`);
  return members.join(", ");
}
