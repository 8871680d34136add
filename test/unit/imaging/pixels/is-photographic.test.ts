import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { isPhotographic } from "../../../../src/imaging/pixels/is-photographic.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import sharp from "sharp";

const photo = fileURLToPath(new URL("../../../fixtures/stream.jpg", import.meta.url));
const logo = fileURLToPath(new URL("../../../fixtures/logo.svg", import.meta.url));

async function pixelsOf(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture.toColourspace("srgb").ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(4);
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

const onWhite = { top: 300, bottom: 300, left: 150, right: 150, background: "white" };

describe("isPhotographic()", () => {
  it.each<[string, () => Sharp]>([
    ["a photograph", () => sharp(photo)],
    ["a gray photograph", () => sharp(photo).modulate({ saturation: 0 })],
    ["a large photograph", () => sharp(photo).resize(2500)],
    ["a thumbnail", () => sharp(photo).resize(48)],
    ["a blurred photograph", () => sharp(photo).blur(4)],
    ["a photograph of a third of the area on white", () => sharp(photo).resize(700).extend(onWhite)],
  ])("takes %s for one", async (_, make) => {
    expect(isPhotographic(await pixelsOf(make()))).toBe(true);
  });

  it.each<[string, () => Sharp]>([
    ["a drawing", () => sharp(logo)],
    ["one colour", () => sharp({ create: { width: 300, height: 200, channels: 3, background: "teal" } })],
    ["one pixel", () => sharp({ create: { width: 1, height: 1, channels: 3, background: "teal" } })],
    ["black and white", () => sharp(photo).threshold()],
    ["a photograph of 64 colours", () => sharp(photo)],
  ])("does not take %s for a photograph", async (name, make) => {
    const picture = name.includes("64") ? sharp(await make().png({ palette: true, colours: 64 }).toBuffer()) : make();
    expect(isPhotographic(await pixelsOf(picture))).toBe(false);
  });

  const expectations = {
    "png/kodim03.png": true,
    "png/kodim15.png": true,
    "png/photo_gray_500.png": true,
    "png/photo_alpha_500.png": true,
    "tiff/kodim10_lzw.tif": true,
    "tiff/kodim10_g16_lzw.tif": true,
    "tiff/kodim10_cmyk_lzw.tif": true,
    "jpeg/kodim13_q85_2x2_base.jpg": true,
    "jpeg-icc/seine_ultrahdr_gainmap.jpg": true,
    "png/358colors.png": false,
    "png/debian-logo.png": false,
    "png/kodim20_palette256.png": false,
    "png/logo_plum_alpha_large.png": false,
    "png/logo_plum_alpha_small.png": false,
    "png/p3_srgb_red_icc.png": false,
    "png/screenshot_text_gray.png": false,
    "png/screenshot_ui_1280x800.png": false,
    "jpeg/screenshot_ui_q75.jpg": false,
    "tiff/kodim10_bilevel_g4.tif": false,
    "tiff/kodim10_palette.tif": false,
    "svg/plum-blossom.svg": false,
  } as const;

  it.skipIf(!hasCorpus).each(Object.entries(expectations))(
    "judges %s of the corpus (needs the shared corpus): %s",
    async (name, expected) => {
      expect(existsSync(`${corpus}${name}`)).toBe(true);
      expect(isPhotographic(await pixelsOf(sharp(`${corpus}${name}`)))).toBe(expected);
    },
  );
});
