/** Length, type and check sum of a PNG chunk (PNG, third edition, §5.3). */
const chunkOverhead = 12;
const signatureLength = 8;
/** gAMA of sRGB: 1/2.2 in units of 1/100000 (§11.3.2.2). */
const srgbGamma = 45455;
/** "Unspecified" in ITU-T H.273, table 2. */
const unspecifiedPrimaries = 2;

interface Chunk {
  readonly name: string;
  readonly whole: Buffer;
  readonly data: Buffer;
}

/**
 * A PNG as the metric has to see it. Its reader refuses a cICP chunk that says "unspecified", which avifdec writes
 * beside a profile, and takes a gAMA that only restates sRGB for a plain power curve, which sRGB is not.
 */
export function toPlainPng(png: Buffer): Buffer {
  const chunks = readChunks(png).filter(({ name, data }) => name !== "cICP" || data[0] !== unspecifiedPrimaries);
  const names = new Set(chunks.map(({ name }) => name));
  const gamma = chunks.find(({ name }) => name === "gAMA")?.data.readUInt32BE(0);
  const restatesSrgb = gamma === srgbGamma && !names.has("iCCP") && !names.has("cICP");
  const kept = restatesSrgb ? chunks.filter(({ name }) => name !== "gAMA" && name !== "cHRM") : chunks;
  return Buffer.concat([png.subarray(0, signatureLength), ...kept.map(({ whole }) => whole)]);
}

function readChunks(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = signatureLength; at + chunkOverhead <= png.length;) {
    const end = at + chunkOverhead + png.readUInt32BE(at);
    const name = png.toString("latin1", at + 4, at + 8);
    chunks.push({ name, whole: png.subarray(at, end), data: png.subarray(at + 8, end - 4) });
    at = end;
  }
  return chunks;
}
