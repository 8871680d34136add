/** Work on JPEGs must be done in pieces that are small whatever the picture. Pieces are counted, not timed. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeRgba } from "../../../../src/imaging/jpeg/decode/rgba.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import type { RecompressRecipe } from "../../../../src/imaging/model/recipe.ts";
import { recompressJpeg } from "../../../../src/imaging/recompress/recompress.ts";
import type { Steps } from "../../../../src/imaging/steps.ts";
import { seededNumbers } from "../jpeg/oracles.ts";

const exactJxl = { kind: "recompress", format: "jxl", exact: true, unbiased: false } as const;
const exactJpeg = { kind: "recompress", format: "jpeg", exact: true } as const;
const lossy = { kind: "recompress", exact: false, targetScore: 76 } as const;
const recompressing = (recipe: RecompressRecipe) => (jpeg: Uint8Array) => recompressJpeg(jpeg, recipe, "none");

const works: readonly [string, (jpeg: Uint8Array) => Steps<unknown>][] = [
  ["JPEG XL", recompressing(exactJxl)],
  ["lossy JPEG XL", recompressing({ format: "jxl", ...lossy })],
  ["an optimised JPEG", recompressing(exactJpeg)],
  ["a lossy JPEG", recompressing({ format: "jpeg", ...lossy })],
  ["pixels", (jpeg) => decodeRgba(jpeg, readJpegFrame(jpeg))],
];

const made = new Map<string, Promise<Uint8Array>>();

/** As many coefficients as there can be; each file is made once for all kinds of work. */
function noise(...wanted: Parameters<typeof makeNoise>): Promise<Uint8Array> {
  const file = made.get(wanted.join()) ?? makeNoise(...wanted);
  made.set(wanted.join(), file);
  return file;
}

async function makeNoise(width: number, height: number, progressive: boolean): Promise<Uint8Array> {
  const random = seededNumbers(7);
  const data = Buffer.alloc(3 * width * height, 0).map(() => random() * 256);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  return new Uint8Array(await image.jpeg({ quality: 95, chromaSubsampling: "4:4:4", progressive }).toBuffer());
}

/** Milliseconds of each piece, as predicted. */
function piecesOf(steps: Steps<unknown>): number[] {
  const pieces: number[] = [];
  for (let next = steps.next(); next.done !== true; next = steps.next()) pieces.push(next.value / 1e6);
  return pieces;
}

const sum = (pieces: readonly number[]): number => pieces.reduce((total, piece) => total + piece, 0);

describe.each(works)("making %s", (_, work) => {
  test.each([false, true])("takes pieces of at most 5 ms of very wide noise (progressive: %s)", async (progressive) => {
    const pieces = piecesOf(work(await noise(16_000, 64, progressive)));
    expect(Math.max(...pieces)).toBeLessThan(5);
    expect(sum(pieces)).toBeGreaterThan(50);
    expect(pieces.every((piece) => piece >= 0)).toBe(true);
  });

  test("of twice the picture takes twice the work", async () => {
    const [once, twice] = await Promise.all([512, 1024].map((height) => noise(1024, height, false)));
    const ratio = sum(piecesOf(work(twice))) / sum(piecesOf(work(once)));
    // Entropy codes take as long for either.
    expect(ratio).toBeGreaterThan(1.5);
    expect(ratio).toBeLessThan(2.1);
  });
});
