/**
 * Run in a process of its own: `node peak.ts <small.jpg> <file.jpg> <jxl|jpeg>`. Repacks the small file, then the other, and
 * prints as JSON how much more memory the second took, that file included, and how much was foretold. Linux only.
 */
import { readFileSync } from "node:fs";
import { describeRecompress } from "../../src/imaging/recompress/predict.ts";
import { recompressJpeg } from "../../src/imaging/recompress/recompress.ts";
import type { RecompressRecipe } from "../../src/imaging/model/recipe.ts";
import { markPeak, readPeak } from "./resident-memory.ts";

const [smallFile, file, format] = process.argv.slice(2);
if (smallFile === undefined || file === undefined || (format !== "jxl" && format !== "jpeg")) {
  throw new Error("usage: node peak.ts <small.jpg> <file.jpg> <jxl|jpeg>");
}
const recipe: RecompressRecipe =
  format === "jxl"
    ? { kind: "recompress", format, exact: true, unbiased: false }
    : { kind: "recompress", format, exact: true };
recompressJpeg(new Uint8Array(readFileSync(smallFile)), recipe, "copyright");

const idleBytes = markPeak(process.pid);
const jpeg = new Uint8Array(readFileSync(file));
recompressJpeg(jpeg, recipe, "copyright");
const peakBytes = readPeak(process.pid) - idleBytes;
const predictedBytes = describeRecompress(jpeg)?.recompress[`${format}Bytes`] ?? Number.NaN;
console.log(JSON.stringify({ peakBytes, predictedBytes: predictedBytes + jpeg.length }));
