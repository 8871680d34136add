/** Contributions of Cb and Cr (JFIF, ITU T.871 §7) by sample, rounded to whole levels; those to green in 16 binary places. */
const redOfCr = new Int32Array(256);
const blueOfCb = new Int32Array(256);
const greenOfCb = new Int32Array(256);
const greenOfCr = new Int32Array(256);

const half = 1 << 15;
for (let sample = 0; sample < 256; sample++) {
  const difference = sample - 128;
  redOfCr[sample] = (fixed(1.402) * difference + half) >> 16;
  blueOfCb[sample] = (fixed(1.772) * difference + half) >> 16;
  // The rounding of the sum is added once, here.
  greenOfCb[sample] = half - fixed(0.344_14) * difference;
  greenOfCr[sample] = -fixed(0.714_14) * difference;
}

function fixed(value: number): number {
  return Math.round(value * 65_536);
}

/**
 * Converts a row of YCbCr to full-range RGB, with libjpeg's rounding. Pixel i is written to `output[4 × i … 4 × i + 2]`
 * from `offset` on; the fourth byte is left as it is.
 */
export function convertYcbcrRow(
  [luma, cb, cr]: readonly Uint8Array[],
  width: number,
  output: Uint8ClampedArray,
  offset: number,
): void {
  for (let x = 0, at = offset; x < width; x++, at += 4) {
    const y = luma[x];
    const blue = cb[x];
    const red = cr[x];
    output[at] = y + redOfCr[red];
    output[at + 1] = y + ((greenOfCb[blue] + greenOfCr[red]) >> 16);
    output[at + 2] = y + blueOfCb[blue];
  }
}
