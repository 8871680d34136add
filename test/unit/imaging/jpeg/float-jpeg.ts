import type { CoefficientPlanes, JpegFrame } from "../../../../src/imaging/jpeg/frame.ts";
import type { FloatPicture } from "../jpeg-xl/oracle.ts";

/** cos((2x + 1)uπ / 16), with the factor of frequency u (ITU T.81 §A.3.3). */
const basis = Array.from({ length: 8 }, (_, x) =>
  Array.from({ length: 8 }, (__, u) => (Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1)) / 2),
);

/**
 * Decodes coefficients in floating point, without rounding or clamping anywhere: the picture that the JPEG means.
 * Chroma is interpolated linearly, as JPEG XL and libjpeg do it.
 */
export function decodeFloat(frame: JpegFrame, planes: CoefficientPlanes | readonly Float32Array[]): FloatPicture {
  const { width, height, components, maxHorizontalSampling, maxVerticalSampling } = frame;
  const samples = components.map((component, index) => {
    const { horizontalSampling, verticalSampling, paddedBlocksWide, paddedBlocksHigh, quantisation } = component;
    const stride = paddedBlocksWide * 8;
    let plane = new Float32Array(stride * paddedBlocksHigh * 8);
    for (let block = 0; block < paddedBlocksWide * paddedBlocksHigh; block++) {
      const origin = Math.floor(block / paddedBlocksWide) * 8 * stride + (block % paddedBlocksWide) * 8;
      inverseDct(planes[index].subarray(block * 64, block * 64 + 64), quantisation, plane, origin, stride);
    }
    let wide = Math.ceil((width * horizontalSampling) / maxHorizontalSampling);
    const high = Math.ceil((height * verticalSampling) / maxVerticalSampling);
    plane = crop(plane, stride, wide, high);
    if (horizontalSampling < maxHorizontalSampling) {
      plane = doubleWidth(plane, wide, high);
      wide *= 2;
    }
    if (verticalSampling < maxVerticalSampling) plane = doubleHeight(plane, wide, high);
    return { plane, stride: wide };
  });
  const data = new Float32Array(width * height * components.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [luma, cb, cr] = samples.map(({ plane, stride }) => plane[y * stride + x]);
      if (components.length === 1) {
        data[at++] = luma + 128;
        continue;
      }
      // JFIF (ITU T.871 §7); the chroma samples are still centred on 0.
      data[at++] = luma + 128 + 1.402 * cr;
      data[at++] = luma + 128 - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587;
      data[at++] = luma + 128 + 1.772 * cb;
    }
  }
  return { width, height, channels: components.length, data };
}

function inverseDct(
  coefficients: Int16Array | Float32Array,
  quantisation: Uint16Array,
  samples: Float32Array,
  origin: number,
  stride: number,
): void {
  const rows = new Float64Array(64);
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += coefficients[v * 8 + u] * quantisation[v * 8 + u] * basis[x][u];
      rows[v * 8 + x] = sum;
    }
  }
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += rows[v * 8 + x] * basis[y][v];
      samples[origin + y * stride + x] = sum;
    }
  }
}

function crop(plane: Float32Array, stride: number, wide: number, high: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(wide * high);
  for (let y = 0; y < high; y++) result.set(plane.subarray(y * stride, y * stride + wide), y * wide);
  return result;
}

/** Two samples for one, a quarter of the way towards each neighbour. */
function doubleWidth(plane: Float32Array, wide: number, high: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(plane.length * 2);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const at = y * wide + x;
      result[at * 2] = 0.75 * plane[at] + 0.25 * plane[x > 0 ? at - 1 : at];
      result[at * 2 + 1] = 0.75 * plane[at] + 0.25 * plane[x + 1 < wide ? at + 1 : at];
    }
  }
  return result;
}

function doubleHeight(plane: Float32Array, wide: number, high: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(plane.length * 2);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const at = y * wide + x;
      const to = y * 2 * wide + x;
      result[to] = 0.75 * plane[at] + 0.25 * plane[y > 0 ? at - wide : at];
      result[to + wide] = 0.75 * plane[at] + 0.25 * plane[y + 1 < high ? at + wide : at];
    }
  }
  return result;
}
