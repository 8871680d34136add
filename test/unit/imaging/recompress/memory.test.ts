/** What is predicted against the bytes of all arrays that are alive: the work is stopped now and then to collect the others. */
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { estimateMemory } from "../../../../src/imaging/recompress/memory.ts";
import type { RecompressRecipe } from "../../../../src/imaging/model/recipe.ts";
import { recompressJpeg } from "../../../../src/imaging/recompress/recompress.ts";
import { testPicture } from "../jpeg/oracles.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function liveBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** V8 releases the arrays that were collected on another thread: those of the work before are gone when no more go. */
async function settledBytes(): Promise<number> {
  for (let live = liveBytes(); ;) {
    await setTimeout(20);
    const next = liveBytes();
    if (next >= live) return live;
    live = next;
  }
}

/** Pieces between two looks. */
const interval = 100;

/** Most bytes alive while a JPEG is rewritten, the JPEG itself not counted; also where that is refused in the middle. */
async function peakOf(jpeg: Uint8Array, recipe: RecompressRecipe, mayBeRefused = false): Promise<number> {
  const steps = recompressJpeg(jpeg, recipe, "none");
  const before = await settledBytes();
  let peak = 0;
  try {
    for (let piece = 0; ; piece++) {
      const { done, value } = steps.next();
      if (done !== true && piece % interval !== 0) continue;
      peak = Math.max(peak, liveBytes() - before);
      if (done !== true) continue;
      expect(value.bytes.length).toBeGreaterThan(0);
      return peak;
    }
  } catch (error) {
    if (!mayBeRefused) throw error;
    expect(error).toMatchObject({ kind: "limit", reason: "too-many-coefficients" });
    return peak;
  }
}

const exactJxl = { kind: "recompress", format: "jxl", exact: true, unbiased: false } as const;
const exactJpeg = { kind: "recompress", format: "jpeg", exact: true } as const;
const lossy = { kind: "recompress", exact: false, targetScore: 76 } as const;

describe.each([
  { progressive: false, chromaSubsampling: "4:2:0" },
  { progressive: true, chromaSubsampling: "4:4:4" },
  { progressive: true, chromaSubsampling: "4:2:0" },
])("rewriting %j", (options) => {
  test.each(["jxl", "jpeg"] as const)("as %s takes what was predicted at most, lossy or not", async (format) => {
    const [width, height] = [1024, 1024];
    const picture = sharp(testPicture(width, height).data, { raw: { width, height, channels: 3 } });
    const jpeg = new Uint8Array(await picture.jpeg({ quality: 90, ...options }).toBuffer());
    const estimate = estimateMemory(readJpegFrame(jpeg), jpeg.length);
    for (const recipe of [format === "jxl" ? exactJxl : exactJpeg, { ...lossy, format }]) {
      const peak = await peakOf(jpeg, recipe);
      expect(peak).toBeGreaterThan(1e6);
      expect(peak).toBeLessThanOrEqual(format === "jxl" ? estimate.jxl : estimate.jpeg);
    }
  });
});

test("a progressive JPEG with all its detail in the first rows takes no more than was predicted", async () => {
  const [width, height] = [1024, 1536];
  const samples = Uint8Array.from({ length: width * height }, (_, at) =>
    at < (width * height) / 4 ? Math.imul(at + 1, 2_654_435_761) >>> 24 : 128,
  );
  const picture = sharp(samples, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
  const jpeg = new Uint8Array(await picture.jpeg({ quality: 97, progressive: true }).toBuffer());
  const { jxl } = estimateMemory(readJpegFrame(jpeg), jpeg.length);
  expect(await peakOf(jpeg, exactJxl, true)).toBeLessThanOrEqual(jxl);
});
