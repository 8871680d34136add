import { afterEach, describe, expect, it, vi } from "vitest";
import { predictEncode } from "../../../../src/imaging/cost/predict.ts";
import { encodeJpegXr } from "../../../../src/imaging/jpeg-xr/encode-jpeg-xr.ts";
import { png } from "../../samples.ts";
import { encodeAtOnce } from "./at-once.ts";
import { random } from "./samples.ts";

/** Bytes that a decoded picture takes: RGBA. */
const inputBytesPerPixel = 4;
const limitBytesPerPixel = 12;

const arrays = { Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array, Int8Array };

/** Sums up what constructors allocate, which is more than what is ever held at once. */
function countAllocations(): () => number {
  let bytes = 0;
  for (const [name, constructor] of Object.entries(arrays)) {
    vi.stubGlobal(
      name,
      new Proxy(constructor, {
        construct(target, [size]: [unknown]) {
          const made = Reflect.construct(target, [size], target) as ArrayBufferView;
          if (typeof size === "number") bytes += made.byteLength;
          return made;
        },
      }),
    );
  }
  return () => bytes;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("encodeJpegXr()", () => {
  it("can be interrupted within each row of macroblocks, of colours and of alpha", () => {
    const stepsOf = (width: number, height: number, alpha: number): number[] => {
      const data = new Uint8ClampedArray(4 * width * height).map((_, i) => (i % 4 === 3 ? alpha : i & 255));
      return [...encodeJpegXr({ data, width, height }, { lossless: true }, "jpeg-xr")];
    };
    const sumOf = (work: readonly number[]): number => work.reduce((sum, each) => sum + each, 0);
    const [once, twice] = [stepsOf(64, 80, 255), stepsOf(64, 160, 255)];
    expect(twice).toHaveLength(2 * once.length);
    expect(sumOf(twice)).toBe(2 * sumOf(once));
    expect(sumOf(stepsOf(64, 160, 254))).toBeGreaterThan(1.3 * sumOf(twice));
    expect(sumOf(stepsOf(128, 80, 255))).toBe(2 * sumOf(once));
  });
});

describe("predictEncode()", () => {
  it.each([{ lossless: true }, { lossless: false, quality: 80 }] as const)(
    "knows what one long row takes: %j",
    (how) => {
      const [width, height] = [40_000, 1];
      const data = new Uint8ClampedArray(4 * width).map((_, i) => (i % 4 === 3 ? 255 : (i * 37) & 255));
      const facts = { ...png, width, height };
      const { peakBytes } = predictEncode({ format: "jxr", container: "jpeg-xr", ...how }, facts, 0);
      const allocated = countAllocations();
      encodeAtOnce({ data, width, height }, how, "jpeg-xr");
      vi.unstubAllGlobals();
      expect(allocated()).toBeGreaterThan(200 * width);
      expect(allocated()).toBeLessThan(peakBytes);
    },
  );
});

describe("encodeJpegXr() stays below 12 bytes per pixel with its input", () => {
  const [width, height] = [800, 600];
  const next = random(1);
  const noise = new Uint8ClampedArray(4 * width * height).map(() => 256 * next());
  const opaqueNoise = noise.map((value, i) => (i % 4 === 3 ? 255 : value));
  const slope = noise.map((value, i) => (i % 4 === 3 ? 255 : ((i >> 5) & 255) + (value & 3)));
  // Says little at first, much later: the forecast of the result's size is wrong.
  const lateNoise = opaqueNoise.map((value, i) => (i % 4 === 3 || i > opaqueNoise.length / 2 ? value : 0));

  it.each([
    { title: "noise with alpha", data: noise },
    { title: "opaque noise", data: opaqueNoise },
    { title: "a slope", data: slope },
    { title: "noise below nothing", data: lateNoise },
  ])("lossless, $title", ({ data }) => {
    const allocated = countAllocations();
    const file = encodeAtOnce({ data, width, height }, { lossless: true }, "jpeg-xr");
    vi.unstubAllGlobals();
    // A result that is a copy of the writer's buffer was allocated without a constructor.
    const held = allocated() + (file.byteLength === file.buffer.byteLength ? file.byteLength : 0);
    expect(inputBytesPerPixel + held / (width * height)).toBeLessThan(limitBytesPerPixel);
  });
});
