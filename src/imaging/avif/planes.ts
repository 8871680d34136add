import type { Steps } from "../steps.ts";

/** How chroma is stored: none, one sample for 2 × 2 pixels, or one for each. The numbers are those of the C adapter. */
export const layouts = { monochrome: 0, "4:2:0": 1, "4:4:4": 2 } as const;
export type PlaneLayout = keyof typeof layouts;

/** One plane inside of WASM memory: samples of one byte (8 bits) or two (10 bits, little-endian). */
export interface Plane {
  readonly samples: Uint8Array | Uint16Array;
  /** Samples from one row to the next. */
  readonly stride: number;
}

/** Y, Cb and Cr of one picture. */
export interface Planes {
  readonly y: Plane;
  readonly cb: Plane;
  readonly cr: Plane;
}

/** Nanoseconds for each pixel of luma, of both colours and of alpha. */
const nsPerPixel = { luma: 10, colours: 30, alpha: 3 } as const;

/** Luma weights of ITU-R BT.601, as `matrix_coefficients` 6 of ITU-T H.273 says. */
const redWeight = 0.299;
const blueWeight = 0.114;

/** Bits after the binary point. With 10-bit results, sums stay below 2³¹. */
const fractionBits = 18;

/**
 * RGB as full-range Y′CbCr of BT.601 (ITU-T H.273 equations 38 to 40 with `VideoFullRangeFlag` 1), rounded once,
 * with chroma for each pixel. With 10 bits, the fractions that 8 bits lose are kept.
 */
export function* fillPlanes(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  bitDepth: 8 | 10,
  { y, cb, cr }: Planes,
): Steps<void> {
  const scale = (((1 << bitDepth) - 1) / 255) * 2 ** fractionBits;
  const half = 2 ** (fractionBits - 1);
  const [yr, yb] = [Math.round(redWeight * scale), Math.round(blueWeight * scale)];
  // Weights add up to the scale, so that gray has no colour and white is the largest sample.
  const yg = Math.round(scale) - yr - yb;
  const cbScale = 0.5 / (1 - blueWeight);
  const crScale = 0.5 / (1 - redWeight);
  const [cbr, cbg] = [Math.round(-yr * cbScale), Math.round(-yg * cbScale)];
  const [crg, crb] = [Math.round(-yg * crScale), Math.round(-yb * crScale)];
  const [cbb, crr] = [-cbr - cbg, -crg - crb];
  const middle = 1 << (bitDepth - 1);
  const largest = (1 << bitDepth) - 1;
  // Half of a unit for rounding; the middle is added before the shift, so that no sum is negative.
  const chromaOffset = middle * 2 ** fractionBits + half;

  for (let row = 0; row < height; row++) {
    let at = row * width * 4;
    const out = row * y.stride;
    for (let column = 0; column < width; column++, at += 4)
      y.samples[out + column] = (yr * rgba[at] + yg * rgba[at + 1] + yb * rgba[at + 2] + half) >> fractionBits;
    yield width * nsPerPixel.luma;
  }
  for (let row = 0; row < height; row++) {
    let at = row * width * 4;
    const [outB, outR] = [row * cb.stride, row * cr.stride];
    for (let column = 0; column < width; column++, at += 4) {
      const [r, g, b] = [rgba[at], rgba[at + 1], rgba[at + 2]];
      const blue = (cbr * r + cbg * g + cbb * b + chromaOffset) / 2 ** fractionBits;
      const red = (crr * r + crg * g + crb * b + chromaOffset) / 2 ** fractionBits;
      cb.samples[outB + column] = blue > largest ? largest : blue;
      cr.samples[outR + column] = red > largest ? largest : red;
    }
    yield width * nsPerPixel.colours;
  }
}

/** Alpha as a full-range plane of luma. */
export function* fillAlpha(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  { samples, stride }: Plane,
): Steps<void> {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++)
      samples[row * stride + column] = rgba[(row * width + column) * 4 + 3];
    yield width * nsPerPixel.alpha;
  }
}
