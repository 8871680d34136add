import { fileURLToPath } from "node:url";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { hasFineColour } from "../../../../src/imaging/pixels/fine-colour.ts";

const photos = new URL("../../../../demo/public/photos/", import.meta.url);

async function pixelsOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await image
    .flatten({ background: "white" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

/** Lines of one pixel, a small part of the picture, as letters are made of. */
function lines(colour: string, side: number): Sharp {
  const paths = Array.from({ length: 40 }, (_, line) => `<path d="M10.5 ${10 + 3 * line}.5h120"/>`).join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="${side}" height="${side}" fill="white"/><g stroke="${colour}" fill="none">${paths}</g></svg>`;
  return sharp(Buffer.from(svg));
}

describe("hasFineColour()", () => {
  it.each(["#d00", "#06c", "#080"])("sees lines of one pixel in %s, in large pictures too", async (colour) => {
    expect(hasFineColour(await pixelsOf(lines(colour, 400)))).toBe(true);
    expect(hasFineColour(await pixelsOf(lines(colour, 1500)))).toBe(true);
  });

  it.each(["#000", "#777", "#965"])("sees none in %s, whose colour is weak", async (colour) => {
    expect(hasFineColour(await pixelsOf(lines(colour, 400)))).toBe(false);
  });

  it.each(["macaws.jpg", "red-hat-rotated.jpg", "daisies.jpg", "hibiscus-window.jpg", "old-town.jpg"])(
    "sees none in a photograph: %s",
    async (name) => {
      expect(hasFineColour(await pixelsOf(sharp(fileURLToPath(new URL(name, photos)))))).toBe(false);
    },
  );

  it("says the same of twice the picture", async () => {
    const one = await pixelsOf(lines("#d00", 300));
    const twice = { width: one.width, height: 2 * one.height, data: new Uint8ClampedArray([...one.data, ...one.data]) };
    expect(hasFineColour(twice)).toBe(hasFineColour(one));
  });

  it("sees nothing in one pixel", async () => {
    expect(hasFineColour({ data: new Uint8ClampedArray([255, 0, 0, 255]), width: 1, height: 1 })).toBe(false);
  });
});
