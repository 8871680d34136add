/** CMYK against libvips' raw CMYK and against values that are known. */
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { describe, expect, it } from "vitest";
import { decodeCmyk, estimateCmykMemory } from "../../../../../src/imaging/jpeg/decode/cmyk.ts";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { hasCorpus } from "../../../../support/pictures.ts";
import { adobeMarker, busyComponents, countDifferences, sharpCmyk } from "../four-components.ts";
import { corpusJpegs, hasJpegTools, readCorpus, runTool, withoutCorpus, withoutTools } from "../oracles.ts";
import { writeJpeg } from "../written-jpeg.ts";

function decode(jpeg: Uint8Array): Uint8Array {
  const frame = readJpegFrame(jpeg);
  const { width, height } = frame;
  const picture = new Uint8Array(4 * width * height);
  let next = 0;
  const read = decodeCmyk(jpeg, frame, (firstRow, rowCount, ink) => {
    expect(firstRow).toBe(next);
    expect(ink.length).toBe(4 * width * rowCount);
    picture.set(ink, 4 * width * firstRow);
    next += rowCount;
  });
  runAtOnce(read);
  expect(next).toBe(height);
  return picture;
}

/** One flat colour: DC alone, with a divisor of 8, is the sample − 128. */
function flat(samples: readonly number[], transform: number | undefined): Uint8Array {
  return writeJpeg({
    width: 3,
    height: 2,
    divisor: 8,
    components: samples.map((sample) => ({ h: 1, v: 1, coefficient: (_, __, k) => (k === 0 ? sample - 128 : 0) })),
    extra: transform === undefined ? [] : [adobeMarker(transform)],
  });
}

const samplings = [
  [[1, 1], [1, 1], [1, 1], [1, 1]],
  [[2, 2], [1, 1], [1, 1], [2, 2]],
  [[2, 1], [1, 1], [1, 1], [2, 1]],
  [[1, 2], [1, 1], [1, 1], [1, 2]],
  [[4, 1], [1, 1], [1, 1], [4, 1]],
  [[2, 2], [2, 1], [1, 2], [1, 1]],
] as const; // prettier-ignore

describe("decodeCmyk()", () => {
  it.each([
    ["cyan of a YCCK file", [76, 85, 255, 255], 2, [254, 0, 0, 0]],
    ["paper of a YCCK file", [0, 128, 128, 255], 2, [0, 0, 0, 0]],
    ["black of a YCCK file", [0, 128, 128, 0], 2, [0, 0, 0, 255]],
    ["inverted CMYK", [200, 100, 50, 255], 0, [55, 155, 205, 0]],
    ["inverted CMYK without a marker", [76, 85, 255, 255], undefined, [179, 170, 0, 0]],
  ])("reads %s", async (_, samples, transform, ink) => {
    const jpeg = flat(samples, transform);
    const picture = decode(jpeg);
    expect([...picture]).toEqual(Array.from({ length: 6 }, () => ink).flat());
    expect(countDifferences(picture, await sharpCmyk(jpeg))).toBe(0);
  });

  it("gives libvips' CMYK for all colour models, subsamplings and odd sizes", async () => {
    for (const transform of [undefined, 0, 2]) {
      for (const factors of samplings) {
        for (const [width, height] of [
          [1, 1],
          [17, 33],
          [63, 40],
        ] as const) {
          const extra = transform === undefined ? [] : [adobeMarker(transform)];
          const jpeg = writeJpeg({ width, height, divisor: 3, components: busyComponents(factors), extra });
          const title = `transform ${transform}, ${factors.join(" ")}, ${width} × ${height}`;
          expect(countDifferences(decode(jpeg), await sharpCmyk(jpeg)), title).toBe(0);
        }
      }
    }
  });

  it.skipIf(!hasJpegTools)(`reads progressive files like sequential ones${withoutTools}`, () => {
    for (const factors of samplings) {
      const components = busyComponents(factors);
      const jpeg = writeJpeg({ width: 61, height: 47, divisor: 3, components, extra: [adobeMarker(2)] });
      const progressive = new Uint8Array(runTool("jpegtran", ["-progressive"], jpeg).output);
      expect(readJpegFrame(progressive)).toMatchObject({ progressive: true, adobeTransform: 2 });
      expect(countDifferences(decode(progressive), decode(jpeg)), factors.join(" ")).toBe(0);
    }
  });

  it.skipIf(!hasCorpus)(`gives libvips' CMYK for the corpus${withoutCorpus}`, async () => {
    const files = corpusJpegs.filter((name) => name.startsWith("jpeg-cmyk/"));
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const name of files) {
      const jpeg = readCorpus(name);
      expect(countDifferences(decode(jpeg), await sharpCmyk(jpeg)), name).toBe(0);
    }
  });

  it("hands on a wide picture in several strips of bounded size", () => {
    const components = [1, 2, 3, 4].map(() => ({ h: 1, v: 1, coefficient: () => 0 }));
    const jpeg = writeJpeg({ width: 9000, height: 17, components });
    const strips: number[][] = [];
    runAtOnce(decodeCmyk(jpeg, readJpegFrame(jpeg), (firstRow, rowCount) => strips.push([firstRow, rowCount])));
    expect(strips).toEqual([
      [0, 7],
      [7, 7],
      [14, 3],
    ]);
  });

  it("refuses other numbers of components, and damaged files", () => {
    const three = writeJpeg({
      width: 8,
      height: 8,
      components: busyComponents([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    });
    expect(() => decode(three)).toThrow("jpeg unsupported");
    const four = writeJpeg({ width: 64, height: 64, components: busyComponents(samplings[0]) });
    const cut = four.slice(0, four.length - 1000);
    expect(() => decode(cut)).toThrow("jpeg damaged");
  });
});

describe("estimateCmykMemory()", () => {
  it("counts one strip besides what the samples need, however high the picture is", () => {
    const make = (height: number) => {
      const components = [1, 2, 3, 4].map(() => ({ h: 1, v: 1, coefficient: () => 0 }));
      return readJpegFrame(writeJpeg({ width: 2000, height, components }));
    };
    expect(estimateCmykMemory(make(512))).toBe(estimateCmykMemory(make(128)));
    expect(estimateCmykMemory(make(512))).toBeLessThan(2e6);
  });
});
