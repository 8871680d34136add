import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, nat, tuple } from "fast-check";
import sharp from "sharp";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { createColourConverter } from "../../../../src/imaging/colour/lcms.ts";
import { decodeCmyk } from "../../../../src/imaging/jpeg/decode/cmyk.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import type { ProfileSpace } from "../../../../src/imaging/colour/icc-header.ts";
import { convertUntaggedCmyk } from "../../../../src/imaging/colour/cmyk-table.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { grayProfile, pressProfile, wideGamutProfile } from "../../../support/profiles.ts";
import { convertWithTransicc, hasTransicc } from "./transicc.ts";

// Node.js would load the module as code of its own; in a Worker the import is a compiled module.
vi.mock("lcms-wasm/dist/lcms.wasm", () => ({
  default: new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve("lcms-wasm/dist/lcms.wasm"))),
}));

const folder = mkdtempSync(join(tmpdir(), "profiles-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function profileOf(path: string): Promise<Buffer> {
  const { icc } = await sharp(path).metadata();
  if (icc === undefined) throw new Error(`${path} has no profile`);
  return icc;
}

/** 4 bytes for each of `count` pixels, the corners of the cube among them. */
function spread(count: number): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from({ length: count * 4 }, (_, at) =>
    at < 64 ? (((at >> 2) >> (at & 3)) & 1 ? 255 : 0) : Math.imul(at + 1, 2_654_435_761) >>> 24,
  );
}

/** 4 bytes per pixel, 0 = no ink. */
function cmykOf(jpeg: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const frame = readJpegFrame(jpeg);
  const ink = new Uint8ClampedArray(frame.width * frame.height * 4);
  runAtOnce(decodeCmyk(jpeg, frame, (firstRow, _, rows) => ink.set(rows, firstRow * frame.width * 4)));
  return ink;
}

const withoutAlpha = (rgba: ArrayLike<number>) => Uint8Array.from(rgba).filter((_, at) => at % 4 !== 3);

function compare(actual: ArrayLike<number>, expected: ArrayLike<number>): { mean: number; max: number } {
  expect(actual.length).toBe(expected.length);
  let sum = 0;
  let max = 0;
  for (let at = 0; at < actual.length; at++) {
    const difference = Math.abs((actual[at] ?? NaN) - (expected[at] ?? NaN));
    sum += difference;
    max = Math.max(max, difference);
  }
  return { mean: sum / actual.length, max };
}

const press = new URL("../../../../../shared/colour/TR006.icc", import.meta.url).pathname;
const canCompare = hasCorpus && hasTransicc && existsSync(press);

describe.skipIf(!canCompare)(
  `createColourConverter()${canCompare ? "" : " (skipped: needs ../shared/corpus, ../shared/colour and transicc)"}`,
  () => {
    it.each([
      ["a press", "cmyk", () => Promise.resolve(readFileSync(press))],
      ["a CMYK TIFF's", "cmyk", () => profileOf(`${corpus}tiff/fogra_cmyk_icc.tif`)],
      ["a CMYK JPEG's", "cmyk", () => profileOf(`${corpus}jpeg-cmyk/ycck_with_cmyk_icc.jpg`)],
    ] as const)("converts CMYK as LittleCMS's floating point does: %s", async (name, space, load) => {
      const profile = await load();
      const path = join(folder, `${name.replaceAll(/\W/g, "")}.icc`);
      writeFileSync(path, profile);
      const samples = spread(4000);
      const expected = convertWithTransicc(Uint8Array.from(samples), space, path);
      await createColourConverter().convertToSrgb(samples, space, profile);
      const { mean, max } = compare(withoutAlpha(samples), expected);
      expect(mean).toBeLessThan(1);
      expect(max).toBeLessThan(8);
      expect(samples.every((value, at) => at % 4 !== 3 || value === 255)).toBe(true);
    });

    it.each(["adobergb_q92_444.jpg", "display-p3_q92_444.jpg", "prophoto_q92_444.jpg", "red-at-12-oclock.jpg"])(
      "converts RGB as LittleCMS's floating point does and keeps alpha: %s",
      async (name) => {
        const profile = await profileOf(`${corpus}jpeg-icc/${name}`);
        const path = join(folder, `${name}.icc`);
        writeFileSync(path, profile);
        const samples = spread(4000);
        const alpha = samples.filter((_, at) => at % 4 === 3);
        const expected = convertWithTransicc(withoutAlpha(samples), "rgb", path);
        await createColourConverter().convertToSrgb(samples, "rgb", profile);
        const { mean, max } = compare(withoutAlpha(samples), expected);
        expect(mean).toBeLessThan(0.5);
        expect(max).toBeLessThan(1.5);
        expect(samples.filter((_, at) => at % 4 === 3)).toEqual(alpha);
      },
    );

    it.each(["adobergb_q92_444.jpg", "display-p3_q92_444.jpg", "prophoto_q92_444.jpg", "red-at-12-oclock.jpg"])(
      "shows %s as libvips does",
      async (name) => {
        const file = corpus + `jpeg-icc/${name}`;
        const stored = await sharp(file, { ignoreIcc: true }).ensureAlpha().raw().toBuffer();
        const samples = new Uint8ClampedArray(stored);
        await createColourConverter().convertToSrgb(samples, "rgb", await profileOf(file));
        const { mean } = compare(samples, await sharp(file).ensureAlpha().raw().toBuffer());
        expect(mean).toBeLessThan(0.1);
      },
    );

    it("shows a CMYK JPEG with a profile as libvips does", async () => {
      const file = `${corpus}jpeg-cmyk/ycck_with_cmyk_icc.jpg`;
      const ink = cmykOf(readFileSync(file));
      await createColourConverter().convertToSrgb(ink, "cmyk", await profileOf(file));
      const { mean } = compare(ink, await sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer());
      expect(mean).toBeLessThan(0.5);
    });

    it.each(["adobe0_cmyk_noicc.jpg", "flower_ycck_adobe2.jpg", "kodim13_cmyk_noicc.jpg"])(
      "is what the table comes close to, for a CMYK JPEG without a profile: %s",
      async (name) => {
        const ink = cmykOf(readFileSync(`${corpus}jpeg-cmyk/${name}`));
        // One pixel in twenty-nine, which is no divisor of a width.
        const some = ink.filter((_, at) => (at >> 2) % 29 === 0);
        const expected = convertWithTransicc(Uint8Array.from(some), "cmyk", press);
        convertUntaggedCmyk(some);
        expect(compare(withoutAlpha(some), expected).mean).toBeLessThan(1);
      },
    );
  },
);

describe("createColourConverter() with damaged profiles", () => {
  it.each<[ProfileSpace, Uint8Array]>([
    ["cmyk", pressProfile()],
    ["rgb", wideGamutProfile()],
    ["gray", grayProfile(2)],
  ])("answers with pixels or an ImagingError, in bounded memory: %s", async (space, whole) => {
    const converter = createColourConverter();
    const samples = spread(16);
    await assert(
      asyncProperty(array(tuple(nat(whole.length - 1), nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
        const icc = whole.slice();
        for (const [at, value] of changes) icc[at] = value;
        const failure: unknown = await converter
          .convertToSrgb(samples.slice(), space, icc)
          .catch((error: unknown) => error);
        if (failure !== undefined) expect(failure).toBeInstanceOf(ImagingError);
        expect(converter.liveBytes()).toBeLessThanOrEqual(24_000_000);
      }),
      { numRuns: 60 },
    );
  });
});
