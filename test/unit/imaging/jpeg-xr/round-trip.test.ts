import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import type { ColourModel } from "../../../../src/imaging/jpeg-xr/colour-model.ts";
import { encodeAtOnce, writeAtOnce } from "./at-once.ts";
import { decode, meanError, photoPng } from "../../../support/pictures.ts";
import { decodeJpegXr, hasJxrTools, withoutJxrTools } from "./jxr-tools.ts";
import { randomSamples, type Samples, toPixels } from "./samples.ts";

/** JXR_ROUND_TRIPS asks for more. */
const roundTrips = Number(process.env.JXR_ROUND_TRIPS ?? 60);

const models = ["gray", "rgb", "rgba"] as const satisfies readonly ColourModel[];
const containers = ["jpeg-xr", "hd-photo"] as const;

/** Both overlaps that a flavour may have; `encodeJpegXr()` has none in lossless pictures. */
const losslessEncoders: Readonly<Record<string, (pixels: Pixels, model: ColourModel) => Uint8Array>> = {
  "jpeg-xr": (pixels) => encodeAtOnce(pixels, { lossless: true }, "jpeg-xr"),
  "hd-photo": (pixels) => encodeAtOnce(pixels, { lossless: true }, "hd-photo"),
  "jpeg-xr with overlap": (pixels, model) =>
    writeAtOnce(pixels, {
      model,
      container: "jpeg-xr",
      overlap: 1,
      indices: undefined,
      alphaIndex: undefined,
      iccProfile: undefined,
    }),
};

/** The model that `encodeJpegXr()` is to choose. */
function expectedModel({ data }: Samples, model: ColourModel): ColourModel {
  if (model === "gray") return "gray";
  const channels = model === "rgb" ? 3 : 4;
  if (model === "rgba" && data.some((value, i) => i % 4 === 3 && value !== 255)) return "rgba";
  const isGray = data.every((value, i) => i % channels === 3 || value === data[i - (i % channels)]);
  return isGray ? "gray" : "rgb";
}

function channelsOf({ data, width, height }: Samples, model: ColourModel, chosen: ColourModel): Samples {
  const [from, to] = [model, chosen].map((name) => ({ gray: 1, rgb: 3, rgba: 4 })[name]);
  return { width, height, data: data.filter((_, i) => i % (from ?? 1) < (to ?? 1)) };
}

describe.skipIf(!hasJxrTools)(`JxrDecApp${withoutJxrTools}`, () => {
  it(
    `returns ${roundTrips} lossless pictures bit by bit`,
    () => {
      const encoders = Object.entries(losslessEncoders);
      for (let seed = 0; seed < roundTrips; seed++) {
        const model = models[seed % 3] ?? "rgb";
        const [encoder, encode] = encoders[Math.floor(seed / 3) % encoders.length] ?? [];
        const samples = randomSamples(seed, model, seed % 50 === 0 ? 400 : 90);
        const chosen = expectedModel(samples, model);
        const title = `seed ${seed}: ${encoder}, ${model} as ${chosen}, ${samples.width} × ${samples.height}`;
        const decoded = decodeJpegXr(encode?.(toPixels(samples, model), chosen) ?? new Uint8Array(), chosen);
        const expected = channelsOf(samples, model, chosen);
        expect({ width: decoded.width, height: decoded.height }, title).toEqual({
          width: expected.width,
          height: expected.height,
        });
        expect(Buffer.from(decoded.data).equals(expected.data), title).toBe(true);
      }
    },
    Math.max(20_000, 200 * roundTrips),
  );

  it("returns a lossless picture of more than 4,080 columns, and one of more rows", () => {
    for (const [width, height] of [
      [4097, 5],
      [5, 4097],
    ] as const) {
      const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * i) >> 7);
      const file = encodeAtOnce(toPixels({ data, width, height }, "rgb"), { lossless: true }, "jpeg-xr");
      const decoded = decodeJpegXr(file, "rgb");
      expect([decoded.width, decoded.height]).toEqual([width, height]);
      expect(Buffer.from(decoded.data).equals(data)).toBe(true);
    }
  });

  it.each(containers)("returns a photograph nearer to the original the higher the quality (%s)", async (container) => {
    const photo = await decode(await photoPng());
    const pixels = { data: new Uint8ClampedArray(photo.data), width: photo.width, height: photo.height };
    let lastError = Infinity;
    let lastBytes = 0;
    for (const quality of [1, 30, 60, 80, 90, 95, 100]) {
      const file = encodeAtOnce(pixels, { lossless: false, quality }, container);
      const rgba = toPixels(decodeJpegXr(file, "rgb"), "rgb");
      const error = meanError(photo, { ...photo, data: Buffer.from(rgba.data) });
      expect(error, `quality ${quality}`).toBeLessThan(lastError);
      expect(file.length, `quality ${quality}`).toBeGreaterThan(lastBytes);
      lastError = error;
      lastBytes = file.length;
      if (quality === 60) expect(error).toBeLessThan(6);
    }
    expect(lastError).toBeLessThan(0.75);
  });

  it("returns alpha bit by bit beside lossy colours", () => {
    const samples = randomSamples(4, "rgba", 200);
    const decoded = decodeJpegXr(
      encodeAtOnce(toPixels(samples, "rgba"), { lossless: false, quality: 50 }, "jpeg-xr"),
      "rgba",
    );
    const isAlpha = (_: number, i: number): boolean => i % 4 === 3;
    expect(Buffer.from(decoded.data.filter(isAlpha)).equals(samples.data.filter(isAlpha))).toBe(true);
    expect(Buffer.from(decoded.data).equals(samples.data)).toBe(false);
  });
});
