/** WebPs of which browsers show nothing, or a part. */
import { describe, expect, it } from "vitest";
import { hasEndMarker } from "../../../../src/imaging/probe/end-marker.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { bytes, fixture, u32le } from "../probe/bytes.ts";

const simple = fixture("webp-rows/photo64x48.q30.webp");

/** A file of these chunks, whose length is right. */
const riff = (...chunks: readonly Uint8Array[]): Uint8Array => {
  const body = bytes("WEBP", ...chunks);
  return bytes("RIFF", u32le(body.length), body);
};
const picture = simple.subarray(12);
const junk = bytes("JUNK", u32le(2), 1, 2);
const alpha = bytes("ALPH", u32le(4), 0, 0, 0, 0);
const extended = (width: number, flags = 0x10): Uint8Array =>
  bytes("VP8X", u32le(10), u32le(flags), width - 1, 0, 0, 47, 0, 0);

describe("hasEndMarker() of a WebP", () => {
  it.each<[string, Uint8Array, boolean]>([
    ["a picture", simple, true],
    ["a picture and another chunk", riff(picture, junk), true],
    ["a picture in the extended format", riff(extended(64), picture), true],
    ["transparency before its picture", riff(extended(64), alpha, picture), true],
    ["what follows the file", bytes(simple, 1, 2, 3), true],
    ["an animation, of which nothing is decoded", riff(extended(64, 2)), true],
    ["an animation without loss of bytes", fixture("rotating-squares.webp"), true],
    ["a cut picture", simple.subarray(0, simple.length - 1), false],
    ["a length that leaves a part out", simple.with(4, 0x20), false],
    ["a length beyond the file", simple.with(5, 0xff), false],
    ["another chunk first", riff(junk, picture), false],
    ["two pictures", riff(picture, picture), false],
    ["no picture", riff(extended(64)), false],
    ["another size than its picture", riff(extended(63), picture), false],
    ["the extended header twice", riff(extended(64), extended(64), picture), false],
    ["transparency twice", riff(extended(64), alpha, alpha, picture), false],
    ["transparency after its picture", riff(extended(64), picture, alpha), false],
  ])("is right about %s", async (_, file, expected) => {
    expect((await probeImage(file))?.format).toBe("webp");
    expect(hasEndMarker("webp", file)).toBe(expected);
  });
});
