import type { Steps } from "../steps.ts";
import type { Plane } from "./planes.ts";

/** A decoded AV1 picture: planes and how to read them. */
export interface DecodedPlanes {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly monochrome: boolean;
  /** Chroma samples are 2ˣ pixels wide and 2ʸ high. */
  readonly chromaShift: readonly [x: 0 | 1, y: 0 | 1];
  readonly fullRange: boolean;
  /** ITU-T H.273 `matrix_coefficients`. */
  readonly matrix: number;
  /** Y, Cb, Cr; the first only when monochrome. */
  readonly planes: readonly Plane[];
}

/** Luma weights of red and blue by ITU-T H.273 `matrix_coefficients`; 2 (unspecified) is read as BT.601, as browsers do. */
const lumaWeights: Readonly<Record<number, readonly [red: number, blue: number]>> = {
  1: [0.2126, 0.0722],
  2: [0.299, 0.114],
  4: [0.3, 0.11],
  5: [0.299, 0.114],
  6: [0.299, 0.114],
  7: [0.212, 0.087],
  9: [0.2627, 0.0593],
};

/** Planes are green, blue and red (ITU-T H.273, `matrix_coefficients` 0). */
const identity = 0;

export function isKnownMatrix(matrix: number): boolean {
  return matrix === identity || lumaWeights[matrix] !== undefined;
}

/** Nanoseconds for each pixel. */
const nsPerPixel = 40;

/** Numbers of a plane's black and white, and half the span of its colour differences (ITU-T H.273 §8.3). */
function rangeOf(bitDepth: number, fullRange: boolean): { black: number; span: number; chromaSpan: number } {
  const unit = 2 ** (bitDepth - 8);
  return fullRange
    ? { black: 0, span: 256 * unit - 1, chromaSpan: 256 * unit - 1 }
    : { black: 16 * unit, span: 219 * unit, chromaSpan: 224 * unit };
}

/**
 * RGBA of decoded planes, 8 bits each, opaque. Halved colour is interpolated linearly between the centres of its samples.
 * @throws RangeError for a matrix that `isKnownMatrix()` does not know
 */
export function* toRgba(picture: DecodedPlanes): Steps<Uint8ClampedArray<ArrayBuffer>> {
  const { width, height, bitDepth, monochrome, fullRange, matrix, planes } = picture;
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  const { black, span, chromaSpan } = rangeOf(bitDepth, fullRange);
  const [y, cb, cr] = planes;
  if (y === undefined) throw new RangeError("no luma");
  const lumaScale = 255 / span;
  if (monochrome || cb === undefined || cr === undefined) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const gray = (y.samples[row * y.stride + column] - black) * lumaScale;
        rgba.fill(clampByte(gray), (row * width + column) * 4, (row * width + column) * 4 + 3);
      }
      yield width * nsPerPixel;
    }
    return rgba;
  }
  const [blueRow, redRow] = [new Float32Array(width), new Float32Array(width)];
  const chromaScale = 255 / chromaSpan;
  const middle = 2 ** (bitDepth - 1);
  const [red, blue] = lumaWeights[matrix] ?? [0, 0];
  const green = 1 - red - blue;
  const [fromCr, fromCb] = [2 * (1 - red), 2 * (1 - blue)];
  const [greenFromCr, greenFromCb] = [(-fromCr * red) / green, (-fromCb * blue) / green];
  const isIdentity = matrix === identity;
  if (!isIdentity && lumaWeights[matrix] === undefined) throw new RangeError(`matrix ${matrix}`);
  for (let row = 0; row < height; row++) {
    chromaRow(picture, cb, row, blueRow);
    chromaRow(picture, cr, row, redRow);
    for (let column = 0, at = row * width * 4; column < width; column++, at += 4) {
      const luma = (y.samples[row * y.stride + column] - black) * lumaScale;
      if (isIdentity) {
        rgba[at] = (redRow[column] - black) * lumaScale;
        rgba[at + 1] = luma;
        rgba[at + 2] = (blueRow[column] - black) * lumaScale;
        continue;
      }
      const [b, r] = [(blueRow[column] - middle) * chromaScale, (redRow[column] - middle) * chromaScale];
      rgba[at] = luma + fromCr * r;
      rgba[at + 1] = luma + greenFromCr * r + greenFromCb * b;
      rgba[at + 2] = luma + fromCb * b;
    }
    yield width * nsPerPixel;
  }
  return rgba;
}

const clampByte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/** One row of a colour difference at the width of the picture. */
function chromaRow(
  { width, height, chromaShift: [xShift, yShift] }: DecodedPlanes,
  { samples, stride }: Plane,
  row: number,
  out: Float32Array,
): void {
  const lastRow = ((height + yShift) >> yShift) - 1;
  const lastColumn = ((width + xShift) >> xShift) - 1;
  const near = Math.min(row >> yShift, lastRow);
  // Centres of halved samples lie between two pixels: the nearer sample counts three quarters.
  const far = yShift === 0 ? near : Math.max(0, Math.min(lastRow, near + (row % 2 === 0 ? -1 : 1)));
  const at = (column: number): number => 0.75 * samples[near * stride + column] + 0.25 * samples[far * stride + column];
  if (xShift === 0) {
    for (let column = 0; column < width; column++) out[column] = at(column);
    return;
  }
  for (let column = 0; column < width; column++) {
    const nearer = Math.min(column >> 1, lastColumn);
    const other = Math.max(0, Math.min(lastColumn, nearer + (column % 2 === 0 ? -1 : 1)));
    out[column] = 0.75 * at(nearer) + 0.25 * at(other);
  }
}

/** Puts a decoded alpha plane into `rgba`. */
export function applyAlpha(
  rgba: Uint8ClampedArray,
  { width, height, bitDepth, fullRange, planes }: DecodedPlanes,
): void {
  const [y] = planes;
  if (y === undefined) return;
  const { black, span } = rangeOf(bitDepth, fullRange);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      rgba[(row * width + column) * 4 + 3] = ((y.samples[row * y.stride + column] - black) * 255) / span;
}

/** Colours that were multiplied with alpha, as they were before; of what cannot be seen there is none. */
export function undoPremultiplying(rgba: Uint8ClampedArray): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] ?? 0;
    if (alpha === 255) continue;
    const scale = alpha === 0 ? 0 : 255 / alpha;
    for (let channel = at; channel < at + 3; channel++) rgba[channel] = (rgba[channel] ?? 0) * scale;
  }
}
