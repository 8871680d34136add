/**
 * Memory that was measured, against what the header promises. Sheets of photographs, quality 85, written by libjpeg-turbo;
 * resident memory of a process of its own above idle, the file included, the higher of the exact and the lossy form (Node.js 24, Linux,
 * 29 November 2026; `node bench/coefficients/peak.ts` measures one).
 */
import { describe, expect, it } from "vitest";
import { describeRecompress } from "../../../../src/imaging/recompress/predict.ts";
import { bytes, segment, soi, eoi, u16 } from "../probe/bytes.ts";

interface Measured {
  readonly size: readonly [width: number, height: number];
  readonly form: "baseline" | "progressive";
  readonly chroma: "4:2:0" | "4:4:4";
  readonly fileBytes: number;
  /** Megabytes; undefined where nobody decodes such a picture. */
  readonly pixels?: number;
  readonly jxl: number;
  readonly jpeg: number;
}

const measured: readonly Measured[] = [
  { size: [2454, 1636], form: "baseline", chroma: "4:2:0", fileBytes: 723_280, pixels: 16.7, jxl: 10.4, jpeg: 8.4 },
  { size: [2454, 1636], form: "baseline", chroma: "4:4:4", fileBytes: 882_759, pixels: 17, jxl: 13.1, jpeg: 12.1 },
  { size: [2454, 1636], form: "progressive", chroma: "4:2:0", fileBytes: 697_968, pixels: 21.2, jxl: 11.4, jpeg: 9.1 },
  { size: [2454, 1636], form: "progressive", chroma: "4:4:4", fileBytes: 861_665, pixels: 23.1, jxl: 13, jpeg: 13.1 },
  { size: [4248, 2832], form: "baseline", chroma: "4:2:0", fileBytes: 2_118_545, pixels: 52.5, jxl: 20.5, jpeg: 21.6 },
  { size: [4248, 2832], form: "baseline", chroma: "4:4:4", fileBytes: 2_550_587, pixels: 53.5, jxl: 24, jpeg: 26.9 },
  {
    size: [4248, 2832],
    form: "progressive",
    chroma: "4:2:0",
    fileBytes: 2_025_576,
    pixels: 56.9,
    jxl: 21.1,
    jpeg: 21.7,
  },
  {
    size: [4248, 2832],
    form: "progressive",
    chroma: "4:4:4",
    fileBytes: 2_463_924,
    pixels: 71.5,
    jxl: 27.1,
    jpeg: 35.3,
  },
  { size: [6006, 4005], form: "baseline", chroma: "4:2:0", fileBytes: 4_364_513, jxl: 33.5, jpeg: 42.7 },
  { size: [6006, 4005], form: "baseline", chroma: "4:4:4", fileBytes: 5_296_551, jxl: 38.8, jpeg: 52.9 },
  { size: [6006, 4005], form: "progressive", chroma: "4:2:0", fileBytes: 4_206_296, jxl: 39.1, jpeg: 44.9 },
  { size: [6006, 4005], form: "progressive", chroma: "4:4:4", fileBytes: 5_163_533, jxl: 47.4, jpeg: 67.7 },
  { size: [8496, 5664], form: "baseline", chroma: "4:2:0", fileBytes: 8_500_981, jxl: 55.1, jpeg: 86.7 },
  { size: [8496, 5664], form: "baseline", chroma: "4:4:4", fileBytes: 10_221_133, jxl: 74.4, jpeg: 105.1 },
];

/** A file of these markers and so many bytes: its entropy-coded data is never read. */
function headerOf({ size: [width, height], form, chroma, fileBytes }: Measured, ...segments: Uint8Array[]): Uint8Array {
  const luma = chroma === "4:2:0" ? 0x22 : 0x11;
  const marker = form === "baseline" ? 0xc0 : 0xc2;
  const table = segment(0xdb, 0, new Uint8Array(64).fill(8));
  const frame = segment(marker, 8, u16(height), u16(width), 3, 1, luma, 0, 2, 0x11, 0, 3, 0x11, 0);
  const scan = (components: readonly number[], start: number, end: number) =>
    segment(
      0xda,
      components.length,
      components.flatMap((id) => [id, 0]),
      start,
      end,
      0,
    );
  const isBaseline = form === "baseline";
  // Most bytes of a progressive file are those of luma.
  const first = isBaseline
    ? scan([1, 2, 3], 0, 63)
    : bytes(scan([1, 2, 3], 0, 0), new Uint8Array(fileBytes / 4), scan([1], 1, 63));
  const head = bytes(soi, ...segments, table, frame, first);
  const tail = isBaseline ? eoi : bytes(...[2, 3].map((id) => bytes(scan([id], 1, 63), new Uint8Array(100))), eoi);
  const file = new Uint8Array(fileBytes);
  file.set(head);
  file.set(tail, fileBytes - tail.length);
  return file;
}

describe("describeRecompress()", () => {
  it.each(measured)("promises as much memory as $size $form $chroma took", (each) => {
    const { pixels, jxl, jpeg, fileBytes } = each;
    const recompress = describeRecompress(headerOf(each))?.recompress;
    const needed = (kind: "pixelBytes" | "jxlBytes" | "jpegBytes") => ((recompress?.[kind] ?? 0) + fileBytes) / 1e6;
    if (pixels !== undefined) expect(needed("pixelBytes")).toBeGreaterThanOrEqual(pixels);
    expect(needed("jxlBytes")).toBeGreaterThanOrEqual(jxl);
    expect(needed("jpegBytes")).toBeGreaterThanOrEqual(jpeg);
    // Careful, yet not so careful that large pictures would never be made.
    expect(needed("jxlBytes")).toBeLessThan(1.7 * jxl + 12);
    expect(needed("jpegBytes")).toBeLessThan(1.7 * jpeg + 12);
  });

  it("counts a profile that is joined", () => {
    const [first] = measured;
    if (first === undefined) throw new Error("no figures");
    const icc = (number: number) => segment(0xe2, "ICC_PROFILE\0", number, 10, new Uint8Array(60_000));
    const parts = Array.from({ length: 10 }, (_, i) => icc(i + 1));
    const plain = describeRecompress(headerOf(first))?.recompress;
    const wordy = describeRecompress(headerOf(first, ...parts))?.recompress;
    expect((wordy?.jpegBytes ?? 0) - (plain?.jpegBytes ?? 0)).toBe(1_200_000);
    expect((wordy?.pixelBytes ?? 0) - (plain?.pixelBytes ?? 0)).toBe(1_200_000);
    // No profile at all, as decoders see it.
    expect(wordy?.jxlBytes).toBeNull();
  });
});
