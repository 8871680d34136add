import { blockEdge, nominalBandBlockRows } from "../../../../src/imaging/jpeg/frame.ts";
import type { BandConsumer, CoefficientPlanes, JpegComponent, JpegFrame } from "../../../../src/imaging/jpeg/frame.ts";
import { writeJxl } from "../../../../src/imaging/jpeg-xl/write.ts";
import type { JxlOptions } from "../../../../src/imaging/jpeg-xl/write.ts";
import { runAtOnce, type Steps } from "../../../../src/imaging/steps.ts";
import { seededNumbers } from "../jpeg/oracles.ts";

export type Factors = readonly (readonly [horizontal: number, vertical: number])[];

/** Frame and coefficients of a picture that no JPEG was made of. */
export interface Synthetic {
  readonly frame: JpegFrame;
  readonly planes: CoefficientPlanes;
  /** As if the JPEG had stored all coefficients plainly. */
  readonly sourceBytes: number;
}

/** A frame as the reader describes it; three factors: YCbCr, one: gray. */
export function syntheticFrame(
  width: number,
  height: number,
  factors: Factors,
  more: Partial<JpegFrame> = {},
): JpegFrame {
  const maxHorizontalSampling = Math.max(...factors.map(([h]) => h));
  const maxVerticalSampling = Math.max(...factors.map(([, v]) => v));
  const mcusWide = Math.ceil(width / (blockEdge * maxHorizontalSampling));
  const mcusHigh = Math.ceil(height / (blockEdge * maxVerticalSampling));
  return {
    width,
    height,
    precision: 8,
    progressive: false,
    components: factors.map(([horizontalSampling, verticalSampling], index): JpegComponent => ({
      id: index + 1,
      horizontalSampling,
      verticalSampling,
      // Different everywhere, so that a transposed or exchanged table shows.
      quantisation: Uint16Array.from({ length: 64 }, (_, i) => 3 + index + 2 * (i >> 3) + (i & 7)),
      blocksWide: Math.ceil(Math.ceil((width * horizontalSampling) / maxHorizontalSampling) / blockEdge),
      blocksHigh: Math.ceil(Math.ceil((height * verticalSampling) / maxVerticalSampling) / blockEdge),
      paddedBlocksWide: mcusWide * horizontalSampling,
      paddedBlocksHigh: mcusHigh * verticalSampling,
    })),
    maxHorizontalSampling,
    maxVerticalSampling,
    mcusWide,
    mcusHigh,
    shape: "streamed",
    bandBlockRows: nominalBandBlockRows,
    restartInterval: 0,
    jfif: true,
    adobeTransform: undefined,
    iccProfile: undefined,
    hasIcc: false,
    density: undefined,
    orientation: 1,
    layout: { segments: [], scans: [] },
    ...more,
  };
}

/** Coefficients as a photograph might have them: DC wanders, AC gets rarer with the frequency; some blocks are empty, some full. */
export function synthetic(width: number, height: number, factors: Factors, seed = 1): Synthetic {
  const frame = syntheticFrame(width, height, factors);
  const random = seededNumbers(seed);
  const planes = frame.components.map(({ paddedBlocksWide, paddedBlocksHigh }) => {
    const plane = new Int16Array(paddedBlocksWide * paddedBlocksHigh * 64);
    let dc = 0;
    for (let at = 0; at < plane.length; at += 64) {
      dc = Math.max(-120, Math.min(dc + Math.round((random() - 0.5) * 30), 120));
      plane[at] = dc;
      const density = random() < 0.1 ? 20 : random() * 3;
      for (let i = 1; i < 64; i++) {
        const frequency = (i >> 3) + (i & 7);
        if (random() < density / (1 + frequency * frequency))
          plane[at + i] = Math.round((random() - 0.5) * (60 / frequency));
      }
    }
    return plane;
  });
  return { frame, planes, sourceBytes: planes.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

/** Hands on planes as the reader does: in one set of band-sized arrays that are overwritten, with rubbish after the last row. */
export function streamPlanes({ frame, planes }: Synthetic): (consume: BandConsumer) => Steps<void> {
  const { components, bandBlockRows, maxVerticalSampling, mcusHigh } = frame;
  return function* (consume) {
    const sizes = components.map(
      ({ verticalSampling, paddedBlocksWide }) =>
        (bandBlockRows / maxVerticalSampling) * verticalSampling * paddedBlocksWide * 64,
    );
    const bands = sizes.map((size) => new Int16Array(size));
    for (let band = 0; band * bandBlockRows < mcusHigh * maxVerticalSampling; band++) {
      bands.forEach((target, i) => {
        target.fill(9999);
        target.set(planes[i].subarray(band * sizes[i], (band + 1) * sizes[i]));
      });
      yield* consume(band, band * bandBlockRows, bands);
    }
  };
}

export const plainOptions: JxlOptions = { exact: false, iccProfile: undefined, orientation: 1 };

export function writeStreamed(picture: Synthetic, options: Partial<JxlOptions> = {}): Uint8Array {
  const { frame, sourceBytes } = picture;
  return runAtOnce(writeJxl({ frame, sourceBytes, stream: streamPlanes(picture) }, { ...plainOptions, ...options }));
}

/** The same where DC is known before. */
export function writeDense(picture: Synthetic, options: Partial<JxlOptions> = {}): Uint8Array {
  const { frame, sourceBytes, planes } = picture;
  const dcPlanes = planes.map((plane) => plane.filter((_, at) => at % 64 === 0));
  const source = { frame, sourceBytes, stream: streamPlanes(picture), dcPlanes };
  return runAtOnce(writeJxl(source, { ...plainOptions, ...options }));
}
