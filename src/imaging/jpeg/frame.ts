import type { ExifDensity } from "../metadata/exif.ts";
import type { Orientation } from "../model/facts.ts";
import type { Steps } from "../steps.ts";

/** Samples per block edge, and coefficients per block (ITU T.81 §A.3.1). */
export const blockEdge = 8;
export const blockCoefficients = 64;

/** Block rows of the full-resolution grid in one band, where the sampling factors divide it: the height of a JPEG XL group. */
export const nominalBandBlockRows = 32;

/** Zigzag position → natural (row-major: 8 × vertical + horizontal frequency) index, T.81 Figure A.6. */
export const naturalOrder: Uint8Array = new Uint8Array([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
]);

/** One colour component of a frame (T.81 §B.2.2). */
export interface JpegComponent {
  /** Identifier in the file; decoders without other marks take the colour space from it (`R`, `G`, `B`). */
  readonly id: number;
  /** Sampling factors 1–4; both 1 when the frame has one component, where the file's own mean nothing (§A.2.2). */
  readonly horizontalSampling: number;
  readonly verticalSampling: number;
  /** 64 divisors, 1–65535, in natural order, as in force when the component's first scan starts. */
  readonly quantisation: Uint16Array;
  /** Blocks that hold samples of the picture: what a scan of this component alone carries (§A.2.2). */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks of the grid padded to whole MCUs: what the planes hold; `mcusWide × horizontalSampling`, and so on. */
  readonly paddedBlocksWide: number;
  readonly paddedBlocksHigh: number;
}

/** The header of a JPEG, read before anything of the picture's size is allocated. */
export interface JpegFrame {
  /** Pixels, 1–65535. */
  readonly width: number;
  readonly height: number;
  /** Bits per sample. */
  readonly precision: 8;
  readonly progressive: boolean;
  /** 1 to 4. */
  readonly components: readonly JpegComponent[];
  /** Largest sampling factors: one MCU covers 8 × these many pixels (one component: 8 × 8). */
  readonly maxHorizontalSampling: number;
  readonly maxVerticalSampling: number;
  readonly mcusWide: number;
  readonly mcusHigh: number;
  /**
   * `streamed`: sequential, and its first scan holds all components, so bands can be handed on while reading.
   * `dense`: several scans contribute to a block (or to a band), so all coefficients are held at once.
   */
  readonly shape: "streamed" | "dense";
  /**
   * Block rows of the full-resolution grid per band, a multiple of `maxVerticalSampling`: 32, or 30 when that is 3.
   * A component has `bandBlockRows / maxVerticalSampling × verticalSampling` block rows of it; the last band has fewer.
   */
  readonly bandBlockRows: number;
  /** Interval in MCUs in force at the first scan; 0: none. */
  readonly restartInterval: number;
  /** A JFIF APP0 marker is there: colour is then YCbCr or gray, whatever the Adobe marker says (as libjpeg decides). */
  readonly jfif: boolean;
  /** Transform byte of the Adobe APP14 marker (0: RGB or CMYK, 1: YCbCr, 2: YCCK); undefined without a valid one. */
  readonly adobeTransform: number | undefined;
  /**
   * Joined chunks of APP2; undefined when there are none, when they contradict each other, and when they are too large.
   * Not checked for meaning.
   */
  readonly iccProfile: Uint8Array | undefined;
  /** There are such chunks, whether they could be joined or not: a form that cannot carry them must be refused. */
  readonly hasIcc: boolean;
  readonly orientation: Orientation;
  /** What Exif says about the density of the pixels, whether it counts or not; see `isDensityCorrected()`. */
  readonly density: ExifDensity | undefined;
  /** Where the parts of the file are. */
  readonly layout: JpegLayout;
}

/** Blocks of all components together. */
export function countPaddedBlocks({ components }: JpegFrame): number {
  return components.reduce(
    (sum, { paddedBlocksWide, paddedBlocksHigh }) => sum + paddedBlocksWide * paddedBlocksHigh,
    0,
  );
}

/** Everything between SOI and EOI, in file order, by offsets into the bytes; empty for frames that were not read from a file. */
export interface JpegLayout {
  readonly segments: readonly JpegSegment[];
  readonly scans: readonly JpegScan[];
}

/** A marker segment (T.81 §B.1.1.4). */
export interface JpegSegment {
  readonly marker: number;
  /** Offset of the FF of its marker, and of its payload after the length field. */
  readonly markerStart: number;
  readonly start: number;
  readonly end: number;
}

/** A scan header (T.81 §B.2.3) and where its data is. */
export interface JpegScan {
  /** Indices into `frame.components`, in the order in which the scan interleaves them. */
  readonly components: readonly number[];
  /** Per scan component: destinations of the Huffman tables, 0–3. */
  readonly dcTables: readonly number[];
  readonly acTables: readonly number[];
  /** Ss, Se, Ah, Al. */
  readonly spectralStart: number;
  readonly spectralEnd: number;
  readonly approximationHigh: number;
  readonly approximationLow: number;
  readonly restartInterval: number;
  /** Number of segments in front of the scan: the tables in force are those of `segments[0 … segmentCount - 1]`. */
  readonly segmentCount: number;
  /** Entropy-coded bytes, restart markers included. */
  readonly dataStart: number;
  readonly dataEnd: number;
}

/**
 * All coefficients: one plane per component. Blocks lie in raster order of the MCU-padded grid, 64 coefficients each in
 * natural order: the coefficient of block (x, y) is at `(y × paddedBlocksWide + x) × 64 + 8 × vertical + horizontal`.
 * Quantised; DC without prediction; what no scan carries is 0.
 */
export type CoefficientPlanes = readonly Int16Array[];

/**
 * Takes one band of a streamed JPEG: per component the same layout as `CoefficientPlanes`, beginning at the band's
 * first block row. `firstBlockRow` = bandIndex × bandBlockRows counts rows of the full-resolution grid. The planes are
 * overwritten after the last step, and what lies after the picture's last block row is meaningless.
 */
export type BandConsumer = (bandIndex: number, firstBlockRow: number, planes: CoefficientPlanes) => Steps<void>;
