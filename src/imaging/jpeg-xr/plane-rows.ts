import type { Pixels } from "../model/picture.ts";
import { frequencyPlaces, transformBlock } from "./block-transform.ts";
import type { Steps } from "../steps.ts";
import { filterEdgeRows, filterInnerRows, type RowRing } from "./overlap-filter.ts";
import { type ChannelQuantisers, quantise } from "./quantiser.ts";
import { loadRows, type PlaneContent } from "./sample-rows.ts";

/** To load, to filter and to transform a macroblock of one channel takes so long. */
const nanosecondsPerLoad = 2000;
const nanosecondsPerFilter = 3000;
const nanosecondsPerTransform = 6000;

/** Stages of the transform whose block edges are smoothed (ITU-T T.832, OVERLAP_MODE). */
export type Overlap = 0 | 1 | 2;

export interface PlaneOptions {
  readonly content: PlaneContent;
  readonly overlap: Overlap;
  /** Bits by which samples are shifted left. */
  readonly shift: number;
  /** One per channel; none for a lossless plane. */
  readonly quantisers: readonly ChannelQuantisers[] | undefined;
}

/**
 * The coefficients of a picture, one row of macroblocks at a time. Holds one such row of samples and coefficients per
 * channel; two of samples where the overlap filter looks ahead, two of everything where the second stage does too.
 */
export class PlaneRows {
  readonly #pixels: Pixels;
  readonly #options: PlaneOptions;
  readonly #columns: number;
  readonly #rows: number;
  readonly #samples: readonly RowRing[];
  /** DC coefficients of the first stage, a quarter of the picture's width and height. */
  readonly #blockDcs: readonly RowRing[];
  readonly #block = new Int32Array(16);
  readonly #highRows: number;
  #transformedRows = 0;

  /** Quantised first-stage coefficients, see `highOffset()`. */
  readonly high: Int16Array;
  /** Distance of channels in `high`. */
  readonly highChannelStride: number;

  constructor(pixels: Pixels, options: PlaneOptions) {
    const channels = options.content === "rgb" ? 3 : 1;
    this.#pixels = pixels;
    this.#options = options;
    this.#columns = Math.ceil(pixels.width / 16);
    this.#rows = Math.ceil(pixels.height / 16);
    const width = this.#columns * 16;
    const sampleRows = options.overlap === 0 ? 16 : 32;
    // 8-bit samples and their first-stage coefficients fit 16 bits, scaled by 8 too; the second stage's do not.
    const samples = new Int16Array(channels * sampleRows * width);
    this.#samples = rings(samples, channels, sampleRows, width);
    this.#highRows = options.overlap === 2 ? 2 : 1;
    const dcRows = 4 * this.#highRows;
    this.#blockDcs = rings(new Int32Array((channels * dcRows * width) / 4), channels, dcRows, width / 4);
    this.highChannelStride = this.#highRows * this.#columns * 256;
    this.high = new Int16Array(channels * this.highChannelStride);
    if (options.overlap > 0) loadRows(pixels, options.content, 0, this.#samples, options.shift);
  }

  /** Where in `high` the 16 blocks of 16 coefficients of a macroblock's channel 0 begin. */
  highOffset(column: number, row: number): number {
    return ((row % this.#highRows) * this.#columns + column) * 256;
  }

  /** Makes the coefficients of a row of macroblocks available; rows are requested in order. */
  *advance(row: number): Steps<void> {
    if (this.#options.overlap < 2) {
      yield* this.#transformRow(row);
      return;
    }
    while (this.#transformedRows <= Math.min(row + 1, this.#rows - 1)) {
      yield* this.#transformRow(this.#transformedRows++);
    }
    for (const ring of this.#blockDcs) this.#filter(ring, row, 4);
    yield (this.#blockDcs.length * this.#columns * nanosecondsPerFilter) / 16;
  }

  /** Puts the quantised second-stage coefficients of a macroblock, 16 per channel, into `low`. */
  readLow(column: number, row: number, low: Int32Array): void {
    const block = this.#block;
    for (let channel = 0; channel < this.#blockDcs.length; channel++) {
      const { data, base, stride, rowMask } = this.#blockDcs[channel];
      const quantisers = this.#options.quantisers?.[channel];
      // Scaled chroma is halved here, which its quantiser steps allow for.
      const halving = channel > 0 && quantisers ? 1 : 0;
      for (let y = 0; y < 4; y++) {
        const from = base + ((4 * row + y) & rowMask) * stride + 4 * column;
        for (let x = 0; x < 4; x++) block[4 * y + x] = data[from + x] >> halving;
      }
      transformBlock(block);
      const at = 16 * channel;
      for (let i = 0; i < 16; i++) low[at + i] = block[frequencyPlaces[i]];
      if (!quantisers) continue;
      low[at] = quantise(quantisers.dc, low[at]);
      for (let i = at + 1; i < at + 16; i++) low[i] = quantise(quantisers.lowpass, low[i]);
    }
  }

  /** Loads, filters and transforms the samples of a row of macroblocks. */
  *#transformRow(row: number): Steps<void> {
    const { content, overlap, shift } = this.#options;
    const channels = this.#samples.length;
    if (overlap === 0) {
      loadRows(this.#pixels, content, row, this.#samples, shift);
    } else {
      if (row + 1 < this.#rows) loadRows(this.#pixels, content, row + 1, this.#samples, shift);
      for (const ring of this.#samples) {
        this.#filter(ring, row, 16);
        yield this.#columns * nanosecondsPerFilter;
      }
    }
    yield this.#columns * channels * nanosecondsPerLoad;
    for (let channel = 0; channel < channels; channel++) yield* this.#transformChannel(channel, row);
  }

  /** Filters what the `height` plane rows of a row of macroblocks still lack, of a plane whose next such rows are there. */
  #filter(ring: RowRing, row: number, height: 4 | 16): void {
    const first = row * height;
    if (row === 0) filterEdgeRows(ring, 0);
    for (let y = 2; y < height - 2; y += 4) filterInnerRows(ring, first + y);
    if (row === this.#rows - 1) filterEdgeRows(ring, first + height - 2);
    else filterInnerRows(ring, first + height - 2);
  }

  *#transformChannel(channel: number, row: number): Steps<void> {
    const { data, base, stride, rowMask } = this.#samples[channel];
    const dcs = this.#blockDcs[channel];
    const highpass = this.#options.quantisers?.[channel].highpass;
    const high = this.high;
    const block = this.#block;
    const channelAt = channel * this.highChannelStride + this.highOffset(0, row);
    for (let blockRow = 0; blockRow < 4; blockRow++) {
      const from = base + ((16 * row + 4 * blockRow) & rowMask) * stride;
      const dcAt = dcs.base + ((4 * row + blockRow) & dcs.rowMask) * dcs.stride;
      for (let x = 0; x < dcs.stride; x++) {
        for (let y = 0; y < 4; y++) {
          const at = from + y * stride + 4 * x;
          block[4 * y] = data[at];
          block[4 * y + 1] = data[at + 1];
          block[4 * y + 2] = data[at + 2];
          block[4 * y + 3] = data[at + 3];
        }
        transformBlock(block);
        dcs.data[dcAt + x] = block[0];
        const to = channelAt + (x >> 2) * 256 + (4 * blockRow + (x & 3)) * 16;
        if (highpass) {
          for (let i = 1; i < 16; i++) high[to + i] = quantise(highpass, block[frequencyPlaces[i]]);
        } else {
          for (let i = 1; i < 16; i++) high[to + i] = block[frequencyPlaces[i]];
        }
      }
      yield (this.#columns * nanosecondsPerTransform) / 4;
    }
  }
}

function rings(data: RowRing["data"], channels: number, rowCount: number, stride: number): readonly RowRing[] {
  return Array.from({ length: channels }, (_, channel) => ({
    data,
    base: channel * rowCount * stride,
    stride,
    rowMask: rowCount - 1,
  }));
}
