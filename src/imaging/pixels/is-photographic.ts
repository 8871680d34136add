import type { Pixels } from "../imaging.ts";

/** Pairs of neighbours looked at: enough for shares to within a per cent, a few milliseconds. */
const sampledPairs = 200_000;

/** Largest step between two neighbours, in any channel, that shading or noise makes; edges of drawn things are higher. */
const smallStep = 16;

/** Share of all pairs with a small step. Photographs on a white ground have a quarter, text and drawings under a tenth. */
const minSmallShare = 0.15;

/** Share of small steps among all steps: a half in the roughest photographs, less in text, line art and dithering. */
const minSmallAmongSteps = 0.5;

/** A picture with no more fits a PNG palette, which beats JPEG without any loss. */
const paletteColours = 256;

/** Gray pictures never have more than 256; drawings with smoothed edges rarely use half of them. */
const minGrayLevels = 128;

/**
 * Whether a picture looks like a photograph or another thing of continuous tone, for which JPEG is small and its loss
 * unseen; otherwise it is text, a drawing or a screenshot, which PNG packs well and JPEG blurs. Judged from horizontal
 * neighbours in rows spread over the whole height: photographs have small steps nearly everywhere, drawings have flat
 * areas and edges. Alpha is not looked at.
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
