import type { CoefficientPlanes, JpegFrame } from "../../../../../src/imaging/jpeg/frame.ts";

/**
 * The coefficients with other steps, by the plain formulas: DC to the nearest, halves away from 0; AC to 0 below 0.62
 * steps, to 1 below 1.52, else down from 0.52 above.
 */
export function requantisePlanes(
  frame: JpegFrame,
  planes: CoefficientPlanes,
  steps: readonly ArrayLike<number>[],
): Int16Array[] {
  return planes.map((plane, index) => {
    const { quantisation } = frame.components[index];
    return plane.map((value, at) => {
      const place = at % 64;
      const size = (Math.abs(value) * quantisation[place]) / steps[index][place];
      const ac = size < 0.62 ? 0 : size < 1.52 ? 1 : Math.floor(size + 0.48);
      return Math.sign(value) * (place === 0 ? Math.floor(size + 0.5) : ac);
    });
  });
}
