/**
 * Run in a process of its own: `node native-peak.ts <case> <file> <width> <height> <file> <width> <height>`. Does the work of a
 * case with the first input, then with the other, and prints how many more bytes were resident in the second. Linux only.
 */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { markPeak, readPeak } from "../coefficients/resident-memory.ts";
import { benchCases, type CaseInput } from "./cases.ts";

const [index, ...inputs] = process.argv.slice(2);
const native = benchCases[Number(index)]?.native;
if (native === undefined || inputs.length !== 6) throw new Error("usage: node native-peak.ts <case> <two inputs>");
sharp.concurrency(1);
sharp.cache(false);

const read = (at: number): CaseInput => ({
  data: readFileSync(inputs[at] ?? ""),
  width: Number(inputs[at + 1]),
  height: Number(inputs[at + 2]),
});
const [small, input] = [read(0), read(3)];
await native(small);
const before = markPeak(process.pid);
await native(input);
console.log(readPeak(process.pid) - before);
