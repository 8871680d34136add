import type { ParsedUrl, UrlDirectives } from "./parsed-url.ts";

/** What rows write into while a URL is read. */
export type Draft = { -readonly [Field in keyof UrlDirectives]: UrlDirectives[Field] } & {
  /** False when the named format is not a picture (PDF, video, JSON). */
  formatIsImage: boolean;
};

/** Executed when the documentation is generated, and by a test. */
interface ModifierExample {
  /** Path and query as a client asks. */
  readonly url: string;
  /** Path and query of the request to the origin; left out when they equal `url`. */
  readonly origin?: string;
  /** Every field that this URL sets; all others have their neutral value. */
  readonly reads: Partial<Omit<ParsedUrl, "dialect" | "sourcePath" | "keyPath">>;
}

/** One modifier of a dialect. */
export interface ModifierRow {
  /** As it is written in a URL. */
  readonly name: string;
  /** Accepted values, for people: shown in the documentation and in the note about an ignored value. */
  readonly accepts: string;
  readonly meaning: string;
  /** Whether the origin is asked without it; left out when it always stays. */
  readonly isTakenOut?: (value: string) => boolean;
  /** What the value says; `undefined` when it is not accepted, which is noted. */
  readonly read: (value: string) => Partial<Draft> | undefined;
  /** What is assumed from the presence of a value that is not accepted. */
  readonly otherwise?: Partial<Draft>;
  /** Repeating it adds to it instead of replacing it. */
  readonly combines?: boolean;
  readonly example: ModifierExample;
}

/**
 * Highest pixel ratio that a URL may request, device pixels per CSS pixel: no screen has more, and the cost grows with
 * its square.
 */
const maxPixelRatio = 5;

/** A whole number without sign, exponent or more digits than `maximum` has. */
export function integerOf(text: string, minimum: number, maximum: number): number | undefined {
  if (text.length === 0 || text.length > String(maximum).length || !/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= minimum && value <= maximum ? value : undefined;
}

/** A pixel ratio from 1 to `maxPixelRatio` in plain decimals; an exponent or a sign is no ratio. */
export function pixelRatioOf(text: string): number | undefined {
  if (!/^\d(?:\.\d{1,3})?$/.test(text)) return undefined;
  const value = Number(text);
  return value >= 1 && value <= maxPixelRatio ? value : undefined;
}

/** Longest side that a URL may state, in pixels: more cannot be encoded as JPEG (ITU-T T.81 B.2.2). */
export const maxStatedSide = 65_535;

/** `on` is true, `off` is false. */
export function switchOf(text: string): boolean | undefined {
  const value = text.toLowerCase();
  return value === "on" ? true : value === "off" ? false : undefined;
}

/** The value with percent-escapes resolved; as it is when they are malformed. */
export function decodeValue(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Notes kept per URL, and characters of a value quoted in one: a hostile query must not fill the log. */
const maxNotes = 16;
const maxQuoted = 40;

function quote(text: string): string {
  return text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text;
}

export function addNote(notes: string[], note: string): void {
  if (notes.length < maxNotes) notes.push(note);
}

/** Applies one modifier to the draft, or notes why not. */
export function applyModifier(row: ModifierRow, value: string, draft: Draft, notes: string[]): void {
  const read = row.read(value);
  if (read === undefined) addNote(notes, `${row.name} "${quote(value)}" ignored: ${row.accepts}`);
  const patch = read ?? row.otherwise;
  if (patch !== undefined) Object.assign(draft, patch);
}
