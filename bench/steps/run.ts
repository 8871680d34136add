import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import sharp, { type OutputInfo, type Sharp } from "sharp";
import type { RecompressRecipe } from "../../src/imaging/model/recipe.ts";
import type { Steps } from "../../src/imaging/steps.ts";
import { formatTable } from "../coefficients/table.ts";
import { describeRun, writeRecord } from "../record.ts";
import { loadWasmModules } from "../../node/imaging.ts";

interface StepPicture {
  readonly name: string;
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

interface StepResult {
  readonly picture: string;
  readonly work: string;
  readonly steps: number;
  readonly medianMs: number;
  readonly longestMs: number;
  /** Time of all steps over what they say that they take. */
  readonly overPredicted: number;
  /** The largest piece, as predicted: no step is longer than the work between two pauses and one piece more. */
  readonly largestPieceMs: number;
}

/** Each step is the quickest of so many: what else the machine does is no part of it. */
const rounds = 3;

/**
 * How long the engines work between two pauses, on pictures that make single rows long: noise, and great width. Prints a table
 * and writes `bench/results/steps.json`.
 */
export async function runStepsBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  loadWasmModules();
  const [
    { recompressJpeg },
    { encodePixelsByRows },
    { streamToWebp },
    { streamToJxl },
    { encodeJpegXr },
    { decodeRgba },
  ] = await Promise.all([
    import("../../src/imaging/recompress/recompress.ts"),
    import("../../src/imaging/webp/encode-rows.ts"),
    import("../../src/imaging/stream/stream-to-webp.ts"),
    import("../../src/imaging/stream/stream-to-jxl.ts"),
    import("../../src/imaging/jpeg-xr/encode-jpeg-xr.ts"),
    import("../../src/imaging/jpeg/decode/rgba.ts"),
  ]);
  const { readJpegFrame } = await import("../../src/imaging/jpeg/read-frame.ts");
  const { workPerStep } = await import("../../src/imaging/steps.ts");

  const results: StepResult[] = [];
  for (const { name, jpeg } of await makePictures()) {
    const { data, info } = await sharp(jpeg).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
    const [png, deepPng] = await makePngs(data, info);
    const recompress = (recipe: RecompressRecipe) => () => recompressJpeg(jpeg, recipe, "none");
    const works: Record<string, () => Steps<unknown>> = {
      "JPEG decoded": () => decodeRgba(jpeg, readJpegFrame(jpeg)),
      "JPEG XL, exact": recompress({ kind: "recompress", format: "jxl", exact: true, unbiased: false }),
      "JPEG XL, lossy": recompress({ kind: "recompress", format: "jxl", exact: false, targetScore: 78 }),
      "JPEG, exact": recompress({ kind: "recompress", format: "jpeg", exact: true }),
      "JPEG, lossy": recompress({ kind: "recompress", format: "jpeg", exact: false, targetScore: 80 }),
      "WebP, streamed": () => streamToWebp(jpeg, "jpeg", 82),
      "WebP, pixels": () => encodePixelsByRows(pixels, 82, { dissimilarity: 0.02, isMinimum: false }),
      "PNG to JPEG XL": () => streamToJxl(png, 1),
      "PNG of 16 bits to JPEG XL": () => streamToJxl(deepPng, 1),
      "JPEG XR": () => encodeJpegXr(pixels, { lossless: false, quality: 85 }, "jpeg-xr", undefined),
    };
    for (const [work, start] of Object.entries(works)) {
      try {
        results.push({ picture: name, work, ...measure(start, workPerStep) });
      } catch (error) {
        console.log(`${name}, ${work}: ${String(error)}`);
      }
    }
  }
  console.log(describe(results));
  writeRecord("steps", { ...describeRun("steps", { loadBefore }), results });
}

/** Of this thread: waiting for other programs is no part of a step. */
function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function measure(start: () => Steps<unknown>, workPerStep: number): Omit<StepResult, "picture" | "work"> {
  let shortest: number[] = [];
  let predicted = 0;
  let largestPiece = 0;
  for (let round = 0; round < rounds; round++) {
    const times: number[] = [];
    const steps = start();
    let [work, began] = [0, cpuMilliseconds()];
    predicted = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      work += step.value;
      predicted += step.value;
      largestPiece = Math.max(largestPiece, step.value);
      if (work < workPerStep) continue;
      times.push(cpuMilliseconds() - began);
      [work, began] = [0, cpuMilliseconds()];
    }
    times.push(cpuMilliseconds() - began);
    shortest = round === 0 ? times : shortest.map((time, index) => Math.min(time, times[index]));
  }
  const sorted = shortest.toSorted((a, b) => a - b);
  return {
    steps: shortest.length,
    medianMs: sorted[sorted.length >> 1],
    longestMs: sorted.at(-1) ?? 0,
    overPredicted: shortest.reduce((sum, each) => sum + each, 0) / (predicted / 1e6),
    largestPieceMs: largestPiece / 1e6,
  };
}

/** The pixels as PNGs of 8 and 16 bits, stored as they are, so that no JPEG XL is larger; the low bits are grain. */
async function makePngs(rgba: Buffer, { width, height }: OutputInfo): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const image = sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
  const samples = await image.clone().raw().toBuffer();
  const deep = Uint16Array.from(samples, (sample, at) => sample * 256 + (Math.imul(at + 1, 2_654_435_761) >>> 24));
  const images = [image, sharp(deep, { raw: { width, height, channels: 3 } }).toColourspace("rgb16")];
  return Promise.all(images.map(async (each) => new Uint8Array(await each.png({ compressionLevel: 0 }).toBuffer())));
}

/** What a JPEG can hold at worst, and what cameras make. */
async function makePictures(): Promise<StepPicture[]> {
  const noiseOf = (width: number, height: number) =>
    sharp(
      Uint8Array.from({ length: 3 * width * height }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24),
      { raw: { width, height, channels: 3 } },
    );
  const photograph = sharp(fileURLToPath(new URL("../../demo/public/photos/lighthouse.jpg", import.meta.url)));
  const wide = await photograph.clone().resize({ width: 6000, height: 1000, fit: "cover" }).toBuffer();
  const jpegOf = async (name: string, image: Sharp, quality: number, progressive: boolean, chroma: string) => ({
    name,
    jpeg: new Uint8Array(await image.clone().jpeg({ quality, progressive, chromaSubsampling: chroma }).toBuffer()),
  });
  return [
    await jpegOf("photograph, 6000 wide", sharp(wide), 88, false, "4:2:0"),
    await jpegOf("photograph, 6000 wide, progressive", sharp(wide), 88, true, "4:2:0"),
    await jpegOf("noise, 4000 wide, 4:4:4", noiseOf(4000, 400), 95, false, "4:4:4"),
    await jpegOf("noise, 4000 wide, progressive", noiseOf(4000, 400), 95, true, "4:4:4"),
    await jpegOf("noise, 16000 wide", noiseOf(16_000, 96), 90, false, "4:2:0"),
  ];
}

function describe(results: readonly StepResult[]): string {
  const header = ["picture", "work", "steps", "median ms", "longest ms", "over predicted", "largest piece ms"];
  const rows = results.map((each) => [
    each.picture,
    each.work,
    `${each.steps}`,
    each.medianMs.toFixed(1),
    each.longestMs.toFixed(1),
    each.overPredicted.toFixed(2),
    each.largestPieceMs.toFixed(1),
  ]);
  return formatTable(header, rows, 2);
}
