/**
 * Run in a process of its own: `node peak.ts <small.jpg> <file.jpg> <form>`. Rewrites the small file, then the other, and
 * prints as JSON how much more memory the second took, that file included, and how much was predicted. Linux only.
 */
import { readFileSync } from "node:fs";
import { describeRecompress } from "../../src/imaging/recompress/predict.ts";
import { recompressJpeg } from "../../src/imaging/recompress/recompress.ts";
import { runAtOnce } from "../../src/imaging/steps.ts";
import { type Form, recipeOf } from "./forms.ts";
import { markPeak, readPeak } from "./resident-memory.ts";

const [smallFile, file, form] = process.argv.slice(2);
if (smallFile === undefined || file === undefined || form === undefined) {
  throw new Error("usage: node peak.ts <small.jpg> <file.jpg> <form>");
}
/** Quality of both. */
const quality = 85;
const recipe = recipeOf(form as Form, quality);
runAtOnce(recompressJpeg(new Uint8Array(readFileSync(smallFile)), recipe, "copyright"));

const idleBytes = markPeak(process.pid);
const jpeg = new Uint8Array(readFileSync(file));
runAtOnce(recompressJpeg(jpeg, recipe, "copyright"));
const peakBytes = readPeak(process.pid) - idleBytes;
const predictedBytes = describeRecompress(jpeg)?.recompress[`${recipe.format}Bytes`] ?? Number.NaN;
console.log(JSON.stringify({ peakBytes, predictedBytes: predictedBytes + jpeg.length }));
