import type { RowPlanes } from "./row-planes.ts";

/**
 * RGB to Y'CbCr, BT.601, studio range (Y 16–235, Cb and Cr 16–240), 4:2:0 with chroma in the middle of its four pixels:
 * what decoders take a WebP for. Coefficients in 16 binary places.
 */
const luma = { red: 16_839, green: 33_059, blue: 6420 } as const;
const cb = { red: -9719, green: -19_081, blue: 28_800 } as const;
const cr = { red: 28_800, green: -24_116, blue: -4684 } as const;
const lumaRounding = (16 << 16) + (1 << 15);

/**
 * Colours are averaged where they are nearer to light than samples are: as powers of 0.8, which is what libwebp does. Plain
 * means darken edges between saturated colours.
 */
const exponent = 0.8;
const powers = new Uint16Array(256);
const powerBits = 12;
/** Samples in sixteenths by the mean of four powers. */
const means = new Uint16Array((1 << powerBits) + 1);
const meanBits = 4;

for (let sample = 0; sample < 256; sample++) {
  powers[sample] = Math.round((sample / 255) ** exponent * (1 << powerBits));
}
for (let mean = 0; mean < means.length; mean++) {
  means[mean] = Math.round((mean / (1 << powerBits)) ** (1 / exponent) * 255 * (1 << meanBits));
}

/** Writes the luma of a line of RGBA pixels. */
export function writeLuma(
  rgba: Uint8Array | Uint8ClampedArray,
  from: number,
  width: number,
  planes: RowPlanes,
  line: number,
): void {
  const { luma: plane, lumaStride } = planes;
  const start = line * lumaStride;
  for (let x = 0, at = from; x < width; x++, at += 4) {
    plane[start + x] =
      (Math.imul(luma.red, rgba[at]) +
        Math.imul(luma.green, rgba[at + 1]) +
        Math.imul(luma.blue, rgba[at + 2]) +
        lumaRounding) >>
      16;
  }
}

/** Writes a line of both chroma planes from the two lines of RGBA that it covers; at an odd edge the last pixel counts twice. */
export function writeChroma(
  upper: Uint8Array | Uint8ClampedArray,
  upperFrom: number,
  lower: Uint8Array | Uint8ClampedArray,
  lowerFrom: number,
  width: number,
  planes: RowPlanes,
  line: number,
): void {
  const { u, v, chromaStride } = planes;
  let to = line * chromaStride;
  for (let x = 0; x < width; x += 2, to++) {
    const next = x + 1 < width ? 4 : 0;
    const a = upperFrom + 4 * x;
    const b = lowerFrom + 4 * x;
    const red = meanOf(upper[a], upper[a + next], lower[b], lower[b + next]);
    const green = meanOf(upper[a + 1], upper[a + next + 1], lower[b + 1], lower[b + next + 1]);
    const blue = meanOf(upper[a + 2], upper[a + next + 2], lower[b + 2], lower[b + next + 2]);
    u[to] = chromaOf(cb.red, cb.green, cb.blue, red, green, blue);
    v[to] = chromaOf(cr.red, cr.green, cr.blue, red, green, blue);
  }
}

function meanOf(a: number, b: number, c: number, d: number): number {
  return means[(powers[a] + powers[b] + powers[c] + powers[d] + 2) >> 2];
}

function chromaOf(byRed: number, byGreen: number, byBlue: number, red: number, green: number, blue: number): number {
  const sum = Math.imul(byRed, red) + Math.imul(byGreen, green) + Math.imul(byBlue, blue);
  return 128 + ((sum + (1 << (15 + meanBits))) >> (16 + meanBits));
}
