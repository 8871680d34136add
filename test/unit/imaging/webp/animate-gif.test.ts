import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import { joinBytes } from "../../../../src/imaging/bytes/join-bytes.ts";
import { readChunks, writeChunk } from "../../../../src/imaging/webp/embed.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { readGif } from "../../../../src/imaging/gif/read-gif.ts";
import { animateGif } from "../../../../src/imaging/webp/animate-gif.ts";
import { encodeWithSharp, watchAnimation } from "../../../support/animations.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { seededRandom } from "../probe/bytes.ts";
import { expectedPictures } from "../gif/expected-pictures.ts";
import { randomGif, type WrittenFrame, type WrittenGif, writeGif } from "../gif/written-gif.ts";

const pause = () => Promise.resolve();
const encoder = { encodeFrame: encodeWithSharp, pause };

function animateWithin(file: Uint8Array, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return animateGif(readGif(file, 1000), file, encoder, maxBytes);
}

async function animate(file: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return (await animateWithin(file, Infinity)) ?? expect.unreachable();
}

/** What the file stores of each frame, RFC 9649 §2.7.1.1. */
function storedFrames(file: Uint8Array): { place: number[]; ms: number; blend: boolean }[] {
  const u24 = (data: Uint8Array, at: number) =>
    (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16);
  return readChunks(file)
    .filter(({ type }) => type === "ANMF")
    .map(({ data }) => ({
      place: [2 * u24(data, 0), 2 * u24(data, 3), u24(data, 6) + 1, u24(data, 9) + 1],
      ms: u24(data, 12),
      blend: ((data[15] ?? 0) & 2) === 0,
    }));
}

const palette = [0xff0000, 0x00ff00, 0x0000ff, 0xffffff];
const fill = (width: number, height: number, index: number, place: Partial<WrittenFrame> = {}): WrittenFrame => ({
  width,
  height,
  indices: Array.from({ length: width * height }, () => index),
  delay: 10,
  ...place,
});
const gifOf = (frames: readonly WrittenFrame[], gif: Partial<WrittenGif> = {}): Uint8Array =>
  writeGif({ width: 16, height: 16, palette, loops: 0, frames, ...gif });

describe("animateGif()", () => {
  const sources: [string, string][] = [
    ["fixture any-disposal.gif", new URL("../../../fixtures/any-disposal.gif", import.meta.url).pathname],
    ...(hasCorpus ? readdirSync(`${corpus}anim/`) : [])
      .filter((name) => name.endsWith(".gif") && name !== "interlaced.gif")
      .map((name): [string, string] => [`corpus ${name}`, `${corpus}anim/${name}`]),
  ];

  it.each(sources.filter(([, path]) => existsSync(path)))(
    "shows the same pictures for the same times as %s, as libvips sees both",
    async (_, path) => {
      const gif = new Uint8Array(readFileSync(path));
      const [{ shown: before, ...source }, { shown: after, ...made }] = [
        await watchAnimation(gif),
        await watchAnimation(await animate(gif)),
      ];
      expect(made).toEqual(source);
      expect(after.map(({ ms }) => ms)).toEqual(before.map(({ ms }) => ms));
      expect(after.every(({ pixels }, index) => before[index]?.pixels.equals(pixels))).toBe(true);
    },
  );

  it.skipIf(hasCorpus)("the corpus (skipped with it: no ../shared/corpus)", () => {});

  it("shows what animations of every kind say, as libvips sees it", async () => {
    const random = seededRandom(77);
    for (let round = 0; round < 150; round++) {
      const written = randomGif((below) => Math.floor(random() * below));
      const expected = expectedPictures(written);
      const { shown, ...size } = await watchAnimation(await animate(writeGif(written)));
      expect(size, JSON.stringify(written)).toMatchObject({ width: written.width, height: written.height });
      const times = expected.length === 1 ? [0] : expected.map(({ ms }) => ms);
      expect(
        shown.map(({ ms }) => ms),
        JSON.stringify(written),
      ).toEqual(times);
      const isSame = shown.every(({ pixels }, index) => expected[index]?.pixels.equals(pixels));
      expect(isSame, JSON.stringify(written)).toBe(true);
    }
  });

  it("stores of each frame the rectangle that changes, at even offsets", async () => {
    const file = await animate(gifOf([fill(16, 16, 0), fill(3, 3, 1, { left: 5, top: 7 }), fill(16, 16, 0)]));
    expect(storedFrames(file)).toEqual(
      [
        { place: [0, 0, 16, 16], ms: 100, blend: true },
        { place: [4, 6, 4, 4], ms: 100, blend: true },
        { place: [4, 6, 4, 4], ms: 100, blend: true },
      ].map((frame, index) => (index === 0 ? { ...frame, blend: false } : frame)),
    );
  });

  it("replaces what becomes transparent instead of painting over it", async () => {
    const file = await animate(gifOf([fill(16, 16, 0), fill(4, 4, 1, { disposal: 2 }), fill(1, 1, 2, { left: 9 })]));
    expect(storedFrames(file).map(({ blend }) => blend)).toEqual([false, true, false]);
  });

  it.each([
    ["everything", false],
    ["what changes", true],
  ])("paints %s where that is smaller", async (_, hasTransparency) => {
    const frames = [0, 1, 2, 3].map((step) => fill(8, 8, 1, { left: 2 * step, top: 2 * step }));
    const gif = gifOf([fill(16, 16, 0), ...frames]);
    const encodeFrame = async (pixels: Pixels): Promise<Uint8Array> => {
      const file = await encodeWithSharp(pixels);
      const isCheap = pixels.data.some((value, at) => at % 4 === 3 && value === 0) === hasTransparency;
      return joinBytes([file, ...writeChunk("JUNK", new Uint8Array(isCheap ? 0 : 100))]);
    };
    const file = await animateGif(readGif(gif, 9), gif, { encodeFrame, pause }, Infinity);
    const painted = readChunks(file ?? expect.unreachable()).filter(({ type }) => type === "ANMF");
    // The bit of the lossless header that says whether there is transparency, after 16 bytes of frame and 8 of chunk.
    const isTransparent = painted.map(({ data }) => ((data[28] ?? 0) & 0x10) !== 0);
    // The first two change all of their pixels.
    expect(isTransparent).toEqual([false, false, hasTransparency, hasTransparency, hasTransparency]);
  });

  it("adds the time of a frame that changes nothing to the one before", async () => {
    const still = fill(2, 2, 0, { delay: 3 });
    const file = await animate(gifOf([fill(16, 16, 0), still, still, fill(2, 2, 1, { delay: 1 }), fill(2, 2, 1)]));
    expect(storedFrames(file).map(({ ms }) => ms)).toEqual([160, 200]);
  });

  it("begins another frame where the time of one does not fit into 24 bits", async () => {
    const long = fill(16, 16, 0, { delay: 65_535 });
    const file = await animate(gifOf(Array.from({ length: 30 }, () => long)));
    const times = storedFrames(file).map(({ ms }) => ms);
    expect(times.every((ms) => ms < 2 ** 24)).toBe(true);
    expect(times.reduce((sum, ms) => sum + ms, 0)).toBe(30 * 655_350);
  });

  it("makes a still picture of frames that are all alike", async () => {
    const file = await animate(gifOf([fill(16, 16, 0), fill(16, 16, 0), fill(4, 4, 0)]));
    expect(await probeImage(file)).toMatchObject({ format: "webp", animated: false, width: 16, height: 16 });
  });

  it.each([
    [undefined, 1],
    [0, 0],
    [2, 3],
    [65_535, 65_535],
  ])("turns a loop count of %s into %i plays", async (loops, plays) => {
    const screen = { width: 16, height: 16, palette, ...(loops === undefined ? {} : { loops }) };
    const file = await animate(writeGif({ ...screen, frames: [fill(16, 16, 0), fill(16, 16, 1)] }));
    expect((await watchAnimation(file)).plays).toBe(plays);
  });

  it("ends when the file becomes larger than wanted", async () => {
    const gif = new Uint8Array(readFileSync(new URL("../../../fixtures/any-disposal.gif", import.meta.url)));
    const { length } = await animate(gif);
    await expect(animateWithin(gif, length)).resolves.toHaveLength(length);
    await expect(animateWithin(gif, 100)).resolves.toBeUndefined();
  });

  it("pauses after every frame that it encodes", async () => {
    const events: string[] = [];
    const file = gifOf([fill(16, 16, 0), fill(16, 16, 1), fill(16, 16, 0)]);
    await animateGif(
      readGif(file, 3),
      file,
      {
        encodeFrame: (pixels) => {
          events.push("frame");
          return encodeWithSharp(pixels);
        },
        pause: async () => void events.push("pause"),
      },
      Infinity,
    );
    expect(events).toEqual(["frame", "pause", "frame", "pause", "frame", "pause"]);
  });

  it("pauses after frames that change nothing as well", async () => {
    const file = gifOf([fill(16, 16, 0), fill(16, 16, 0), fill(16, 16, 0)]);
    let pauses = 0;
    const counted = { encodeFrame: encodeWithSharp, pause: async () => void pauses++ };
    await animateGif(readGif(file, 3), file, counted, Infinity);
    expect(pauses).toBe(3);
  });

  it("answers damage with an ImagingError or an animation", async () => {
    const random = seededRandom(9);
    const quick = { encodeFrame: async () => emptyWebp, pause };
    const emptyWebp = await encodeWithSharp({ data: new Uint8ClampedArray(4), width: 1, height: 1 });
    let refused = 0;
    for (let round = 0; round < 2000; round++) {
      const file = writeGif(randomGif((below) => Math.floor(random() * below)));
      for (let flips = 1 << (round % 4); flips > 0; flips--) {
        const at = 10 + Math.floor(random() * (file.length - 10));
        file[at] = Math.floor(random() * 256);
      }
      try {
        const gif = readGif(file, 100);
        if (gif.frames.some(({ area }) => area.right * area.bottom > 1e6)) continue;
        await animateGif(gif, file, quick, Infinity);
      } catch (error) {
        expect(error).toBeInstanceOf(ImagingError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(2000);
  });
});
