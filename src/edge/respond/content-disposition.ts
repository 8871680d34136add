import { type FormatId, formatOfExtension, formats } from "../../imaging/model/formats.ts";
import { extensionOf } from "../negotiate/candidate.ts";

/** UTF-16 units of a file name, its extension included; file systems stop at 255 bytes. */
const maxNameLength = 100;

/**
 * `Content-Disposition` (RFC 6266) for bytes whose format is not the one that the URL's extension promises, so that
 * "save image as" writes a file that opens. An `attachment` of the origin stays one; only its extension changes.
 * @returns undefined when nothing has to be said; then the origin's own value stays.
 */
export function describeDisposition(
  pathname: string,
  format: FormatId,
  originValue: string | null,
): string | undefined {
  // A name whose bytes the runtime could not read is no name: it is replaced even where the format is the URL's.
  const isReadable = originValue?.includes("\ufffd") !== true;
  if (isReadable && formatOfExtension(extensionOf(pathname)) === format) return undefined;
  const type = /^\s*attachment\b/i.test(originValue ?? "") ? "attachment" : "inline";
  const extension = formats[format].extensions[0];
  const stem = cleanName(namedByOrigin(originValue) ?? lastSegment(pathname), maxNameLength - extension.length - 1);
  const name = `${stem === "" ? "image" : stem}.${extension}`;
  const ascii = name.replace(/[^\x20-\x7e]/g, "_").replace(/%/g, "_");
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`;
}

function lastSegment(pathname: string): string {
  const raw = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

/** The file name of the origin's own header; the extended form wins (RFC 6266 §4.3). */
function namedByOrigin(value: string | null): string | undefined {
  const parameters = [...(value ?? "").matchAll(parameter)];
  const valueOf = (name: string) => parameters.find((match) => match[1]?.toLowerCase() === name)?.slice(2) ?? [];
  const extended = /^utf-8'[^']*'(.+)$/i.exec(valueOf("filename*")[1]?.trim() ?? "")?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Falls back to the plain form, as RFC 8187 §3.2.1 advises for an undecodable value.
    }
  }
  const [quoted, bare] = valueOf("filename");
  const name = quoted?.replace(/\\(.)/g, "$1") ?? bare?.trim();
  return name === undefined || name.includes("\ufffd") ? undefined : decodeBytes(name);
}

/**
 * `; name=value`. An unquoted value reaches to the semicolon, as browsers read it: old applications write names with
 * spaces, and characters that no token has (RFC 6266 appendix C.3).
 */
const parameter = /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g;

/** A field value arrives byte by byte where the runtime does not decode it: bytes that are UTF-8 are read as such. */
function decodeBytes(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(text, (byte) => byte.charCodeAt(0)),
    );
  } catch {
    return text;
  }
}

/** The name without its extension, controls, quotes and separators, at most so many UTF-16 units. */
function cleanName(name: string, maxLength: number): string {
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 && name.length - dot <= 6 ? name.slice(0, dot) : name;
  const clean = [...stem].filter((character) => !isUnsafe(character)).join("");
  let kept = "";
  for (const character of clean.trim()) {
    if (kept.length + character.length > maxLength) break;
    kept += character;
  }
  return kept;
}

function isUnsafe(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
  // Direction marks can disguise an extension; lone surrogates cannot be percent-encoded.
  const isDeceptive =
    (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return isControl || isDeceptive || (code >= 0xd800 && code <= 0xdfff) || '"\\/'.includes(character);
}

/** value-chars of RFC 8187 §3.2.1: encodeURIComponent leaves four characters that are not attr-char. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
