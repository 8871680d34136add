import type { Pixels } from "../../model/picture.ts";
import { Dissimilarity, type Plane } from "../../pixels/dissimilarity.ts";
import type { Steps } from "../../steps.ts";
import { LineWriter } from "./line-writer.ts";
import { PictureEncoder } from "./picture-encoder.ts";
import { maxIndex } from "./quantisers.ts";
import type { RowPlanes } from "./row-planes.ts";
import { acSteps } from "./tables.ts";

/** Parts of the picture that are tried: two macroblocks high, so that windows of half the resolution fit in. */
const tileLines = 32;
const tileWidth = 1024;
/** All of them together: a small picture whole, of a large one this share. */
const fewestTiles = 4;
const sampledPixels = 120_000;
const sampledShare = 1 / 25;

/** Dissimilarity grows with this power of the step: the typical picture's, with which the first correction is made. */
const typicalPower = 0.9;

/** Relative difference of dissimilarity that is less than a step of the index. */
const tolerance = 0.03;
const mostTrials = 3;

/**
 * How far to go from what is usual to what is measured. A picture whose dissimilarity is unusual needs another quality for two thirds of that;
 * for the rest, the measure misjudges it (docs/decisions/013).
 */
const trust = 0.65;

/** To convert a pixel, and to compare it. */
const nanosecondsPerComparedPixel = 40;

/** What the search looks for. */
export interface SearchedIndex {
  /** Where to begin. */
  readonly guess: number;
  /** The result is between these. */
  readonly least: number;
  readonly most: number;
  /** What a decoder's picture is to have against this one, see `Dissimilarity`. */
  readonly dissimilarity: number;
}

/**
 * The base index with which a picture comes as near to a dissimilarity as it can. Parts of the picture are encoded on trial, and
 * compared with what a decoder shows of them, which the encoder knows: nothing is decoded, and the whole picture is encoded
 * once.
 */
export function* searchIndex(
  kernel: WebAssembly.Module,
  pixels: Pixels,
  { guess, least, most, dissimilarity: wanted }: SearchedIndex,
): Steps<number> {
  const trials: Trial[] = [];
  let index = guess;
  let goal = Math.log(wanted);
  while (trials.length < mostTrials) {
    const dissimilarity = yield* tryIndex(kernel, pixels, index);
    // A picture without a window, or one that is reproduced exactly.
    if (dissimilarity === undefined || dissimilarity === 0) return index;
    const logarithm = Math.log(dissimilarity);
    if (trials.length === 0) goal = logarithm + trust * (goal - logarithm);
    trials.push({ step: Math.log(acSteps[index]), dissimilarity: logarithm });
    const next = Math.min(most, Math.max(least, indexOfStep(solve(trials, goal))));
    if (Math.abs(goal - logarithm) <= tolerance || next === index) return index;
    index = next;
  }
  return index;
}

/** Logarithms of both. */
interface Trial {
  readonly step: number;
  readonly dissimilarity: number;
}

/** The step at which the line through the last two trials, or through the only one, reaches the wanted dissimilarity. */
function solve(trials: readonly Trial[], wanted: number): number {
  const [last, before] = [trials[trials.length - 1], trials[trials.length - 2]];
  let power = typicalPower;
  if (before !== undefined && before.step !== last.step) {
    const slope = (last.dissimilarity - before.dissimilarity) / (last.step - before.step);
    power = Math.min(2 * typicalPower, Math.max(typicalPower / 2, slope));
  }
  return last.step + (wanted - last.dissimilarity) / power;
}

/** The index whose step is nearest. */
function indexOfStep(logarithm: number): number {
  const step = Math.exp(logarithm);
  let best = 0;
  for (let index = 1; index <= maxIndex; index++) {
    if (Math.abs(acSteps[index] - step) < Math.abs(acSteps[best] - step)) best = index;
  }
  return best;
}

function* tryIndex(kernel: WebAssembly.Module, pixels: Pixels, index: number): Steps<number | undefined> {
  const width = Math.min(tileWidth, pixels.width);
  const lines = Math.min(tileLines, pixels.height);
  const tiles = chooseTiles(pixels);
  const rows = Math.ceil(lines / 16);
  const picture = new PictureEncoder(kernel, Math.ceil(width / 16), rows * tiles.length, index);
  const writer = new LineWriter(picture.planes, width);
  const sum = new Dissimilarity();
  const [before, after] = [emptyPlane(width, lines), emptyPlane(width, lines)];
  for (const { left, top } of tiles) {
    for (let row = 0; row < lines; row += 16) {
      const count = Math.min(16, lines - row);
      for (let line = 0; line < count; line++) {
        writer.put(pixels.data, 4 * (pixels.width * (top + row + line) + left), line, line === count - 1);
      }
      copyLuma(picture.planes, before, row, count);
      yield* picture.encodeRow();
      picture.release(picture.levels.length - 1);
      copyLuma(picture.planes, after, row, count);
    }
    sum.add(before, after);
    yield lines * width * nanosecondsPerComparedPixel;
  }
  return sum.value;
}

/** Multiples of it are spread evenly, whatever their number. */
const goldenRatio = 0.618_034;

/** Spread over the picture: evenly from top to bottom, and from side to side. */
function chooseTiles({ width, height }: Pixels): { left: number; top: number }[] {
  const rows = Math.max(1, Math.floor(height / tileLines));
  const tilePixels = tileLines * Math.min(tileWidth, width);
  const wanted = Math.ceil(Math.max(sampledPixels, sampledShare * width * height) / tilePixels);
  const count = Math.min(rows, Math.max(fewestTiles, wanted));
  return Array.from({ length: count }, (_, tile) => ({
    left: Math.floor(((tile * goldenRatio) % 1) * Math.max(0, width - tileWidth)),
    top: tileLines * Math.floor(((tile + 0.5) * rows) / count),
  }));
}

function emptyPlane(width: number, height: number): Plane & { readonly samples: Float32Array } {
  return { samples: new Float32Array(width * height), width, height };
}

/** Studio range as decoders widen it. */
function copyLuma({ luma, lumaStride }: RowPlanes, to: Plane, firstLine: number, lines: number): void {
  for (let line = 0; line < lines; line++) {
    const start = (firstLine + line) * to.width;
    for (let x = 0; x < to.width; x++) to.samples[start + x] = ((luma[line * lumaStride + x] - 16) * 255) / 219;
  }
}
