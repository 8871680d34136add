import { describe, expect, test } from "vitest";
import type { JpegFrame } from "../../../../src/imaging/jpeg/frame.ts";
import { estimateMemory } from "../../../../src/imaging/recompress/memory.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import type { NoJxlFormReason } from "../../../../src/imaging/jpeg-xl/error.ts";
import { decodeFloat } from "../jpeg/float-jpeg.ts";
import { decodeJxl } from "./decoder.ts";
import { djxl, hasJxlTools, largestDifference, withoutJxlTools } from "./oracle.ts";
import { synthetic, syntheticFrame, writeDense, writeStreamed } from "./synthetic.ts";
import type { Factors, Synthetic } from "./synthetic.ts";
import { seededNumbers } from "../jpeg/oracles.ts";

/** Everything that was written must be what a decoder finds. */
function expectSame(jxl: Uint8Array, { frame, planes }: Synthetic): void {
  const decoded = decodeJxl(jxl);
  expect([decoded.width, decoded.height, decoded.gray]).toEqual([
    frame.width,
    frame.height,
    frame.components.length === 1,
  ]);
  decoded.channels.forEach((channel, index) => {
    const component = frame.components.at(index);
    const { quantisation } = component ?? frame.components[0];
    expect(channel.quantisation).toEqual([...quantisation]);
    expect(channel.dcStep * 2040).toBe(quantisation[0]);
    if (component === undefined) expect(channel.coefficients.every((value) => value === 0)).toBe(true);
    else expect(Buffer.compare(bytesOf(channel.coefficients), bytesOf(planes[index]))).toBe(0);
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const gray: Factors = [[1, 1]];
const full: Factors = [[1, 1], [1, 1], [1, 1]]; // prettier-ignore
const quarter: Factors = [[2, 2], [1, 1], [1, 1]]; // prettier-ignore

/** All combinations of factors of 1 and 2. */
const pairs = [[1, 1], [2, 1], [1, 2], [2, 2]] as const; // prettier-ignore
const allFactors = pairs.flatMap((y) => pairs.flatMap((cb) => pairs.map((cr): Factors => [y, cb, cr])));

const sizes = [
  [1, 1], [2, 7], [8, 8], [9, 8], [17, 33], [31, 16], [100, 1], [256, 256], [257, 255], [513, 20], [2049, 1], [8, 3000],
] as const; // prettier-ignore

describe("writeJxl()", () => {
  test.each(sizes)("keeps all coefficients of %d × %d", (width, height) => {
    for (const factors of [gray, full, quarter]) {
      const picture = synthetic(width, height, factors);
      expectSame(writeStreamed(picture), picture);
      expectSame(writeDense(picture), picture);
      expectSame(writeStreamed(picture, { exact: true }), picture);
    }
  });

  test("keeps all coefficients with any sampling factors of 1 and 2", () => {
    for (const factors of allFactors) {
      const picture = synthetic(281, 35, factors);
      expectSame(writeStreamed(picture), picture);
      expectSame(writeDense(picture, { exact: true }), picture);
    }
  });

  test("keeps coefficients at the ends of their range", () => {
    const picture = synthetic(64, 48, full);
    for (const plane of picture.planes) {
      for (let i = 0; i < plane.length; i++) if (i % 3 !== 1) plane[i] = i % 2 === 0 ? 2047 : -2047;
    }
    expectSame(writeStreamed(picture), picture);
    expectSame(writeDense(picture), picture);
  });

  test("keeps DC coefficients that jump against their trend as far as they can", () => {
    // The predictor leaves the range where it has always been too low, or too high; then the opposite comes.
    const random = seededNumbers(1);
    const picture = synthetic(800, 800, gray);
    const [plane] = picture.planes;
    let dc = 2047;
    for (let at = 0; at < plane.length; at += 64) {
      if (random() < 0.2) dc = -dc;
      plane[at] = dc;
    }
    expectSame(writeDense(picture), picture);
  });

  test("keeps a picture without any AC, and one without anything", () => {
    for (const keep of [64, Infinity]) {
      const picture = synthetic(300, 20, quarter);
      for (const plane of picture.planes) for (let i = 0; i < plane.length; i++) if (i % keep !== 0) plane[i] = 0;
      expectSame(writeStreamed(picture), picture);
      expectSame(writeDense(picture), picture);
    }
  });

  test("keeps noise", () => {
    const picture = synthetic(64, 64, quarter);
    for (const plane of picture.planes) {
      let state = 1;
      for (let i = 0; i < plane.length; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        plane[i] = (state >>> 20) - 2047;
        if (plane[i] > 2047) plane[i] = 0;
      }
    }
    expectSame(writeStreamed(picture), picture);
  });

  test("stores the largest divisors exactly", () => {
    const picture = synthetic(24, 24, full);
    for (const { quantisation } of picture.frame.components) {
      for (let i = 0; i < 64; i++) quantisation[i] = 2047 - 31 * i;
    }
    expectSame(writeStreamed(picture), picture);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8] as const)("stores orientation %d", (orientation) => {
    expect(decodeJxl(writeDense(synthetic(20, 10, full), { orientation })).orientation).toBe(orientation);
  });

  test("exact takes a second pass and a few bytes", () => {
    const picture = synthetic(600, 300, quarter);
    const plain = writeStreamed(picture);
    const exact = writeStreamed(picture, { exact: true });
    expect([decodeJxl(plain).passes, decodeJxl(exact).passes]).toEqual([1, 2]);
    expect(exact.length - plain.length).toBeLessThan(40);
  });

  test("does not change what it is given", () => {
    const picture = synthetic(90, 70, quarter);
    const before = picture.planes.map((plane) => plane.slice());
    writeDense(picture);
    expect(picture.planes).toEqual(before);
  });
});

describe("estimateMemory() for JPEG XL", () => {
  test("is what a sequential photograph of 24 megapixels and 3 MB may take", () => {
    expect(estimateMemory(syntheticFrame(6000, 4000, quarter), 3e6).jxl).toBeLessThan(50e6);
  });

  test("does not promise more coefficients than there are", () => {
    expect(estimateMemory(syntheticFrame(8, 8, gray), 1e6).jxl).toBeLessThan(16e6);
  });
});

describe("writeJxl() refuses", () => {
  const rgbIds = (frame: JpegFrame): JpegFrame["components"] =>
    frame.components.map((component, i) => ({ ...component, id: "RGB".charCodeAt(i) }));
  const ycc = syntheticFrame(16, 16, full);
  const refused: [title: string, frame: JpegFrame, reason: NoJxlFormReason][] = [
    ["two components", syntheticFrame(16, 16, [[1, 1], [1, 1]]), "components"], // prettier-ignore
    ["four components", syntheticFrame(16, 16, [...full, [1, 1]]), "components"],
    ["Adobe's RGB", { ...ycc, jfif: false, adobeTransform: 0 }, "rgb"],
    ["RGB by its identifiers", { ...ycc, jfif: false, components: rgbIds(ycc) }, "rgb"],
    ["a sampling factor of 4", syntheticFrame(16, 16, [[4, 1], [1, 1], [1, 1]]), "sampling"], // prettier-ignore
    ["a sampling factor of 3", syntheticFrame(16, 16, [[1, 3], [1, 1], [1, 1]]), "sampling"], // prettier-ignore
    ["a profile that could not be joined", { ...ycc, hasIcc: true }, "icc-profile"],
  ];
  test.each(refused)("%s", (_, frame, reason) => {
    const planes = frame.components.map(() => new Int16Array(64 * 64));
    expect(refusal(() => writeDense({ frame, planes, sourceBytes: 1e6 }))).toBe(reason);
  });

  test.each([0, 2048, 65_535])("a divisor of %d", (divisor) => {
    const picture = synthetic(16, 16, full);
    picture.frame.components[2].quantisation[63] = divisor;
    expect(refusal(() => writeStreamed(picture))).toBe("quantisation");
  });

  test.each([0, 1, 63])("a coefficient beyond ±2047 at place %d", (place) => {
    for (const value of [2048, -2048, 32_767, -32_768]) {
      const picture = synthetic(40, 40, quarter);
      picture.planes[1][64 + place] = value;
      expect(refusal(() => writeStreamed(picture))).toBe("coefficient-range");
      expect(refusal(() => writeDense(picture))).toBe("coefficient-range");
    }
  });

  test("more coefficients than a JPEG of its size has", () => {
    const picture = { ...synthetic(640, 480, quarter), sourceBytes: 10_000 };
    expect(refusal(() => writeStreamed(picture))).toBe("too-many-coefficients");
    expect(refusal(() => writeDense(picture))).toBe("too-many-coefficients");
    const empty = { ...picture, planes: picture.planes.map((plane) => new Int16Array(plane.length)) };
    expectSame(writeDense(empty), empty);
  });

  test("nothing because of what JFIF overrides", () => {
    expectSame(
      writeDense({ ...synthetic(16, 16, full), frame: { ...ycc, adobeTransform: 0, components: rgbIds(ycc) } }),
      synthetic(16, 16, full),
    );
  });
});

function refusal(write: () => unknown): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof ImagingError && error.format === "jxl") return error.reason;
    throw error;
  }
}

describe.skipIf(!hasJxlTools)(`djxl${withoutJxlTools}`, () => {
  // Small steps, since the tolerance of the exact form is for steps of real JPEGs.
  const cases = [
    ...sizes.map(([width, height]) => [width, height, quarter] as const),
    ...sizes.map(([width, height]) => [width, height, gray] as const),
    ...allFactors.map((factors) => [281, 35, factors] as const),
    [2049, 2100, quarter] as const,
  ];
  test.each(cases)("shows exactly the picture of %d × %d, factors %j", (width, height, factors) => {
    const picture = synthetic(width, height, factors);
    const shown = djxl(writeStreamed(picture, { exact: true }));
    expect(largestDifference(shown, decodeFloat(picture.frame, picture.planes))).toBeLessThan(0.3);
  });
});
