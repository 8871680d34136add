/** Lossy JPEG XL against the vectors of another implementation, our own reading of the format, and libjxl's decoder. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { streamBands } from "../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { naturalOrder, type BandConsumer, type JpegFrame } from "../../../../src/imaging/jpeg/frame.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { Requantiser } from "../../../../src/imaging/jpeg/requantise/requantiser.ts";
import { lossyQuantisation } from "../../../../src/imaging/jpeg-xl/lossy.ts";
import { writeJxl } from "../../../../src/imaging/jpeg-xl/write.ts";
import type { RecompressedFile } from "../../../../src/imaging/recompress/recompressed-file.ts";
import { recompressJpeg } from "../../../../src/imaging/recompress/recompress.ts";
import { describeRecompress } from "../../../../src/imaging/recompress/predict.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { targetScore } from "../../../../src/imaging/cost/score.ts";
import { estimateQuality } from "../../../../src/imaging/jpeg/quality.ts";
import { hasCorpus } from "../../../support/pictures.ts";
import { decodeFloat } from "../jpeg/float-jpeg.ts";
import { corpusJpegs, hasJpegTools, readCorpus, runTool, withoutCorpus, withoutTools } from "../jpeg/oracles.ts";
import { readPlanes } from "../jpeg/read-planes.ts";
import { requantisePlanes } from "../jpeg/requantise/expected.ts";
import { decodeJxl } from "./decoder.ts";
import { djxl, hasJxlTools, largestDifference, withoutJxlTools } from "./oracle.ts";

/** A file of a given strength. */
function writeWithStrength(jpeg: Uint8Array, strength: number): Uint8Array {
  const frame = readJpegFrame(jpeg);
  const quantisation = frame.components.map((_, index) => lossyQuantisation(frame, index, strength));
  const requantiser = new Requantiser(
    frame,
    quantisation.map(({ steps }) => steps),
  );
  const stream = (consume: BandConsumer) => streamBands(jpeg, frame, consume, requantiser);
  const { iccProfile, orientation } = frame;
  const options = { exact: false, iccProfile, orientation, quantisation };
  return runAtOnce(writeJxl({ frame, sourceBytes: jpeg.length, stream }, options));
}

function recompress(jpeg: Uint8Array, target: number): RecompressedFile {
  const recipe = { kind: "recompress", format: "jxl", exact: false, targetScore: target } as const;
  return runAtOnce(recompressJpeg(jpeg, recipe, "none"));
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Over all coefficients of a picture: 31 × what is there, plus the next one. */
function hashPlanes(planes: readonly ArrayLike<number>[]): string {
  let hash = 0;
  for (const plane of planes) for (let i = 0; i < plane.length; i++) hash = (Math.imul(hash, 31) + plane[i]) | 0;
  return (hash >>> 0).toString(16).padStart(8, "0");
}

interface Vector {
  readonly strength: number;
  readonly target?: number;
  readonly dissimilarity?: number;
  readonly predicted?: number;
  readonly bandFields: readonly (readonly string[])[];
  readonly dcStep: readonly number[];
  readonly steps: readonly (readonly number[])[];
  readonly coefficientHash: string;
  readonly sha256: string;
}

function checkVector(jpeg: Uint8Array, vector: Vector): void {
  const frame = readJpegFrame(jpeg);
  const quantisation = frame.components.map((_, index) => lossyQuantisation(frame, index, vector.strength));
  expect(quantisation.map(({ fields }) => Array.from(fields, (field) => field.toString(16)))).toEqual(
    vector.bandFields,
  );
  expect(quantisation.map(({ steps }) => steps[0])).toEqual(vector.dcStep);
  const file =
    vector.target === undefined ? writeWithStrength(jpeg, vector.strength) : recompress(jpeg, vector.target).bytes;
  const { channels } = decodeJxl(file);
  vector.steps.forEach((steps, index) => {
    // The first is that of DC. The vectors have four places.
    const { quantisation: decoded } = channels[index];
    for (let place = 1; place < 64; place++) expect(decoded[place]).toBeCloseTo(steps[place], 3);
    expect(channels[index].dcStep * 2040).toBe(steps[0] === vector.dcStep[index] ? steps[0] : vector.dcStep[index]);
  });
  const planes = frame.components.map((_, index) => channels[index].coefficients);
  expect(hashPlanes(planes)).toBe(vector.coefficientHash);
  expect(sha256(file)).toBe(vector.sha256);
}

test("a gray picture of strength 0.5 is the vector, byte for byte", () => {
  const jpeg = new Uint8Array(readFileSync(new URL("../../../fixtures/gray_noise_22.jpg", import.meta.url)));
  const fields = ["47f8", "c1f0", "b86f", "b524", "b344"];
  checkVector(jpeg, {
    strength: 0.5,
    bandFields: [fields],
    dcStep: [6],
    steps: [],
    coefficientHash: "26dbad22",
    sha256: "14d6607d5a06ce46273a89794097ed162e0fd17f402ac9fa4f128cf9788aafed",
  });
});

const vectorFolder = new URL("../../../../../shared/formats/jxl-lossy-vectors/", import.meta.url);
const hasVectors = existsSync(new URL("vectors.json", vectorFolder));
const withoutVectors = hasVectors ? "" : " (skipped: no ../shared/formats/jxl-lossy-vectors)";

describe.skipIf(!hasVectors)(`vectors${withoutVectors}`, () => {
  const vectors = hasVectors
    ? (JSON.parse(readFileSync(new URL("vectors.json", vectorFolder), "utf8")) as Record<string, Vector>)
    : {};

  test.each(Object.entries(vectors))("%s is written byte for byte", (name, vector) => {
    checkVector(new Uint8Array(readFileSync(new URL(`${name}.jpg`, vectorFolder))), vector);
  });

  test.each(Object.entries(vectors).filter(([, { target }]) => target !== undefined))(
    "%s gets the strength and the score of the vector by itself",
    (name, { target = 0, predicted = 0 }) => {
      const { score } = recompress(new Uint8Array(readFileSync(new URL(`${name}.jpg`, vectorFolder))), target);
      expect(score).toBeCloseTo(predicted, 2);
    },
  );
});

/** What a decoder of JPEG XL shows of a level, in steps (the default biases of Y, Cb and Cr). */
const shownOne = [0.9299, 0.9453, 0.9501];

/** The picture that a lossy file means, in floating point: from its own steps and coefficients. */
function picture(frame: JpegFrame, jxl: Uint8Array) {
  const { channels } = decodeJxl(jxl);
  const ones = new Uint16Array(64).fill(1);
  const planes = frame.components.map((_, index) => {
    const { coefficients, quantisation, dcStep } = channels[index];
    return Float32Array.from(coefficients, (level, at) => {
      if (at % 64 === 0) return level * dcStep * 2040;
      const size = Math.abs(level);
      const shown = size < 2 ? size * shownOne[index] : size - 0.145 / size;
      return Math.sign(level) * shown * quantisation[at % 64];
    });
  });
  const components = frame.components.map((component) => ({ ...component, quantisation: ones }));
  return decodeFloat({ ...frame, components }, planes);
}

const suitable = corpusJpegs.filter((path) => describeRecompress(readCorpus(path))?.recompress.isRequantisable);
const small = suitable.filter((path) => readCorpus(path).length < 160_000);

function qualityOf({ components: [{ quantisation }] }: JpegFrame): number {
  return estimateQuality(Array.from(naturalOrder, (place) => quantisation[place]));
}

describe.skipIf(!hasCorpus)(`corpus${withoutCorpus}`, () => {
  test.each(small)("%s has the coefficients that requantising by the formulas gives", (path) => {
    const jpeg = readCorpus(path);
    const frame = readJpegFrame(jpeg);
    const { bytes } = recompress(jpeg, targetScore(qualityOf(frame)));
    const { channels, orientation, iccProfile } = decodeJxl(bytes);
    expect(orientation).toBe(frame.orientation);
    expect(iccProfile).toEqual(frame.iccProfile);
    const steps = frame.components.map((_, index) => [
      channels[index].dcStep * 2040,
      ...channels[index].quantisation.slice(1),
    ]);
    const expected = requantisePlanes(frame, readPlanes(jpeg, frame), steps);
    expected.forEach((plane, index) => {
      if (plane.some((value, i) => value !== channels[index].coefficients[i])) expect.fail(`component ${index}`);
    });
  });

  test("its photographs of quality 60 and more shrink by half at least, and none grows", () => {
    let before = 0;
    let after = 0;
    for (const path of suitable.filter((name) => name.startsWith("jpeg/"))) {
      const jpeg = readCorpus(path);
      const quality = qualityOf(readJpegFrame(jpeg));
      if (quality < 60) continue;
      const { bytes } = recompress(jpeg, targetScore(quality));
      expect(bytes.length, path).toBeLessThan(jpeg.length);
      before += jpeg.length;
      after += bytes.length;
    }
    expect(before).toBeGreaterThan(1e6);
    expect(after / before).toBeLessThan(0.5);
  });

  test("a photograph whose luma is subsampled keeps its coefficients", () => {
    const jpeg = readCorpus("jpeg/flower_luma_subsample.jpg");
    expect(suitable).not.toContain("jpeg/flower_luma_subsample.jpg");
    expect(() => recompress(jpeg, 76)).toThrow("luma-sampling");
  });
});

describe.skipIf(!hasCorpus || !hasJxlTools)(`corpus and libjxl${withoutCorpus}${withoutJxlTools}`, () => {
  // Others are turned by the decoder.
  const upright = small.filter((path) => readJpegFrame(readCorpus(path)).orientation === 1);

  test.each(upright)("%s is shown as its coefficients say", (path) => {
    const jpeg = readCorpus(path);
    const frame = readJpegFrame(jpeg);
    const { bytes } = recompress(jpeg, targetScore(qualityOf(frame)));
    expect(largestDifference(djxl(bytes), picture(frame, bytes))).toBeLessThan(0.3);
  });
});

describe.skipIf(!hasCorpus || !hasJpegTools)(`jpegtran${withoutCorpus}${withoutTools}`, () => {
  test("a progressive file gets the coefficients of the sequential one", () => {
    const jpeg = readCorpus(suitable.find((path) => path.includes("kodim08_q85")) ?? "");
    const progressive = new Uint8Array(runTool("jpegtran", ["-progressive", "-copy", "all"], jpeg).output);
    expect(readJpegFrame(progressive).shape).toBe("dense");
    const [ours, theirs] = [jpeg, progressive].map((file) => decodeJxl(recompress(file, 77).bytes));
    expect(theirs.channels.map(({ quantisation }) => quantisation)).toEqual(
      ours.channels.map(({ quantisation }) => quantisation),
    );
    ours.channels.forEach(({ coefficients }, index) => {
      expect(Buffer.compare(bytesOf(coefficients), bytesOf(theirs.channels[index].coefficients))).toBe(0);
    });
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
