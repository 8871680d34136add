import { crc32 } from "../bytes/crc32.ts";

const signatureBytes = 8;
/** Length and type before the data, CRC after it (§5.3). */
const chunkHeaderBytes = 8;
const chunkCrcBytes = 4;

/**
 * The first thing wrong with a PNG's chunks, from the signature to IEND: a CRC that does not match, or a missing end.
 * The decoder does not look at CRCs, so that a flipped bit in an unluckily packed row would become part of a variant,
 * and a damaged tRNS, which browsers skip, would be believed. Ancillary chunks are checked for that reason too.
 */
export function findPngDamage(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = signatureBytes;
  while (at + chunkHeaderBytes + chunkCrcBytes <= bytes.length) {
    const dataEnd = at + chunkHeaderBytes + view.getUint32(at);
    if (dataEnd + chunkCrcBytes > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + chunkHeaderBytes));
    if (crc32(bytes, at + 4, dataEnd) !== view.getUint32(dataEnd)) return `CRC of ${type} does not match`;
    if (type === "IEND") return undefined;
    at = dataEnd + chunkCrcBytes;
  }
  return "ends before IEND";
}
