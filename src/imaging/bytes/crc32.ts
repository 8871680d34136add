/** CRC-32 of ISO 3309 as PNG uses it (PNG 3rd edition, §5.5), one entry for each value of a byte. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of the bytes from `from` up to and without `to`, unsigned; `before` is that of the bytes before, of which they are the rest. */
export function crc32(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = before ^ -1;
  for (let at = from; at < to; at++) crc = (crcTable[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
