import type { Pixels } from "../model/picture.ts";

const blockSide = 16;

/** A block of natural content has more levels of luma; a few more than libaom's four, whose rounding is its own. */
const mostLevels = 6;

/** Half of the share of the area (a twelfth) from which libaom 3.7 searches the whole picture for repeated blocks. */
const minShare = 1 / 24;

/**
 * Whether a good part of the picture is graphics: blocks of 16 × 16 with 2 to 6 levels of luma, as in text, user
 * interfaces and line art. libaom switches its tools for screen content on by this rule with a higher share: a picture
 * that is natural here is natural for libaom too, so it never builds the tables that such tools need.
 */
export function hasGraphics({ data, width, height }: Pixels): boolean {
  let graphicBlocks = 0;
  for (let top = 0; top + blockSide <= height; top += blockSide) {
    for (let left = 0; left + blockSide <= width; left += blockSide) {
      const levels = countLevels(data, 4 * (top * width + left), 4 * width);
      if (levels > 1 && levels <= mostLevels) graphicBlocks++;
    }
  }
  return graphicBlocks * blockSide * blockSide >= minShare * width * height;
}

/** Distinct levels of luma (ITU-R BT.601) in one block, counted to one more than matters. */
function countLevels(data: Uint8ClampedArray, start: number, stride: number): number {
  const levels = new Set<number>();
  for (let row = start; row < start + blockSide * stride; row += stride) {
    for (let at = row; at < row + 4 * blockSide; at += 4) {
      levels.add(Math.round(0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)));
      if (levels.size > mostLevels) return levels.size;
    }
  }
  return levels.size;
}
