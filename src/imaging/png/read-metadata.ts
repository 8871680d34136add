import { keywordOf, xmpKeyword } from "./embed.ts";
import { inflateZlib } from "../bytes/inflate-zlib.ts";
import { startsWith } from "../bytes/byte-reader.ts";
import { type PngChunk, readPngChunks } from "./chunks.ts";
import { decodeText } from "../metadata/decode-text.ts";
import { findIptc } from "../metadata/iptc-rights.ts";
import type { SourceMetadata } from "../metadata/source-metadata.ts";
import { appSignature } from "../jpeg/marker.ts";

/** Of all compressed texts together, and of each text that is not handed on as it is; in real files they have kilobytes. */
const maxTextBytes = 1 << 20;

/** ImageMagick's way to keep Exif, XMP and IPTC in a text chunk: the name, the number of bytes, hexadecimal digits. */
const rawProfilePrefix = "Raw profile type ";

/** The keywords that are used; other texts are not even inflated. */
const wantedKeywords: readonly string[] = [
  xmpKeyword,
  "Author",
  "Copyright",
  ...["APP1", "exif", "xmp", "iptc"].map((name) => rawProfilePrefix + name),
];

const rawProfile = /^\n[\w ]{1,20}\n {0,16}[0-9]{1,9}\n([0-9a-f\s]*)$/i;

/**
 * Metadata of a PNG: eXIf, text chunks with XMP and raw profiles, and the keywords Author and Copyright (PNG 3rd edition
 * §11.3.3). Of chunks with the same keyword the first decides.
 */
export function readPngMetadata(bytes: Uint8Array): SourceMetadata {
  let exif: Uint8Array | undefined;
  let inflatedBytes = 0;
  const texts = new Map<string, Uint8Array | undefined>();
  for (const chunk of readPngChunks(bytes)) {
    if (chunk.type === "eXIf") exif ??= chunk.data;
    const keyword = isText(chunk) ? keywordOf(chunk.data) : undefined;
    if (keyword === undefined || !wantedKeywords.includes(keyword) || texts.has(keyword)) continue;
    const { stored, isCompressed } = findText(chunk, keyword) ?? {};
    const text = isCompressed === true && stored ? inflateZlib(stored, maxTextBytes - inflatedBytes) : stored;
    if (isCompressed === true) inflatedBytes += text?.length ?? 0;
    texts.set(keyword, keyword === xmpKeyword || (text?.length ?? 0) <= maxTextBytes ? text : undefined);
  }
  const raw = (name: string) => decodeRawProfile(texts.get(rawProfilePrefix + name));
  const app1 = raw("APP1") ?? raw("exif");
  const resources = raw("iptc");
  const author = texts.get("Author");
  const copyright = texts.get("Copyright");
  return {
    exif: exif ?? afterSignature(app1, appSignature.exif),
    xmp: texts.get(xmpKeyword) ?? raw("xmp") ?? afterSignature(app1, appSignature.xmp),
    iptc: resources && findIptc(resources),
    rights: {
      ...(author === undefined ? {} : { creators: [decodeText(author)] }),
      ...(copyright === undefined ? {} : { copyright: decodeText(copyright) }),
    },
  };
}

function isText({ type }: PngChunk): boolean {
  return type === "tEXt" || type === "zTXt" || type === "iTXt";
}

/** The text after the keyword: tEXt §11.3.3.2, zTXt §11.3.3.3, iTXt §11.3.3.4. */
function findText(
  { type, data }: PngChunk,
  keyword: string,
): { readonly stored: Uint8Array; readonly isCompressed: boolean } | undefined {
  const at = keyword.length + 1;
  if (type === "tEXt") return { stored: data.subarray(at), isCompressed: false };
  if (type === "zTXt") return { stored: data.subarray(at + 1), isCompressed: true };
  // Compression flag and method, then two strings: a language and the keyword in it.
  const languageEnd = data.indexOf(0, at + 2);
  const translationEnd = data.indexOf(0, languageEnd + 1);
  if (languageEnd < 0 || translationEnd < 0) return undefined;
  return { stored: data.subarray(translationEnd + 1), isCompressed: data[at] === 1 };
}

function decodeRawProfile(text: Uint8Array | undefined): Uint8Array | undefined {
  const digits = text && rawProfile.exec(new TextDecoder("windows-1252").decode(text))?.[1]?.replaceAll(/\s/g, "");
  if (digits === undefined || digits === "") return undefined;
  const decoded = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < decoded.length; i++) decoded[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return decoded;
}

function afterSignature(bytes: Uint8Array | undefined, signature: string): Uint8Array | undefined {
  return bytes !== undefined && startsWith(bytes, signature) ? bytes.subarray(signature.length) : undefined;
}
