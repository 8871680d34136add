import { PictureEncoder } from "../../../../../src/imaging/webp/rows/picture-encoder.ts";
import { writePicture } from "../../../../../src/imaging/webp/rows/write-picture.ts";
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import type { RowPlanes } from "../../../../../src/imaging/webp/rows/row-planes.ts";

/** Planes of 4:2:0 at their true sizes, one after the other: Y, then U and V of half the width and height, rounded up. */
export interface Yuv {
  readonly width: number;
  readonly height: number;
  readonly samples: Uint8Array;
}

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly at: number;
}

function planesOf({ width, height }: { width: number; height: number }): readonly [Plane, Plane, Plane] {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const first = width * height;
  return [
    { width, height, at: 0 },
    { ...half, at: first },
    { ...half, at: first + half.width * half.height },
  ];
}

export function yuvSize(width: number, height: number): number {
  return planesOf({ width, height }).reduce((sum, plane) => sum + plane.width * plane.height, 0);
}

/** Copies one macroblock row between planes of a picture and those of the encoder. */
function copyRow(yuv: Yuv, row: number, planes: RowPlanes, direction: "in" | "out"): void {
  planesOf(yuv).forEach(({ width, height, at }, index) => {
    const lines = index === 0 ? 16 : 8;
    const stride = index === 0 ? planes.lumaStride : planes.chromaStride;
    const inner = [planes.luma, planes.u, planes.v][index];
    for (let line = 0; line < lines && row * lines + line < height; line++) {
      const outer = at + (row * lines + line) * width;
      if (direction === "in") inner.set(yuv.samples.subarray(outer, outer + width), line * stride);
      else yuv.samples.set(inner.subarray(line * stride, line * stride + width), outer);
    }
  });
}

/** A file, and the planes that decoders are to show of it. */
export interface Encoded {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly shown: Yuv;
}

/** Encodes planes as they are, without any conversion. */
export function encodeYuv(
  kernel: WebAssembly.Module,
  yuv: Yuv,
  baseIndex: number,
  maxFirstPartitionBytes?: number,
): Encoded {
  const { width, height } = yuv;
  const rows = Math.ceil(height / 16);
  const encoder = new PictureEncoder(kernel, Math.ceil(width / 16), rows, baseIndex, maxFirstPartitionBytes);
  const shown = { width, height, samples: new Uint8Array(yuv.samples.length) };
  for (let row = 0; row < rows; row++) {
    copyRow(yuv, row, encoder.planes, "in");
    encoder.planes.pad(width, Math.min(16, height - 16 * row));
    runAtOnce(encoder.encodeRow());
    copyRow(shown, row, encoder.planes, "out");
  }
  return { file: runAtOnce(writePicture(encoder, width, height)), shown };
}

/**
 * The RGB that libwebp makes of planes: chroma interpolated from four samples with weights of 9, 3, 3 and 1, rounded in two
 * steps; then the matrix of BT.601 in 14 binary places.
 */
export function toRgb(yuv: Yuv): Uint8Array {
  const { width, height, samples } = yuv;
  const [, u, v] = planesOf(yuv);
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = (samples[y * width + x] * 19_077) >> 8;
      const cb = interpolate(samples, u, x, y, width);
      const cr = interpolate(samples, v, x, y, width);
      const at = 3 * (y * width + x);
      rgb[at] = clip(luma + ((cr * 26_149) >> 8) - 14_234);
      rgb[at + 1] = clip(luma - ((cb * 6419) >> 8) - ((cr * 13_320) >> 8) + 8708);
      rgb[at + 2] = clip(luma + ((cb * 33_050) >> 8) - 17_685);
    }
  }
  return rgb;
}

function interpolate(samples: Uint8Array, plane: Plane, x: number, y: number, width: number): number {
  const sample = (column: number, row: number): number =>
    samples[plane.at + Math.min(Math.max(row, 0), plane.height - 1) * plane.width + column];
  const [column, row] = [x >> 1, y >> 1];
  const otherRow = (y & 1) === 1 ? row + 1 : row - 1;
  const near = sample(column, row);
  const vertical = sample(column, otherRow);
  if (x === 0 || (x === width - 1 && width % 2 === 0)) return (3 * near + vertical + 2) >> 2;
  const otherColumn = (x & 1) === 1 ? column + 1 : column - 1;
  const horizontal = sample(otherColumn, row);
  const diagonal = sample(otherColumn, otherRow);
  const three = (near + horizontal + vertical + diagonal + 8 + 2 * (horizontal + vertical)) >> 3;
  return (three + near) >> 1;
}

function clip(value: number): number {
  return Math.min(Math.max(value >> 6, 0), 255);
}
