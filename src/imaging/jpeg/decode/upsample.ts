/** How one row of a component is made as wide as the picture, and from which of its rows. */
export interface Upsampling {
  /** Interpolated between this row and the next one above or below it; otherwise rows are repeated. */
  readonly blendsRows: boolean;
  /**
   * Writes one row of the picture's width. `near` is the row of samples that covers it, `far` the neighbour on its
   * other side (above an upper half, below a lower one; `near` itself at the picture's edge), `lower` says which half.
   * Samples beyond the component's width are ignored.
   */
  readonly writeRow: (near: Uint8Array, far: Uint8Array, lower: boolean, output: Uint8Array) => void;
}

/**
 * Chooses like libjpeg, so that pictures come out as in browsers: components of half the width, or half of both, are
 * interpolated (three quarters of the nearest sample), so are those of half the height; everything else is repeated, and
 * so are components of one or two samples in a row.
 *
 * `horizontal` and `vertical` are the component's sampling factors, the others the largest of the frame (1–4); `width`
 * is the picture's in pixels. Outputs have room for a whole number of MCUs.
 */
export function chooseUpsampling(
  horizontal: number,
  maxHorizontal: number,
  vertical: number,
  maxVertical: number,
  width: number,
): Upsampling | undefined {
  const ownWidth = Math.ceil((width * horizontal) / maxHorizontal);
  const sameWidth = horizontal === maxHorizontal;
  const sameHeight = vertical === maxVertical;
  const halfWidth = 2 * horizontal === maxHorizontal;
  const halfHeight = 2 * vertical === maxVertical;
  if (sameWidth && sameHeight) return undefined;
  if (sameWidth && halfHeight) {
    return {
      blendsRows: true,
      writeRow: (near, far, lower, output) => {
        blendRows(near, far, lower ? 2 : 1, output, ownWidth);
      },
    };
  }
  if (halfWidth && ownWidth > 2) {
    if (sameHeight) {
      return {
        blendsRows: false,
        writeRow: (near, _, __, output) => {
          doubleWidth(near, output, ownWidth);
        },
      };
    }
    if (halfHeight) {
      return {
        blendsRows: true,
        writeRow: (near, far, _, output) => {
          doubleBoth(near, far, output, ownWidth);
        },
      };
    }
  }
  return {
    blendsRows: false,
    writeRow: (near, _, __, output) => {
      repeat(near, output, horizontal, maxHorizontal, width);
    },
  };
}

function blendRows(near: Uint8Array, far: Uint8Array, rounding: number, output: Uint8Array, width: number): void {
  for (let x = 0; x < width; x++) output[x] = (3 * near[x] + far[x] + rounding) >> 2;
}

/** The rounding alternates between left and right, so that it cancels out. */
function doubleWidth(input: Uint8Array, output: Uint8Array, width: number): void {
  let left = input[0];
  let here = left;
  for (let x = 0, at = 0; x < width; x++, at += 2) {
    const right = x + 1 < width ? input[x + 1] : here;
    output[at] = (3 * here + left + 1) >> 2;
    output[at + 1] = (3 * here + right + 2) >> 2;
    left = here;
    here = right;
  }
}

function doubleBoth(near: Uint8Array, far: Uint8Array, output: Uint8Array, width: number): void {
  let here = 3 * near[0] + far[0];
  let left = here;
  for (let x = 0, at = 0; x < width; x++, at += 2) {
    const right = x + 1 < width ? 3 * near[x + 1] + far[x + 1] : here;
    output[at] = (3 * here + left + 8) >> 4;
    output[at + 1] = (3 * here + right + 7) >> 4;
    left = here;
    here = right;
  }
}

/** Whole factors repeat each sample; of others (2 to 3, 3 to 4) each pixel takes the sample that its left edge lies in. */
function repeat(input: Uint8Array, output: Uint8Array, horizontal: number, maxHorizontal: number, width: number): void {
  if (horizontal === maxHorizontal) {
    output.set(input.subarray(0, width));
    return;
  }
  let rest = 0;
  for (let x = 0, at = 0; x < width; x++) {
    output[x] = input[at];
    rest += horizontal;
    if (rest >= maxHorizontal) {
      rest -= maxHorizontal;
      at++;
    }
  }
}
