import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { hasGraphics } from "../../../../src/imaging/pixels/graphics.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import sharp, { type Sharp } from "sharp";

const photo = fileURLToPath(new URL("../../../fixtures/stream.jpg", import.meta.url));
const lines = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320"><rect width="320" height="320" fill="white"/>
${Array.from({ length: 20 }, (_, row) => `<path d="M0 ${16 * row + 3.5}h320" stroke="red"/>`).join("")}</svg>`;

async function pixelsOf(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture.toColourspace("srgb").ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

/** As libaom 3.7 decides whether blocks that repeat are looked for: 2 to 4 levels in more than a twelfth of the area. */
function libaomLooksForRepeats({ data, width, height }: Pixels): boolean {
  let area = 0;
  for (let top = 0; top + 16 <= height; top += 16) {
    for (let left = 0; left + 16 <= width; left += 16) {
      const levels = new Set<number>();
      for (let at = 0; at < 256; at++) {
        const pixel = 4 * ((top + (at >> 4)) * width + left + (at & 15));
        const [red = 0, green = 0, blue = 0] = data.subarray(pixel, pixel + 3);
        levels.add(Math.round(0.299 * red + 0.587 * green + 0.114 * blue));
      }
      if (levels.size > 1 && levels.size <= 4) area += 256;
    }
  }
  return area * 12 > width * height;
}

describe("hasGraphics()", () => {
  it.each<[string, () => Sharp, boolean]>([
    ["a photograph", () => sharp(photo), false],
    ["a thumbnail of one", () => sharp(photo).resize(48), false],
    ["ruled lines", () => sharp(Buffer.from(lines)), true],
    [
      "one colour, which nothing repeats in",
      () => sharp({ create: { width: 300, height: 200, channels: 3, background: "teal" } }),
      false,
    ],
    ["a photograph in black and white", () => sharp(photo).threshold(), true],
  ])("knows what is drawn: %s", async (_, make, expected) => {
    expect(hasGraphics(await pixelsOf(make()))).toBe(expected);
  });

  it("sees lines through the damage of a JPEG", async () => {
    const jpeg = await sharp(Buffer.from(lines)).jpeg({ quality: 90 }).toBuffer();
    expect(hasGraphics(await pixelsOf(sharp(jpeg)))).toBe(true);
  });

  it
    .skipIf(!hasCorpus)
    .each([
      "jpeg/kodim20_q95_1x1_base.jpg",
      "jpeg/kodim07_q80_2x2_prog.jpg",
      "jpeg/kodim05_q75_2x2_base.jpg",
      "jpeg/kodim13_q85_2x2_base.jpg",
      "jpeg/kodim19_q90_2x2_base.jpg",
      "jpeg/kodim22_q92_2x2_prog.jpg",
      "jpeg/screenshot_ui_q75.jpg",
      "jpeg/flower_1040_q85.jpg",
      "png/screenshot_text_gray.png",
      "png/screenshot_ui_1280x800.png",
    ])("never calls natural what libaom takes for drawn: %s", async (name) => {
    const file = `${corpus}/${name}`;
    expect(existsSync(file)).toBe(true);
    for (const size of [undefined, 600, 317]) {
      const pixels = await pixelsOf(sharp(file).resize(size));
      if (libaomLooksForRepeats(pixels)) expect(hasGraphics(pixels)).toBe(true);
    }
  });
});
