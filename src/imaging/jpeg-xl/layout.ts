import { colourModelOf } from "../jpeg/colour-model.ts";
import { noJxlForm } from "./error.ts";
import type { JpegComponent, JpegFrame } from "../jpeg/frame.ts";
import type { DistanceBands } from "./distance-bands.ts";

/** Edge of a group and of an LF group, in blocks of the full-resolution grid (ISO/IEC 18181-1 §F.1). */
export const groupBlocks = 32;
export const lfGroupBlocks = 256;

/** One of JPEG XL's three channels. */
export interface JxlChannel {
  /** Component of the JPEG; undefined: an empty channel of a gray picture. */
  readonly component: JpegComponent | undefined;
  /** Steps in natural order; an empty channel needs some, too, and has those of Y. */
  readonly quantisation: ArrayLike<number>;
  /** The fields that they follow from; undefined for the JPEG's own divisors. */
  readonly bands: Uint16Array | undefined;
  readonly componentIndex: number;
  /** log₂ of how many blocks of the full-resolution grid one block of the channel covers. */
  readonly horizontalShift: number;
  readonly verticalShift: number;
  /** Number of the sampling mode in the frame header. */
  readonly samplingMode: number;
}

/** How the blocks of a JPEG lie in a JPEG XL frame. */
export interface JxlLayout {
  readonly width: number;
  readonly height: number;
  readonly gray: boolean;
  /** In the order in which blocks are coded: Y, Cb, Cr. */
  readonly channels: readonly [y: JxlChannel, cb: JxlChannel, cr: JxlChannel];
  /** Blocks of the full-resolution grid, padded to whole MCUs. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  readonly groupsWide: number;
  readonly lfGroupsWide: number;
  readonly lfGroupsHigh: number;
}

/** Largest entry of a quantisation table: more would leave the range in which decoders are exact. */
const maxQuantiser = 2047;

/** Sampling modes by [horizontal, vertical] factor (ISO/IEC 18181-1 §F.2). */
const samplingModes: Readonly<Record<string, number>> = { "1,1": 0, "2,2": 1, "2,1": 2, "1,2": 3 };

/**
 * Lays out a JPEG, or throws an `ImagingError` for one that has no JPEG XL form. `quantisation`: for each component how its
 * coefficients are quantised now, where not as in the JPEG.
 */
export function layOut(frame: JpegFrame, quantisation?: readonly DistanceBands[]): JxlLayout {
  const { components, width, height, maxHorizontalSampling, maxVerticalSampling } = frame;
  if (components.length !== 1 && components.length !== 3) throw noJxlForm("components");
  if (colourModelOf(frame) === "rgb") throw noJxlForm("rgb");
  for (const { horizontalSampling, verticalSampling, quantisation: divisors } of components) {
    if (horizontalSampling > 2 || verticalSampling > 2) throw noJxlForm("sampling");
    if (divisors.some((entry) => entry === 0 || entry > maxQuantiser)) throw noJxlForm("quantisation");
  }
  const channel = (index: number): JxlChannel => {
    const component = components.at(index);
    const horizontal = component?.horizontalSampling ?? 1;
    const vertical = component?.verticalSampling ?? 1;
    const bands = quantisation?.[component === undefined ? 0 : index];
    return {
      component,
      quantisation: bands?.steps ?? (component ?? components[0]).quantisation,
      bands: bands?.fields,
      componentIndex: index,
      horizontalShift: Math.log2(maxHorizontalSampling / horizontal),
      verticalShift: Math.log2(maxVerticalSampling / vertical),
      samplingMode: samplingModes[`${horizontal},${vertical}`],
    };
  };
  return {
    width,
    height,
    gray: components.length === 1,
    channels: [channel(0), channel(1), channel(2)],
    blocksWide: frame.mcusWide * maxHorizontalSampling,
    blocksHigh: frame.mcusHigh * maxVerticalSampling,
    groupsWide: Math.ceil(width / (groupBlocks * 8)),
    lfGroupsWide: Math.ceil(width / (lfGroupBlocks * 8)),
    lfGroupsHigh: Math.ceil(height / (lfGroupBlocks * 8)),
  };
}
