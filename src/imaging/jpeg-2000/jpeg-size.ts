import type { Pixels } from "../model/picture.ts";
import type { Tile } from "./tile-plan.ts";

/** Quantisation tables of ITU-T T.81 Annex K (K.1 luma, K.2 chroma), row by row: IJG quality 50. */
const lumaTable = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
const chromaTable = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99,
];

/** cos((2x + 1)uπ / 16) with the scale of T.81 §A.3.3, u in rows. */
const cosines = Float32Array.from({ length: 64 }, (_, i) => {
  const u = i >> 3;
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (i & 7) + 1) * u * Math.PI) / 16);
});

/** Pixels of a minimum coded unit at 4:2:0, each way. */
const unit = 16;

/** One unit in four represents a tile; small tiles are measured whole. */
const sparseness = 4;
const maxPixelsScoredWhole = 65_536;

/** What Huffman coding adds to the magnitude bits: the run and size code of a coefficient, and the end of a block. */
const bitsPerCoefficient = 3.5;
const bitsPerBlock = 3;

/**
 * About how many bytes the scan of a JPEG (4:2:0, or gray) of this quality would have for one tile of a picture. It
 * measures how much detail the tile has; the pixels' alpha is ignored.
 *
 * @param quality IJG scale, 1–100
 */
export function estimateJpegBytes(pixels: Pixels, tile: Tile, colours: 1 | 3, quality: number): number {
  const luma = reciprocalSteps(lumaTable, quality);
  const chroma = reciprocalSteps(chromaTable, quality);
  const stride = tile.width * tile.height > maxPixelsScoredWhole ? sparseness : 1;
  const columns = Math.ceil(tile.width / unit);
  const rows = Math.ceil(tile.height / unit);
  let bits = 0;
  let visited = 0;
  for (let row = 0; row < rows; row++) {
    // Every other row is shifted by half the distance.
    for (let column = (2 * row) % stride; column < columns; column += stride) {
      readUnit(pixels, tile, column * unit, row * unit);
      for (const at of lumaBlocks) bits += countBits(planes.y, at, unit, luma);
      if (colours === 3) bits += countBits(planes.cb, 0, 8, chroma) + countBits(planes.cr, 0, 8, chroma);
      visited++;
    }
  }
  // Units at the edge count in full, as they do in a JPEG.
  return visited === 0 ? 0 : (bits / 8) * ((columns * rows) / visited);
}

/** Where the four luma blocks of a unit begin in its plane. */
const lumaBlocks = [0, 8, 8 * unit, 8 * unit + 8];

/** Samples of the unit at hand, level-shifted. */
const planes = { y: new Float32Array(unit * unit), cb: new Float32Array(64), cr: new Float32Array(64) };

function readUnit({ data, width }: Pixels, tile: Tile, left: number, top: number): void {
  planes.cb.fill(0);
  planes.cr.fill(0);
  for (let y = 0; y < unit; y++) {
    const line = (tile.y + Math.min(top + y, tile.height - 1)) * width + tile.x;
    for (let x = 0; x < unit; x++) {
      const at = 4 * (line + Math.min(left + x, tile.width - 1));
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
      planes.y[y * unit + x] = luma - 128;
      const half = (y >> 1) * 8 + (x >> 1);
      // A quarter each: the mean of four pixels.
      planes.cb[half] = (planes.cb[half] ?? 0) + 0.141 * (blue - luma);
      planes.cr[half] = (planes.cr[half] ?? 0) + 0.1783 * (red - luma);
    }
  }
}

/** 1 / step for each coefficient, by the IJG rule for scaling the tables. */
function reciprocalSteps(table: readonly number[], quality: number): Float32Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float32Array.from(table, (step) => 1 / Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
}

const rowsDone = new Float32Array(64);

/** Bits of one 8 × 8 block that begins at `at` in a plane. */
function countBits(plane: Float32Array, at: number, planeWidth: number, reciprocals: Float32Array): number {
  for (let y = 0; y < 8; y++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (plane[at + y * planeWidth + x] ?? 0) * (cosines[8 * u + x] ?? 0);
      rowsDone[8 * y + u] = sum;
    }
  }
  let bits = bitsPerBlock;
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += (rowsDone[8 * y + u] ?? 0) * (cosines[8 * v + y] ?? 0);
      const level = Math.round(Math.abs(sum * (reciprocals[8 * v + u] ?? 0)));
      if (level > 0) bits += Math.floor(Math.log2(level)) + 1 + bitsPerCoefficient;
    }
  }
  return bits;
}
