import { boxes } from "../bytes/boxes.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import type { FormatId } from "../model/formats.ts";
import { hasEndMarker } from "../probe/end-marker.ts";

/** Whether all boxes of a file lie within it (ISO/IEC 14496-12 §4.2). */
function holdsItsBoxes(bytes: Uint8Array): boolean {
  try {
    for (const { payload } of boxes(new ByteReader(bytes))) payload();
    return true;
  } catch {
    return false;
  }
}

/** Whether the file has as many bytes as its RIFF header says (RFC 9649 §2.4). */
function holdsItsChunks(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 <= bytes.length;
}

const checks: Partial<Record<FormatId, (bytes: Uint8Array) => boolean>> = {
  webp: holdsItsChunks,
  avif: holdsItsBoxes,
  jp2: holdsItsBoxes,
};

/** Whether a file that was made here has its end, as far as its format says where that is. */
export function isWhole(format: FormatId, bytes: Uint8Array): boolean {
  return hasEndMarker(format, bytes) && (checks[format]?.(bytes) ?? true);
}
