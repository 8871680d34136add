/** Rows against libjpeg-turbo's of the same file, all sampling factors; other rows against what they should be by hand. */
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { describe, expect, it } from "vitest";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { decodeRgba } from "../../../../../src/imaging/jpeg/decode/rgba.ts";
import { chooseUpsampling } from "../../../../../src/imaging/jpeg/decode/upsample.ts";
import { adobeMarker, busyComponents } from "../four-components.ts";
import { sharpPixels } from "../oracles.ts";
import { writeJpeg } from "../written-jpeg.ts";

/** Factors 1–4 of the second component, whose samples are then the green of an RGB picture; what libjpeg can decode. */
const factors: [number, number][] = [1, 2, 3, 4].flatMap((h) => [1, 2, 3, 4].map((v): [number, number] => [h, v]));
const dividing = factors.flatMap((first) =>
  factors
    .filter(([h, v]) => first[0] % h === 0 && first[1] % v === 0 && first[0] * first[1] + h * v <= 9)
    .map((second) => ({ first, second })),
);

describe("chooseUpsampling()", () => {
  it("makes libjpeg-turbo's pictures for all factors that divide each other", async () => {
    expect(dividing.length).toBeGreaterThan(20);
    for (const { first, second } of dividing) {
      for (const [width, height] of [
        [53, 37],
        [1, 1],
        [5, 70],
      ] as const) {
        const jpeg = writeJpeg({
          width,
          height,
          divisor: 3,
          components: busyComponents([first, second, [1, 1]]),
          extra: [adobeMarker(0)],
        });
        const expected = await sharpPixels(jpeg);
        const rgba = runAtOnce(decodeRgba(jpeg, readJpegFrame(jpeg)));
        let wrong = 0;
        for (let i = 0; i < width * height; i++)
          for (let c = 0; c < 3; c++) if (rgba[4 * i + c] !== expected[3 * i + c]) wrong++;
        expect(wrong, `${first.join("x")} ${second.join("x")} ${width} × ${height}`).toBe(0);
      }
    }
  });

  it("leaves components of the picture's size alone", () => {
    expect(chooseUpsampling(2, 2, 3, 3, 100)).toBeUndefined();
  });

  it("repeats samples by fractional factors so that they cover the whole row", () => {
    const upsampling = chooseUpsampling(2, 3, 1, 1, 7);
    expect(upsampling?.blendsRows).toBe(false);
    const output = new Uint8Array(24);
    upsampling?.writeRow(Uint8Array.of(10, 20, 30, 40, 50), new Uint8Array(5), false, output);
    expect([...output.subarray(0, 7)]).toEqual([10, 10, 20, 30, 30, 40, 50]);
  });

  it("does not read beyond the component's last sample", () => {
    const output = new Uint8Array(16);
    chooseUpsampling(1, 2, 1, 1, 5)?.writeRow(Uint8Array.of(100, 100, 100, 255), new Uint8Array(4), false, output);
    expect([...output.subarray(0, 5)]).toEqual([100, 100, 100, 100, 100]);
  });
});
