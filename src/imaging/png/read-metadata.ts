import { keywordOf, xmpKeyword } from "./embed.ts";
import { inflateZlib } from "../bytes/inflate.ts";
import { startsWith } from "../bytes/byte-reader.ts";
import { type PngChunk, readPngChunks } from "./chunks.ts";
import { decodeText } from "../metadata/decode-text.ts";
import { findIptc } from "../metadata/iptc-rights.ts";
import type { SourceMetadata } from "../carry/read-metadata.ts";

/** A packet with a long editing history, in hexadecimal digits. */
const maxTextBytes = 8 << 20;

/** Text chunks that are looked at: real files have a few. */
const maxTexts = 256;

/** ImageMagick's way to keep Exif, XMP and IPTC in a text chunk: the name, the number of bytes, hexadecimal digits. */
const rawProfilePrefix = "Raw profile type ";
const rawProfile = /^\n[\w ]{1,20}\n {0,16}[0-9]{1,9}\n([0-9a-f\s]*)$/i;

const exifSignature = "Exif\0\0";
const xmpSignature = "http://ns.adobe.com/xap/1.0/\0";

/** Metadata of a PNG: eXIf, text chunks with XMP and raw profiles, and the keywords Author and Copyright (PNG 3rd edition §11.3.3). */
export async function readPngMetadata(bytes: Uint8Array): Promise<SourceMetadata> {
  let exif: Uint8Array | undefined;
  const texts = new Map<string, Uint8Array>();
  for (const chunk of readPngChunks(bytes)) {
    if (chunk.type === "eXIf") exif ??= chunk.data;
    const keyword = isText(chunk) ? keywordOf(chunk.data) : undefined;
    if (keyword === undefined || !isWanted(keyword) || texts.has(keyword) || texts.size === maxTexts) continue;
    const text = await readText(chunk, keyword);
    if (text !== undefined) texts.set(keyword, text);
  }
  const raw = (name: string) => decodeRawProfile(texts.get(rawProfilePrefix + name));
  const app1 = raw("APP1") ?? raw("exif");
  const resources = raw("iptc");
  const author = texts.get("Author");
  const copyright = texts.get("Copyright");
  return {
    exif: exif ?? afterSignature(app1, exifSignature),
    xmp: texts.get(xmpKeyword) ?? raw("xmp") ?? afterSignature(app1, xmpSignature),
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

function isWanted(keyword: string): boolean {
  return (
    keyword === xmpKeyword || keyword === "Author" || keyword === "Copyright" || keyword.startsWith(rawProfilePrefix)
  );
}

/** The text behind the keyword: tEXt §11.3.3.2, zTXt §11.3.3.3, iTXt §11.3.3.4. */
async function readText({ type, data }: PngChunk, keyword: string): Promise<Uint8Array | undefined> {
  const at = keyword.length + 1;
  if (type === "tEXt") return data.subarray(at);
  if (type === "zTXt") return inflateZlib(data.subarray(at + 1), maxTextBytes);
  // Compression flag and method, then two strings: a language and the keyword in it.
  const languageEnd = data.indexOf(0, at + 2);
  const translationEnd = data.indexOf(0, languageEnd + 1);
  if (languageEnd < 0 || translationEnd < 0) return undefined;
  const text = data.subarray(translationEnd + 1);
  return data[at] === 1 ? inflateZlib(text, maxTextBytes) : text;
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
