import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { type Gif, readGif } from "../../../../src/imaging/gif/read-gif.ts";
import { joinGif, loopExtension, writeFrame, writeGif, type WrittenFrame, type WrittenGif } from "./written-gif.ts";

const palette = [0xff0000, 0x00ff00, 0x0000ff, 0xffffff];
const frame: WrittenFrame = { width: 2, height: 2, indices: [0, 1, 2, 3] };
const screen = { width: 2, height: 2, palette };

function read(gif: Partial<WrittenGif>): Gif {
  return readGif(writeGif({ ...screen, frames: [frame], ...gif }), 10);
}

describe("readGif()", () => {
  // What Chromium 156 reports, and what libvips makes of it.
  it.each<[string, number, readonly (readonly number[])[]]>([
    ["once without an extension", 1, []],
    ["for ever with a count of 0", 0, [loopExtension(0)]],
    ["twice with a count of 1", 2, [loopExtension(1)]],
    ["once more than the count", 8, [loopExtension(7, "ANIMEXTS1.0")]],
    ["as often as the last extension says", 4, [loopExtension(6), loopExtension(3)]],
    ["once with another application's extension", 1, [loopExtension(6, "NETSCAPE9.0")]],
  ])("plays %s", (_, plays, extensions) => {
    expect(readGif(joinGif(screen, [...extensions, writeFrame(frame)]), 1).plays).toBe(plays);
    expect(readGif(joinGif(screen, [writeFrame(frame), ...extensions]), 1).plays).toBe(plays);
  });

  it.each([
    [0, 100],
    [1, 100],
    [2, 20],
    [3, 30],
    [65_535, 655_350],
  ])("shows a frame with a delay of %i hundredths for %i ms, as browsers do", (delay, delayMs) => {
    expect(read({ frames: [{ ...frame, delay }] }).frames[0]?.delayMs).toBe(delayMs);
  });

  it("gives a frame without a control the usual delay, and no control of the frame before", () => {
    const { frames } = read({ frames: [{ ...frame, delay: 5, disposal: 2, transparent: 1 }, frame] });
    expect(frames[1]).toMatchObject({ delayMs: 100, disposal: "keep", transparentIndex: undefined });
  });

  it("reads 4 as the disposal to the previous picture, and unknown ones as keeping", () => {
    const frames = [0, 1, 2, 3, 4, 5, 6, 7].map((disposal) => ({ ...frame, disposal }));
    expect(read({ frames }).frames.map(({ disposal }) => disposal)).toEqual([
      "keep",
      "keep",
      "background",
      "previous",
      "previous",
      "keep",
      "keep",
      "keep",
    ]);
  });

  it("enlarges the screen for a first image that covers it", () => {
    expect(read({ width: 1, height: 2 })).toMatchObject({ width: 2, height: 2 });
    expect(read({ width: 0, height: 0 })).toMatchObject({ width: 2, height: 2 });
  });

  it("keeps the screen for later images that leave it", () => {
    expect(read({ frames: [frame, { ...frame, left: 9, top: 9 }] })).toMatchObject({ width: 2, height: 2 });
  });

  it.each<[string, Uint8Array]>([
    ["a first image larger on one side", writeGif({ ...screen, width: 1, height: 9, frames: [frame] })],
    ["a first image beyond the screen", writeGif({ ...screen, frames: [{ ...frame, left: 1 }] })],
    ["a GIF87a that is not filled", writeGif({ ...screen, version: "GIF87a", width: 9, frames: [frame] })],
    ["no colours", writeGif({ width: 2, height: 2, frames: [frame] })],
    ["an image without pixels", writeGif({ ...screen, frames: [frame, { ...frame, width: 0, indices: [] }] })],
    ["no image", writeGif({ ...screen, frames: [] })],
    ["no trailer", writeGif({ ...screen, frames: [frame] }).subarray(0, -1)],
    ["a byte between blocks", joinGif(screen, [writeFrame(frame), [0], writeFrame(frame)])],
    ["a control of another size", joinGif(screen, [[0x21, 0xf9, 3, 0, 0, 0, 0], writeFrame(frame)])],
    ["a control that goes on", joinGif(screen, [[0x21, 0xf9, 4, 0, 0, 0, 0, 1, 0, 0], writeFrame(frame)])],
    ["another signature", Uint8Array.of(...new TextEncoder().encode("GIF90a"), ...new Uint8Array(40))],
  ])("refuses %s", (_, file) => {
    expect(() => readGif(file, 10)).toThrow(ImagingError);
  });

  it("refuses more frames than allowed, and says that it is the size", () => {
    const file = writeGif({ ...screen, frames: [frame, frame, frame] });
    expect(readGif(file, 3).frames).toHaveLength(3);
    expect(() => readGif(file, 2)).toThrow(expect.objectContaining({ kind: "limit" }));
  });

  it("refuses every cut of a file", () => {
    const file = new Uint8Array(readFileSync(new URL("../../../fixtures/any-disposal.gif", import.meta.url)));
    for (let length = 0; length < file.length; length++)
      expect(() => readGif(file.subarray(0, length), 100), `${length} bytes`).toThrow(ImagingError);
    expect(readGif(file, 100).frames).toHaveLength(5);
  });
});
