import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JpegXrParameters } from "../../../../src/imaging/jpeg-xr/encode-jpeg-xr.ts";
import { writeAtOnce } from "./at-once.ts";
import { indicesForQuality } from "../../../../src/imaging/jpeg-xr/quantiser.ts";
import { decode, photoPng } from "../../../support/pictures.ts";
import { codestreams, payload } from "./jxr-file.ts";
import { encodeReference, hasJxrTools, withoutJxrTools } from "./jxr-tools.ts";
import { randomSamples, type Samples, samplesPerPixel, toPixels } from "./samples.ts";
import { onePixelFile, payloadVectors, smallGrayFile, vectorImages } from "./vectors.ts";

const lossless: JpegXrParameters = {
  model: "rgb",
  container: "jpeg-xr",
  overlap: 0,
  indices: undefined,
  alphaIndex: undefined,
  iccProfile: undefined,
};

function vectorSamples(
  image: keyof typeof vectorImages,
  model: "gray" | "rgb",
  width: number,
  height: number,
): Samples {
  const channels = samplesPerPixel[model];
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    data[i] = vectorImages[image](pixel % width, Math.floor(pixel / width), i % channels);
  }
  return { data, width, height };
}

describe("writeJpegXr() writes the published vectors", () => {
  it("file of one pixel", () => {
    const file = writeAtOnce(toPixels({ data: Uint8Array.of(0x12, 0x34, 0x56), width: 1, height: 1 }, "rgb"), lossless);
    expect(Buffer.from(file).toString("hex")).toBe(onePixelFile);
  });

  it("file of 4 × 4 gray pixels", () => {
    const data = Uint8Array.from({ length: 16 }, (_, i) => 16 * (i >> 2) + 8 * (i & 3));
    const file = writeAtOnce(toPixels({ data, width: 4, height: 4 }, "gray"), { ...lossless, model: "gray" });
    expect(Buffer.from(file).toString("hex")).toBe(smallGrayFile);
  });

  it.each(payloadVectors)(
    "payload of $image, $model, $width × $height, overlap $overlap, indices $indices",
    ({ image, width, height, model, overlap, indices, bytes, sha256 }) => {
      const pixels = toPixels(vectorSamples(image, model, width, height), model);
      const written = payload(codestreams(writeAtOnce(pixels, { ...lossless, model, overlap, indices })).image);
      expect(written.length).toBe(bytes);
      expect(createHash("sha256").update(written).digest("hex").slice(0, sha256.length)).toBe(sha256);
    },
  );
});

/** Lossless, finest and coarsest useful, and what no browser would be sent. */
const references = [1, 2, 7, 16, 30, 47, 64, 90, 140].flatMap((index) =>
  ([0, 1, 2] as const).map((overlap) => ({ index, overlap })),
);

describe.skipIf(!hasJxrTools)(`writeJpegXr() writes exactly the payload of JxrEncApp${withoutJxrTools}`, () => {
  it.each(references)("at index $index with overlap $overlap", ({ index, overlap }) => {
    const indices = index === 1 ? undefined : { luma: index, chroma: index };
    for (const model of ["gray", "rgb", "rgba"] as const) {
      for (let i = 0; i < 3; i++) {
        const samples = randomSamples(100 * index + 10 * overlap + i, model, 130);
        const alphaIndex = index === 1 ? undefined : 50;
        const written = codestreams(
          writeAtOnce(toPixels(samples, model), { ...lossless, model, overlap, indices, alphaIndex }),
        );
        const reference = codestreams(encodeReference(samples, model, { overlap, index, alphaIndex: alphaIndex ?? 1 }));
        const title = `${model} ${samples.width} × ${samples.height}`;
        expect(payload(written.image).equals(payload(reference.image)), title).toBe(true);
        if (written.alpha && reference.alpha)
          expect(payload(written.alpha).equals(payload(reference.alpha)), `alpha of ${title}`).toBe(true);
        expect(written.alpha === undefined, title).toBe(model !== "rgba");
      }
    }
  });

  it.each([undefined, indicesForQuality(90).luma, indicesForQuality(50).luma])(
    "of a photograph at index %s",
    async (index) => {
      const { data, width, height } = await decode(await photoPng());
      const pixels = { data: new Uint8ClampedArray(data), width, height };
      const samples = { data: Uint8Array.from(data.filter((_, i) => i % 4 < 3)), width, height };
      const indices = index === undefined ? undefined : { luma: index, chroma: index };
      const written = payload(codestreams(writeAtOnce(pixels, { ...lossless, overlap: 1, indices })).image);
      const reference = encodeReference(samples, "rgb", { overlap: 1, index: index ?? 1, alphaIndex: 1 });
      expect(written.equals(payload(codestreams(reference).image))).toBe(true);
    },
  );

  it("where sides need 32-bit fields", () => {
    const samples = vectorSamples("slopes", "gray", 4100, 3);
    const written = codestreams(writeAtOnce(toPixels(samples, "gray"), { ...lossless, model: "gray", overlap: 1 }));
    const reference = codestreams(encodeReference(samples, "gray", { overlap: 1, index: 1, alphaIndex: 1 }));
    expect(payload(written.image).equals(payload(reference.image))).toBe(true);
  });
});
