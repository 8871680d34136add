import { existsSync, readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { readPngChunks } from "../../../../src/imaging/png/chunks.ts";
import { findPngDamage } from "../../../../src/imaging/png/damage.ts";
import { optimisePngRows } from "../../../../src/imaging/png/optimise-rows.ts";
import { bytes, chunk, ihdr, pngSignature } from "../probe/bytes.ts";

const noPause = (): Promise<void> => Promise.resolve();

async function photograph(width: number, height: number): Promise<Sharp> {
  const samples = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return 128 + 90 * Math.sin(x / 37 + (at % 3)) * Math.cos(y / 29) + ((Math.imul(at, 2_654_435_761) >>> 29) - 4);
  });
  return sharp(samples, { raw: { width, height, channels: 3 } });
}

/** 16 bits are kept. */
const samplesOf = (file: Uint8Array): Promise<Buffer> => sharp(file).raw({ depth: "ushort" }).toBuffer();

const kindOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof ImagingError ? error.kind : error),
  );

describe("optimisePngRows()", () => {
  it("makes rows that were not filtered a quarter smaller, and keeps every sample", async () => {
    const file = new Uint8Array(await (await photograph(300, 220)).png({ adaptiveFiltering: false }).toBuffer());
    const optimised = await optimisePngRows(file, noPause);
    expect(optimised.length).toBeLessThan(0.75 * file.length);
    expect(findPngDamage(optimised)).toBeUndefined();
    expect((await samplesOf(optimised)).equals(await samplesOf(file))).toBe(true);
  });

  it.each([
    ["alpha", (image: Sharp) => image.ensureAlpha(0.5).png()],
    ["gray", (image: Sharp) => image.toColourspace("b-w").png()],
    ["16 bits", (image: Sharp) => image.toColourspace("rgb16").png()],
    ["a palette", (image: Sharp) => image.png({ palette: true, colours: 13 })],
  ])("keeps every sample of %s", async (_, make) => {
    const file = new Uint8Array(await make(await photograph(61, 43)).toBuffer());
    const optimised = await optimisePngRows(file, noPause);
    expect(findPngDamage(optimised)).toBeUndefined();
    expect((await samplesOf(optimised)).equals(await samplesOf(file))).toBe(true);
  });

  it("keeps all other chunks as they are, in their order, and has one of pixels", async () => {
    const idat = deflateSync(new Uint8Array(4 * 19));
    const file = bytes(
      pngSignature,
      ihdr(),
      chunk("gAMA", 0, 1, 2, 3),
      chunk("IDAT", idat.subarray(0, 5)),
      chunk("IDAT", idat.subarray(5)),
      chunk("tEXt", "Author\0Ada"),
      chunk("IEND"),
    );
    const optimised = await optimisePngRows(file, noPause);
    const listOf = (png: Uint8Array): string[] =>
      [...readPngChunks(png)].map(({ type, data }) => (type === "IDAT" ? type : `${type} ${data.join()}`));
    expect(listOf(optimised)).toEqual(
      listOf(file).filter((each, at, all) => each !== "IDAT" || all[at - 1] !== "IDAT"),
    );
  });

  it("refuses other orders of rows, and damage", async () => {
    const interlaced = await (await photograph(20, 20)).png({ progressive: true }).toBuffer();
    expect(await kindOf(optimisePngRows(new Uint8Array(interlaced), noPause))).toBe("unsupported");
    const animated = bytes(
      pngSignature,
      ihdr(),
      chunk("acTL", 0, 0, 0, 1, 0, 0, 0, 0),
      chunk("IDAT", deflateSync(new Uint8Array(4 * 19))),
      chunk("IEND"),
    );
    expect(await kindOf(optimisePngRows(animated, noPause))).toBe("unsupported");
    const short = bytes(pngSignature, ihdr(), chunk("IDAT", deflateSync(new Uint8Array(3 * 19))), chunk("IEND"));
    expect(await kindOf(optimisePngRows(short, noPause))).toBe("damaged");
    expect(await kindOf(optimisePngRows(short.with(30, 9), noPause))).toBe("damaged");
  });

  const suite = new URL("../../../../../shared/corpus/pngsuite/", import.meta.url);
  it.skipIf(!existsSync(suite))(
    "keeps every sample of PngSuite, as libvips sees it (skipped where it is missing)",
    async () => {
      let kept = 0;
      for (const name of readdirSync(suite).filter((each) => /^[^x].*\.png$/.test(each))) {
        const file = new Uint8Array(readFileSync(new URL(name, suite)));
        if (findPngDamage(file) !== undefined || file[28] === 1) continue;
        const optimised = await optimisePngRows(file, noPause);
        const [one, other] = await Promise.all([samplesOf(file), samplesOf(optimised)]);
        expect(one.equals(other), name).toBe(true);
        kept++;
      }
      expect(kept).toBeGreaterThan(80);
    },
  );
});
