/** CRC-32 of ISO 3309 as PNG uses it (PNG 3rd edition, §5.5), one entry for each value of a byte. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

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
    if (crcOf(bytes, at + 4, dataEnd) !== view.getUint32(dataEnd)) return `CRC of ${type} does not match`;
    if (type === "IEND") return undefined;
    at = dataEnd + chunkCrcBytes;
  }
  return "ends before IEND";
}

function crcOf(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  for (let at = from; at < to; at++) crc = (crcTable[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
