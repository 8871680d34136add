import type { FactsOf } from "../model/facts.ts";
import { startsWith } from "../bytes/byte-reader.ts";

const whitespace = /[\t\n\r ]*/y;
/** A name as far as we need it: everything up to white space or markup. */
const name = /[^\t\n\r "'/<=>[\]]+/y;
/** The rest of a document type declaration: quoted strings and one internal subset may hold `>` (XML 1.0 §2.8). */
const doctypeRest =
  /(?:[^"'[>]|"[^"]*"|'[^']*')*(?:\[(?:[^"'\]<]|"[^"]*"|'[^']*'|<(?!!--)|<!--(?:[^-]|-(?!->))*-->)*\])?[\t\n\r ]*>/y;

/**
 * True when the first element of an XML document is `svg`: after a byte order mark, the XML declaration, comments,
 * processing instructions and a document type of that name (XML 1.0 §2.8). A page that merely contains one is HTML.
 * Reads UTF-8 and other supersets of ASCII, in one pass.
 */
export function hasSvgRoot(prefix: Uint8Array): boolean {
  const start = startsWith(prefix, [0xef, 0xbb, 0xbf]) ? 3 : 0;
  const first = prefix[skipAsciiSpace(prefix, start)];
  if (first !== 0x3c) return false;
  const text = new TextDecoder("windows-1252").decode(prefix.subarray(start));
  let at = 0;
  for (;;) {
    at = matchEnd(whitespace, text, at) ?? at;
    if (text.startsWith("<?", at)) at = endOf(text, "?>", at + 2);
    else if (text.startsWith("<!--", at)) at = endOf(text, "-->", at + 4);
    else if (text.startsWith("<!DOCTYPE", at)) {
      const nameAt = matchEnd(whitespace, text, at + 9) ?? text.length;
      const nameEnd = matchEnd(name, text, nameAt);
      if (nameEnd === undefined || !isSvgName(text.slice(nameAt, nameEnd))) return false;
      at = matchEnd(doctypeRest, text, nameEnd) ?? text.length;
    } else {
      const nameEnd = text[at] === "<" ? matchEnd(name, text, at + 1) : undefined;
      return nameEnd !== undefined && nameEnd < text.length && isSvgName(text.slice(at + 1, nameEnd));
    }
    if (at >= text.length) return false;
  }
}

/** Facts of an SVG. It has no stored pixels: its size is left undefined although the root may state one. */
export function probeSvg(): FactsOf<"svg"> {
  return {
    format: "svg",
    width: undefined,
    height: undefined,
    bitDepth: undefined,
    components: undefined,
    colour: "unknown",
    alpha: true,
    animated: false,
    profile: "none",
    hdr: false,
    provenance: false,
    orientation: 1,
  };
}

function skipAsciiSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d) at++;
  return at;
}

function isSvgName(qualified: string): boolean {
  return qualified === "svg" || (qualified.endsWith(":svg") && qualified.indexOf(":") === qualified.length - 4);
}

function endOf(text: string, terminator: string, from: number): number {
  const found = text.indexOf(terminator, from);
  return found < 0 ? text.length : found + terminator.length;
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
