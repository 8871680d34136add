/** The kernel's memory for each macroblock of a row: samples, lines, flags, and what a row may leave at most. */
const kernelBytesPerMacroblock = 1472;
/** Its tables, and that memory grows in pages. */
const kernelBytes = 3 << 16;

/** What levels and modes take: photographs 0.3 to 0.6 bytes for a pixel. Small pictures may be of anything, noise takes 3.3. */
const levelBytesPerPixel = 0.65;
const leastLevelBytes = 6 << 20;
const mostLevelBytes = 48 << 20;

/** The file in pages and then in one piece, when no levels are left: it has less than three quarters of their bytes. */
const fileShare = 1.5;

/** Pages of the two partitions, tables. */
const fixedBytes = 1 << 19;

/** Most bytes that may be kept of a picture until it is written. What needs more is refused. */
export function maxLevelBytes(width: number, height: number): number {
  return Math.min(Math.max(levelBytesPerPixel * width * height, leastLevelBytes), mostLevelBytes);
}

/** Bytes that `WebpRowsEncoder` allocates at its peak, from the size alone; its lines' source is not counted. */
export function estimateWebpRowsMemory(width: number, height: number): number {
  const macroblocksWide = Math.ceil(width / 16);
  const pixels = 256 * macroblocksWide * Math.ceil(height / 16);
  const levels = Math.min(maxLevelBytes(width, height), maxLevelBytesPerPixel * pixels);
  return kernelBytes + kernelBytesPerMacroblock * macroblocksWide + 4 * width + fileShare * levels + fixedBytes;
}

/** A macroblock's 25 blocks of 16 levels, each of five nibbles, and its modes. */
const maxLevelBytesPerPixel = (25 * 16 * 2.5 + 4 + 9) / 256;
