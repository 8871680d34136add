import { AdaptiveCode } from "./adaptive-code.ts";
import { AdaptiveScan, createRunLevels, firstOrders } from "./adaptive-scan.ts";
import type { BitWriter } from "./bit-writer.ts";
import { BlockCode, writeRawBits } from "./block-code.ts";
import { BlockPatternCode } from "./block-pattern.ts";
import { dcPatternCodes, sevenCodes } from "./code-tables.ts";
import { writeLevel } from "./level-code.ts";
import { bandWeights, ModelBits } from "./model-bits.ts";
import { direction, Predictor, predictHigh } from "./prediction.ts";

/** Place of block j of the Z order among the blocks row by row, as an offset into a macroblock's coefficients. */
const blockOffsets = Uint8Array.from([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15], (block) => block * 16);

/** Adaptive tools are revised, and scan totals start again, every 16 columns. */
const revisionColumns = 16;

const lowpassCounterLimits = { lowest: -8, highest: 7 } as const;

function stepCounter(counter: number, isHit: boolean): number {
  const { lowest, highest } = lowpassCounterLimits;
  return Math.max(lowest, Math.min(highest, counter + (isHit ? -3 : 1)));
}

/**
 * Writes macroblocks in spatial order (ITU-T T.832): DC, lowpass, highpass. Holds all state that adapts; one for each
 * codestream. Channels are 1 (luma) or 3 (YUV 4:4:4).
 */
export class MacroblockCode {
  readonly #writer: BitWriter;
  readonly #channels: number;
  readonly #columns: number;
  readonly #predictor: Predictor;
  readonly #dcPattern = new AdaptiveCode(dcPatternCodes);
  readonly #dcLevels = [new AdaptiveCode(sevenCodes), new AdaptiveCode(sevenCodes)] as const;
  readonly #dcBits: ModelBits;
  readonly #lowpass = new BlockCode();
  readonly #lowpassBits: ModelBits;
  readonly #lowpassScan = new AdaptiveScan(firstOrders.horizontal);
  readonly #lowpassLists;
  /** Counts against coding all channels' and no channel's lowpass presence in few bits. */
  #fullCounter = 1;
  #emptyCounter = 1;
  readonly #highpass = new BlockCode();
  readonly #highpassBits: ModelBits;
  readonly #horizontalScan = new AdaptiveScan(firstOrders.horizontal);
  readonly #verticalScan = new AdaptiveScan(firstOrders.vertical);
  readonly #highpassList = createRunLevels();
  readonly #patternCode: BlockPatternCode;
  readonly #patterns: Int32Array;

  constructor(writer: BitWriter, channels: 1 | 3, columns: number) {
    this.#writer = writer;
    this.#channels = channels;
    this.#columns = columns;
    this.#predictor = new Predictor(channels, columns);
    this.#dcBits = new ModelBits(bandWeights.dc, channels);
    this.#lowpassBits = new ModelBits(bandWeights.lowpass, channels);
    this.#highpassBits = new ModelBits(bandWeights.highpass, channels);
    this.#lowpassLists = Array.from({ length: channels }, createRunLevels);
    this.#patternCode = new BlockPatternCode(channels, columns);
    this.#patterns = new Int32Array(channels);
  }

  /**
   * Writes one macroblock. `low`: 16 quantised second-stage coefficients per channel. `high`: the channel's 16 blocks
   * of 16 first-stage coefficients, block by block, from `highAt` + channel × `highChannelStride` on; place 0 of a
   * block is not read. Both are overwritten.
   */
  write(
    low: Int32Array,
    high: Int16Array,
    highAt: number,
    highChannelStride: number,
    column: number,
    row: number,
  ): void {
    const startsRevision = column % revisionColumns === 0;
    const endsRevision = startsRevision || column === this.#columns - 1;
    const highDirection = this.#predictor.predictLow(low, column, row);

    this.#writeDc(low);
    if (startsRevision) this.#lowpassScan.resetTotals();
    this.#writeLowpass(low);
    if (endsRevision) {
      for (const code of this.#dcLevels) code.adapt();
      this.#lowpass.adapt();
    }

    for (let channel = 0; channel < this.#channels; channel++) {
      const at = highAt + channel * highChannelStride;
      predictHigh(high, at, highDirection);
      const bits = channel === 0 ? this.#highpassBits.first : this.#highpassBits.others;
      this.#patterns[channel] = blockPattern(high, at, bits);
    }
    this.#patternCode.write(this.#writer, this.#patterns, column, row);
    if (startsRevision) {
      this.#horizontalScan.resetTotals();
      this.#verticalScan.resetTotals();
    }
    const scan = highDirection === direction.top ? this.#verticalScan : this.#horizontalScan;
    this.#writeHighpass(high, highAt, highChannelStride, scan);
    if (endsRevision) {
      this.#patternCode.adapt();
      this.#highpass.adapt();
    }
  }

  #writeDc(low: Int32Array): void {
    const { first, others } = this.#dcBits;
    const firstHigh = Math.abs(low[0]) >> first;
    let othersCount = 0;
    if (this.#channels === 1) {
      this.#writer.put(firstHigh === 0 ? 0 : 1, 1);
    } else {
      const highU = Math.abs(low[16]) >> others;
      const highV = Math.abs(low[32]) >> others;
      this.#dcPattern.write(this.#writer, (firstHigh === 0 ? 0 : 4) + (highU === 0 ? 0 : 2) + (highV === 0 ? 0 : 1));
      othersCount = (highU === 0 ? 0 : 1) + (highV === 0 ? 0 : 1);
    }
    for (let channel = 0; channel < this.#channels; channel++)
      this.#writeDcOf(low[channel * 16], channel === 0 ? first : others, this.#dcLevels[channel === 0 ? 0 : 1]);
    this.#dcBits.update(firstHigh === 0 ? 0 : 1, othersCount);
  }

  #writeDcOf(value: number, bits: number, code: AdaptiveCode): void {
    const magnitude = Math.abs(value);
    const high = magnitude >> bits;
    if (high !== 0) writeLevel(this.#writer, code, high);
    this.#writer.put(magnitude & ((1 << bits) - 1), bits);
    if (value !== 0) this.#writer.put(value < 0 ? 1 : 0, 1);
  }

  #writeLowpass(low: Int32Array): void {
    const { first, others } = this.#lowpassBits;
    let present = 0;
    let othersCount = 0;
    for (let channel = 0; channel < this.#channels; channel++) {
      const list = this.#lowpassLists[channel];
      this.#lowpassScan.collect(low, channel * 16, channel === 0 ? first : others, list);
      if (list.count > 0) present |= 1 << channel;
      if (channel > 0) othersCount += list.count;
    }
    if (this.#channels === 1) this.#writer.put(present, 1);
    else this.#writeLowpassPresence(present);
    for (let channel = 0; channel < this.#channels; channel++) {
      const list = this.#lowpassLists[channel];
      const bits = channel === 0 ? first : others;
      if (list.count > 0) this.#lowpass.write(this.#writer, list, channel === 0 ? 0 : 1);
      if (bits > 0) writeRawBits(this.#writer, low, channel * 16, bits);
    }
    this.#lowpassBits.update(this.#lowpassLists[0].count, othersCount);
  }

  /** Bit c of `present` = channel c has coefficients. Frequent cases, once recognised as such, take one bit. */
  #writeLowpassPresence(present: number): void {
    if (this.#emptyCounter <= 0 || this.#fullCounter < 0) {
      const value = this.#fullCounter < this.#emptyCounter ? 7 - present : present;
      if (value === 0) this.#writer.put(0, 1);
      else if (value === 1) this.#writer.put(0b100, 3);
      else this.#writer.put(value + 8, 4);
    } else {
      this.#writer.put(present, 3);
    }
    this.#fullCounter = stepCounter(this.#fullCounter, present === 7);
    this.#emptyCounter = stepCounter(this.#emptyCounter, present === 0);
  }

  #writeHighpass(high: Int16Array, highAt: number, highChannelStride: number, scan: AdaptiveScan): void {
    const { first, others } = this.#highpassBits;
    const list = this.#highpassList;
    let firstCount = 0;
    let othersCount = 0;
    for (let channel = 0; channel < this.#channels; channel++) {
      const pattern = this.#patterns[channel];
      const bits = channel === 0 ? first : others;
      const chroma = channel === 0 ? 0 : 1;
      const at = highAt + channel * highChannelStride;
      let count = 0;
      for (let block = 0; block < 16; block++) {
        const blockAt = at + blockOffsets[block];
        if ((pattern >> block) & 1) {
          scan.collect(high, blockAt, bits, list);
          count += list.count;
          this.#highpass.write(this.#writer, list, chroma);
        }
        if (bits > 0) writeRawBits(this.#writer, high, blockAt, bits);
      }
      if (channel === 0) firstCount = count;
      else othersCount += count;
    }
    this.#highpassBits.update(firstCount, othersCount);
  }
}

/** Bit j = block j of the Z order has a coefficient with more than `bits` bits. */
function blockPattern(high: Int16Array, at: number, bits: number): number {
  let pattern = 0;
  for (let block = 0; block < 16; block++) {
    const blockAt = at + blockOffsets[block];
    let union = 0;
    for (let i = blockAt + 1; i < blockAt + 16; i++) {
      const value = high[i];
      union |= value < 0 ? -value : value;
    }
    if (union >> bits !== 0) pattern |= 1 << block;
  }
  return pattern;
}
