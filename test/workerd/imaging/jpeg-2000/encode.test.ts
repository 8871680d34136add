import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { createJp2Encoder } from "../../../../src/imaging/jpeg-2000/encode.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { pressProfile, wideGamutProfile } from "../../../support/profiles.ts";

const lossless = { format: "jp2", lossless: true, quality: 0, effort: 0, fullChroma: false } as const;
const lossy = { ...lossless, lossless: false, quality: 75 } as const;

type Kind = "gray" | "rgb" | "rgba";

/** Slopes with some noise on them. */
function slopes(kind: Kind, width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0, i = 0, state = 1; at < data.length; at += 4, i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const noise = (state >>> 24) & 15;
    data[at] = (i % width) + noise;
    data[at + 1] = kind === "gray" ? (data[at] ?? 0) : i / width + noise;
    data[at + 2] = kind === "gray" ? (data[at] ?? 0) : ((state >>> 20) & 31) + 100;
    data[at + 3] = kind === "rgba" ? i & 255 : 255;
  }
  return { data, width, height };
}

describe("createJp2Encoder()", () => {
  it.each<[Kind, object]>([
    ["gray", { components: 1, colour: "gray", alpha: false }],
    ["rgb", { components: 3, colour: "rgb", alpha: false }],
    ["rgba", { components: 4, colour: "rgb", alpha: true }],
  ])("writes %s as a JP2 file that says so", async (kind, facts) => {
    const encoder = createJp2Encoder();
    for (const settings of [lossless, lossy]) {
      const file = await encoder.encode(slopes(kind, 67, 45), settings);
      expect(await probeImage(file)).toMatchObject({
        format: "jp2",
        width: 67,
        height: 45,
        bitDepth: 8,
        profile: "none",
        ...facts,
      });
    }
  });

  it("gives bytes of its own, which later work does not change", async () => {
    const encoder = createJp2Encoder();
    const file = await encoder.encode(slopes("rgb", 40, 30), lossless);
    expect(file.buffer.byteLength).toBe(file.byteLength);
    const before = file.slice();
    await encoder.encode(slopes("rgba", 90, 80), lossless);
    expect(file).toEqual(before);
  });

  it("is smaller the lower the quality, and smaller than lossless", async () => {
    const encoder = createJp2Encoder();
    const pixels = slopes("rgb", 300, 200);
    const sizes: number[] = [];
    for (const quality of [20, 50, 75, 95]) sizes.push((await encoder.encode(pixels, { ...lossy, quality })).length);
    sizes.push((await encoder.encode(pixels, lossless)).length);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  });

  it("embeds a profile by the restricted method and refuses one that it must not", async () => {
    const encoder = createJp2Encoder();
    const file = await encoder.encode(slopes("rgb", 20, 20), lossless, wideGamutProfile());
    expect(await probeImage(file)).toMatchObject({ components: 3, profile: "other" });
    const failure: unknown = await encoder
      .encode(slopes("rgb", 20, 20), lossless, pressProfile())
      .catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(ImagingError);
    expect(failure).toMatchObject({ format: "jp2", kind: "unsupported" });
  });

  it("keeps no instance between two pictures, and works again after a failure", async () => {
    const encoder = createJp2Encoder();
    expect(encoder.liveBytes()).toBe(0);
    const first = await encoder.encode(slopes("rgb", 20, 20), lossless);
    // The instance begins with 52 MB, above what an idle encoder may hold.
    expect(encoder.liveBytes()).toBe(0);
    await expect(encoder.encode({ data: new Uint8ClampedArray(0), width: 0, height: 5 }, lossless)).rejects.toThrow(
      ImagingError,
    );
    expect(encoder.liveBytes()).toBe(0);
    expect(await encoder.encode(slopes("rgb", 20, 20), lossless)).toEqual(first);
  });

  it("leaves no web worker behind in the global scope", async () => {
    const before = { process: typeof globalThis.process, keys: Object.getOwnPropertyNames(globalThis).toSorted() };
    await createJp2Encoder().encode(slopes("gray", 8, 8), lossless);
    expect({ process: typeof globalThis.process, keys: Object.getOwnPropertyNames(globalThis).toSorted() }).toEqual(
      before,
    );
  });
});
