import { readAvifProfile } from "../avif/read-profile.ts";
import { readChunks } from "../webp/embed.ts";
import type { FormatId } from "../model/formats.ts";
import { ifdEntries, readTiffHeader } from "../bytes/ifd.ts";
import { marker, appSignature } from "../jpeg/marker.ts";
import { headerSegments } from "../jpeg/probe.ts";
import { ByteReader, startsWith } from "../bytes/byte-reader.ts";
import { readPngProfile } from "../png/colour-chunks.ts";
import { joinIccChunks } from "../colour/icc.ts";

/** ICC.1:2022 Annex B.3. */
const tiffIccTag = 34675;

type Reader = (bytes: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

const readers: Partial<Record<FormatId, Reader>> = {
  jpeg: readJpegProfile,
  png: readPngProfile,
  tiff: readTiffProfile,
  avif: (bytes) => readAvifProfile(bytes as Uint8Array<ArrayBuffer>),
  webp: (bytes) => readChunks(bytes).find(({ type }) => type === "ICCP")?.data,
};

/**
 * The ICC profile that says what a file's numbers mean, as it is embedded; for a PNG and an AVIF also one made of
 * code points.
 * Undefined when there is none, when colour chunks mean sRGB, when it cannot be read, and for formats that are not
 * decoded here. (`ImageFacts.profile` distinguishes these: it is `unusable` for what cannot be read.)
 */
export async function readProfile(bytes: Uint8Array, format: FormatId): Promise<Uint8Array | undefined> {
  try {
    return await readers[format]?.(bytes);
  } catch {
    return undefined;
  }
}

/** ICC.1:2022 Annex B.4. */
function readJpegProfile(bytes: Uint8Array): Uint8Array | undefined {
  const chunks: Uint8Array[] = [];
  for (const { marker: code, start, end } of headerSegments(new ByteReader(bytes))) {
    const payload = bytes.subarray(start, end);
    if (code === marker.APP2 && startsWith(payload, appSignature.icc))
      chunks.push(payload.subarray(appSignature.icc.length));
  }
  return joinIccChunks(chunks);
}

function readTiffProfile(bytes: Uint8Array): Uint8Array | undefined {
  const structure = readTiffHeader(bytes);
  for (const { tag, count, valueAt } of ifdEntries(structure, structure.firstIfd))
    if (tag === tiffIccTag) return structure.reader.range(valueAt, valueAt + count);
  return undefined;
}
