import type { Pixels } from "../model/picture.ts";
import { estimateJpegBytes } from "./jpeg-size.ts";
import type { Tile } from "./tile-plan.ts";

/**
 * Size against a JPEG (4:2:0) of the same quality number at which JPEG 2000 scored the same in SSIMULACRA2: support
 * points [quality, share], between which it is interpolated. From 8 photographs of 0.2 MP; single pictures lie within
 * a quarter of it, screenshots need as little as 0.55.
 */
const sharesOfJpeg: readonly (readonly [quality: number, share: number])[] = [
  [35, 0.9],
  [50, 0.92],
  [75, 0.92],
  [92, 0.88],
  [100, 0.88],
];

/** Headers of a one-tile codestream, which the encoder counts as part of the rate. */
const headerBytes = 160;

/** OpenJPEG keeps every coding pass at a ratio of 1 or less. */
const leastRatio = 1;

/**
 * Target compression ratio of a tile: raw bytes per codestream byte. The encoder only takes a rate, and a fixed one for
 * each quality would starve rich tiles and waste bytes on flat ones (the ratio for the same quality lies between 8 and
 * 50). So the cost of the quality is estimated from the detail of the pixels, as the size of a JPEG.
 *
 * @param quality 1–100, to score like a JPEG of that IJG quality; clamped
 */
export function compressionRatio(pixels: Pixels, tile: Tile, colours: 1 | 3, quality: number): number {
  const inRange = Math.min(100, Math.max(1, quality));
  const bytes = estimateJpegBytes(pixels, tile, colours, inRange) * shareOfJpeg(inRange);
  return Math.max(leastRatio, (tile.width * tile.height * colours) / (bytes + headerBytes));
}

function shareOfJpeg(quality: number): number {
  let [below] = sharesOfJpeg;
  for (const point of sharesOfJpeg) {
    if (below === undefined || point[0] <= quality) {
      below = point;
      continue;
    }
    const fraction = Math.max(0, (quality - below[0]) / (point[0] - below[0]));
    return below[1] + fraction * (point[1] - below[1]);
  }
  return below?.[1] ?? 1;
}
