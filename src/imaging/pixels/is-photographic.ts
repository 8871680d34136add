import type { Pixels } from "../model/picture.ts";

/** Pairs of neighbours that are read: enough for shares to within a per cent, a few milliseconds. */
const sampledPairs = 200_000;

/** Largest step between two neighbours, in any channel, that shading or noise makes; edges in graphics are higher. */
const smallStep = 16;

/**
 * Share of all pairs with a small step. Photographs on a white ground have a quarter, text and graphics under a tenth.
 */
const minSmallShare = 0.15;

/** Share of small steps among all steps: a half in the roughest photographs, less in text, line art and dithering. */
const minSmallAmongSteps = 0.5;

/** A picture with no more fits a PNG palette, which beats JPEG without any loss. */
const paletteColours = 256;

/** Gray pictures never have more than 256; graphics with smoothed edges rarely use half of them. */
const minGrayLevels = 128;

/**
 * Whether a picture is a photograph or has continuous tone otherwise, for which JPEG is small and its loss invisible.
 * Other pictures are graphics, text or screenshots, which PNG compresses well and JPEG blurs. Judged from horizontal
 * neighbours in rows spread over the whole height: photographs have small steps nearly everywhere, graphics have flat
 * areas and edges. Alpha is ignored.
 */
export function isPhotographic({ data, width, height }: Pixels): boolean {
  const rowStep = Math.max(1, Math.floor((width * height) / sampledPairs));
  const colours = new Set<number>();
  let pairs = 0;
  let steps = 0;
  let smallSteps = 0;
  let gray = true;
  for (let y = 0; y < height; y += rowStep) {
    const start = 4 * width * y;
    for (let at = start + 4; at < start + 4 * width; at += 4) {
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      const step = Math.max(
        Math.abs(red - (data[at - 4] ?? 0)),
        Math.abs(green - (data[at - 3] ?? 0)),
        Math.abs(blue - (data[at - 2] ?? 0)),
      );
      pairs++;
      if (step === 0) continue;
      steps++;
      if (step <= smallStep) smallSteps++;
      if (red !== green || red !== blue) gray = false;
      if (colours.size <= paletteColours) colours.add(red | (green << 8) | (blue << 16));
    }
  }
  const manyColours = gray ? colours.size >= minGrayLevels : colours.size > paletteColours;
  return manyColours && smallSteps >= minSmallShare * pairs && smallSteps >= minSmallAmongSteps * steps;
}
