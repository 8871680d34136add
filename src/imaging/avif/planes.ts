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

/** Luma weights of ITU-R BT.601, as `matrix_coefficients` 6 of ITU-T H.273 says. */
const redWeight = 0.299;
const blueWeight = 0.114;

/** Bits behind the binary point. With 10-bit results, sums stay below 2³¹. */
const fractionBits = 18;

/**
 * Rows of RGB as full-range Y′CbCr of BT.601 (ITU-T H.273 equations 38 to 40 with `VideoFullRangeFlag` 1), rounded once.
 * With 10 bits, the fractions that 8 bits lose are kept.
 */
export function fillPlanes(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  layout: "4:2:0" | "4:4:4",
  bitDepth: 8 | 10,
  { y, cb, cr }: Planes,
): void {
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
  }
  if (layout === "4:4:4") {
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
    }
    return;
  }
  const quarter = 2 ** (fractionBits + 2);
  for (let row = 0; row < (height + 1) >> 1; row++) {
    const upper = 2 * row * width * 4;
    const lower = Math.min(2 * row + 1, height - 1) * width * 4;
    const [outB, outR] = [row * cb.stride, row * cr.stride];
    for (let column = 0; column < (width + 1) >> 1; column++) {
      const left = 8 * column;
      const right = Math.min(2 * column + 1, width - 1) * 4;
      const [a, b, c, d] = [upper + left, upper + right, lower + left, lower + right];
      const red4 = rgba[a] + rgba[b] + rgba[c] + rgba[d];
      const green4 = rgba[a + 1] + rgba[b + 1] + rgba[c + 1] + rgba[d + 1];
      const blue4 = rgba[a + 2] + rgba[b + 2] + rgba[c + 2] + rgba[d + 2];
      const blue = (cbr * red4 + cbg * green4 + cbb * blue4 + 4 * chromaOffset) / quarter;
      const red = (crr * red4 + crg * green4 + crb * blue4 + 4 * chromaOffset) / quarter;
      cb.samples[outB + column] = blue > largest ? largest : blue;
      cr.samples[outR + column] = red > largest ? largest : red;
    }
  }
}

/** Alpha as a full-range plane of luma. */
export function fillAlpha(rgba: Uint8ClampedArray, width: number, height: number, { samples, stride }: Plane): void {
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      samples[row * stride + column] = rgba[(row * width + column) * 4 + 3];
}
