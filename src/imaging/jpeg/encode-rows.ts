import type { Pixels } from "../model/picture.ts";
import type { Chroma } from "../model/settings.ts";
import type { Steps } from "../steps.ts";
import { SparseBlocks } from "./decode/sparse-blocks.ts";
import { transformBlock } from "./forward-dct.ts";
import { blockEdge, type JpegComponent, type JpegFrame, naturalOrder, nominalBandBlockRows } from "./frame.ts";
import { marker } from "./marker.ts";
import { writeOptimised } from "./optimise/optimise.ts";
import { quantisationTables } from "./quality.ts";

/** Time to convert a sample, and to transform, quantise and keep a block. */
const nanosecondsPerSample = 8;
const nanosecondsPerBlock = 2500;

/** Version 1.02, square pixels, no thumbnail (ITU T.871 §10.1). */
// prettier-ignore
const jfif = new Uint8Array([0xff, marker.APP0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0]);

export interface JpegRowsSettings {
  /** 1–100 on the IJG scale. */
  readonly quality: number;
  /** `gray`: green alone is read, and one component written. */
  readonly chroma: Chroma | "gray";
}

/**
 * Pixels as a JPEG, without their alpha, in steps and without a codec of its own memory: the tables of ITU T.81 Annex K at
 * this quality, and the scans and codes that come out smallest. Larger by some per cent than what MozJPEG makes, which
 * weighs every coefficient.
 */
export function* encodeJpegRows(pixels: Pixels, settings: JpegRowsSettings): Steps<Uint8Array<ArrayBuffer>> {
  const frame = layOutFrame(pixels, settings);
  const sparse = new SparseBlocks(frame, Infinity);
  const planes = frame.components.map((component, index) => planeOf(pixels, frame, component, index));
  for (const [index, component] of frame.components.entries()) {
    for (let row = 0; row < component.blocksHigh; row++) {
      putBlockRow(sparse, component, index, row, planes[index]);
      const samples = component.blocksWide * 64 * (frame.maxHorizontalSampling / component.horizontalSampling) ** 2;
      yield component.blocksWide * nanosecondsPerBlock + samples * nanosecondsPerSample;
    }
  }
  const plain = { icc: false, orientation: false, jfif: false, adobe: false, extra: [jfif] };
  return yield* writeOptimised(new Uint8Array(0), frame, sparse, plain);
}

function layOutFrame({ width, height }: Pixels, { quality, chroma }: JpegRowsSettings): JpegFrame {
  const { luma, chroma: ofColour } = quantisationTables(quality);
  const sampling = chroma === "4:2:0" ? 2 : 1;
  const mcusWide = Math.ceil(width / (blockEdge * sampling));
  const mcusHigh = Math.ceil(height / (blockEdge * sampling));
  const component = (id: number, factor: number, table: readonly number[]): JpegComponent => ({
    id,
    horizontalSampling: factor,
    verticalSampling: factor,
    quantisation: inNaturalOrder(table),
    blocksWide: Math.ceil(Math.ceil((width * factor) / sampling) / blockEdge),
    blocksHigh: Math.ceil(Math.ceil((height * factor) / sampling) / blockEdge),
    paddedBlocksWide: mcusWide * factor,
    paddedBlocksHigh: mcusHigh * factor,
  });
  return {
    width,
    height,
    precision: 8,
    progressive: false,
    components: [
      component(1, sampling, luma),
      ...(chroma === "gray" ? [] : [component(2, 1, ofColour), component(3, 1, ofColour)]),
    ],
    maxHorizontalSampling: sampling,
    maxVerticalSampling: sampling,
    mcusWide,
    mcusHigh,
    shape: "streamed",
    bandBlockRows: nominalBandBlockRows,
    restartInterval: 0,
    jfif: true,
    adobeTransform: undefined,
    iccProfile: undefined,
    hasIcc: false,
    orientation: 1,
    density: undefined,
    layout: { segments: [], scans: [] },
  };
}

function inNaturalOrder(zigzag: readonly number[]): Uint16Array {
  const table = new Uint16Array(64);
  zigzag.forEach((divisor, position) => (table[naturalOrder[position]] = divisor));
  return table;
}

/** The sample of a component at a place of its own grid, around 0. */
type Plane = (x: number, y: number) => number;

/** Weights of red, green and blue in Y, Cb and Cr (ITU T.871 §7). */
const weightsOf = [
  [0.299, 0.587, 0.114],
  [-0.168_735_892, -0.331_264_108, 0.5],
  [0.5, -0.418_687_589, -0.081_312_411],
] as const;

/** Colour of half the resolution is the mean of four pixels; beyond the edges the last ones go on. */
function planeOf({ data, width, height }: Pixels, frame: JpegFrame, component: JpegComponent, index: number): Plane {
  const isGray = frame.components.length === 1;
  const [red, green, blue] = isGray ? [0, 1, 0] : weightsOf[index];
  const shift = index === 0 ? 128 : 0;
  const at = (x: number, y: number): number => {
    const from = 4 * (Math.min(y, height - 1) * width + Math.min(x, width - 1));
    return red * data[from] + green * data[from + 1] + blue * data[from + 2] - shift;
  };
  if (component.horizontalSampling === frame.maxHorizontalSampling) return at;
  return (x, y) => (at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1) + at(2 * x + 1, 2 * y + 1)) / 4;
}

const samples = new Float32Array(64);
const coefficients = new Float32Array(64);
const entries = new Int32Array(64);

function putBlockRow(
  sparse: SparseBlocks,
  { blocksWide, quantisation }: JpegComponent,
  index: number,
  row: number,
  plane: Plane,
): void {
  for (let block = 0; block < blocksWide; block++) {
    for (let at = 0; at < 64; at++) samples[at] = plane(8 * block + (at & 7), 8 * row + (at >> 3));
    transformBlock(samples, coefficients);
    let count = 0;
    for (let position = 0; position < 64; position++) {
      const place = naturalOrder[position];
      const value = Math.round(coefficients[place] / quantisation[place]);
      // The first one is always there.
      if (value !== 0 || position === 0) entries[count++] = value * 64 + position;
    }
    sparse.putBlock(index, block, row, entries, count);
  }
}
