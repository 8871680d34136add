import { chunkOf, offsetOf } from "../decode/sparse-blocks.ts";
import type { SparseBlocks, SparseComponent } from "../decode/sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/**
 * What a scan is made of, before Huffman codes are known: an Int32 with value bits (0–15), their number (16–20) and the
 * index of the symbol to be coded in front of them (21–31): 256 × (1 + table) + symbol, or 0 for value bits alone.
 */
export type Token = number;

/** Symbol indices of at most seven tables of 256. */
export const symbolIndices = 2048;

/** Correction bits that may wait for the end of a run of blocks. Decoders do not hold them, so this is our own memory only. */
const maxWaitingBits = 8192;

/** What a block may add: 63 coefficients, 4 runs of zeros, and the end of the run before it with its waiting bits, 16 each. */
const blockTokens = 80 + (maxWaitingBits + 64) / 16;
const bufferTokens = 8192;

/** Longest run of blocks that end their band at once, T.81 §G.1.2.2. */
const maxEndOfBandRun = 0x7fff;

const zeroRun = 0xf0;

/** Time to visit a block in a scan, and to make a token and count or write it. */
const nanosecondsPerBlock = 30;
const nanosecondsPerToken = 25;

export type TokenConsumer = (tokens: Int32Array, count: number) => void;

/** Collects tokens and hands them on in batches. */
export class TokenBuffer {
  readonly tokens: Int32Array = new Int32Array(bufferTokens);
  count = 0;
  readonly consume: TokenConsumer;
  /** Tokens handed on. */
  #consumed = 0;
  /** `work()` so far. */
  #reported = 0;

  constructor(consume: TokenConsumer) {
    this.consume = consume;
  }

  /** To be called before each block. */
  makeRoom(): void {
    if (this.count > bufferTokens - blockTokens) this.flush();
  }

  flush(): void {
    this.consume(this.tokens, this.count);
    this.#consumed += this.count;
    this.count = 0;
  }

  /** Nanoseconds for so many blocks, and for the tokens that were made of them since the last call. */
  work(blocks: number): number {
    const tokens = this.#consumed + this.count;
    const made = tokens - this.#reported;
    this.#reported = tokens;
    return blocks * nanosecondsPerBlock + made * nanosecondsPerToken;
  }

  put(token: Token): void {
    this.tokens[this.count++] = token;
  }
}

/** A band of AC coefficients of one component: zigzag positions `start` … `end`, without their lowest `shift` bits. */
export interface AcBand {
  readonly start: number;
  readonly end: number;
  readonly shift: number;
}

/** First scan of a band, T.81 §G.1.2.2, over every `rowStep`th block row. Symbols belong to table 0. */
export function* tokeniseFirstAc(
  { chunks }: SparseBlocks,
  component: SparseComponent,
  { start, end, shift }: AcBand,
  rowStep: number,
  buffer: TokenBuffer,
): Steps<void> {
  const { blocksWide, blocksHigh, starts, counts } = component;
  const { tokens } = buffer;
  let endOfBandRun = 0;
  for (let y = 0; y < blocksHigh; y += rowStep) {
    for (let block = y * blocksWide, rowEnd = block + blocksWide; block < rowEnd; block++) {
      buffer.makeRoom();
      const entries = chunks[chunkOf(starts[block])];
      let i = offsetOf(starts[block]);
      const entriesEnd = i + counts[block];
      let at = buffer.count;
      let last = start - 1;
      for (; i < entriesEnd; i++) {
        const entry = entries[i];
        const k = entry & 63;
        if (k < start) continue;
        if (k > end) break;
        // Without branches on the sign, which no processor can predict: -1 or 0, and |value|.
        const sign = entry >> 31;
        // The point transform of AC divides and rounds towards 0 (§G.1.2.2).
        const magnitude = (((entry >> 6) ^ sign) - sign) >> shift;
        if (magnitude === 0) continue;
        if (endOfBandRun > 0) {
          tokens[at++] = endOfBandToken(endOfBandRun);
          endOfBandRun = 0;
        }
        let run = k - last - 1;
        for (; run > 15; run -= 16) tokens[at++] = (256 + zeroRun) << 21;
        const size = 32 - Math.clz32(magnitude);
        const bits = (magnitude ^ sign) & ((1 << size) - 1);
        tokens[at++] = ((256 + (run << 4) + size) << 21) | (size << 16) | bits;
        last = k;
      }
      buffer.count = at;
      if (last < end && ++endOfBandRun === maxEndOfBandRun) {
        buffer.put(endOfBandToken(endOfBandRun));
        endOfBandRun = 0;
      }
    }
    yield buffer.work(blocksWide);
  }
  buffer.makeRoom();
  if (endOfBandRun > 0) buffer.put(endOfBandToken(endOfBandRun));
  buffer.flush();
}

/** EOBn and the bits of the run below its leading one. */
function endOfBandToken(run: number): Token {
  const size = 31 - Math.clz32(run);
  return ((256 + (size << 4)) << 21) | (size << 16) | (run - (1 << size));
}

/** The next bit of a band whose higher bits were sent, T.81 §G.1.2.3. Symbols belong to table 0. */
export function* tokeniseAcRefinement(
  { chunks }: SparseBlocks,
  component: SparseComponent,
  { start, end, shift }: AcBand,
  rowStep: number,
  buffer: TokenBuffer,
): Steps<void> {
  const { blocksWide, blocksHigh, starts, counts } = component;
  /** Correction bits not sent yet: first those of blocks that belong to the run, then those of the current block. */
  const waiting = new Uint8Array(maxWaitingBits + 64);
  let waitingCount = 0;
  let endOfBandRun = 0;
  for (let y = 0; y < blocksHigh; y += rowStep) {
    for (let block = y * blocksWide, rowEnd = block + blocksWide; block < rowEnd; block++) {
      buffer.makeRoom();
      const entries = chunks[chunkOf(starts[block])];
      const first = offsetOf(starts[block]);
      const entriesEnd = first + counts[block];
      const lastNew = lastNewPosition(entries, first, entriesEnd, end, shift);
      let ownBits = waitingCount;
      /** Zeros that are in no run yet, and the position after the last coefficient seen. */
      let zeros = 0;
      let next = start;
      for (let i = first; i < entriesEnd; i++) {
        const entry = entries[i];
        const k = entry & 63;
        if (k < start) continue;
        if (k > end) break;
        const sign = entry >> 31;
        const magnitude = (((entry >> 6) ^ sign) - sign) >> shift;
        if (magnitude === 0) continue;
        zeros += k - next;
        next = k + 1;
        if (magnitude === 1 || (zeros > 15 && k <= lastNew)) {
          if (endOfBandRun > 0) {
            buffer.put(endOfBandToken(endOfBandRun));
            putBits(buffer, waiting, 0, ownBits);
            endOfBandRun = 0;
          }
          for (; zeros > 15; zeros -= 16) {
            buffer.put((256 + zeroRun) << 21);
            putBits(buffer, waiting, ownBits, waitingCount);
            ownBits = waitingCount = 0;
          }
        }
        if (magnitude > 1) {
          waiting[waitingCount++] = magnitude & 1;
          continue;
        }
        buffer.put(((256 + (zeros << 4) + 1) << 21) | (1 << 16) | (1 + sign));
        putBits(buffer, waiting, ownBits, waitingCount);
        ownBits = waitingCount = 0;
        zeros = 0;
      }
      if (next > end && zeros === 0 && waitingCount === ownBits) continue;
      endOfBandRun++;
      if (endOfBandRun < maxEndOfBandRun && waitingCount <= maxWaitingBits - 64) continue;
      buffer.put(endOfBandToken(endOfBandRun));
      putBits(buffer, waiting, 0, waitingCount);
      endOfBandRun = waitingCount = 0;
    }
    yield buffer.work(blocksWide);
  }
  buffer.makeRoom();
  if (endOfBandRun > 0) {
    buffer.put(endOfBandToken(endOfBandRun));
    putBits(buffer, waiting, 0, waitingCount);
  }
  buffer.flush();
}

/** Position of the last coefficient that becomes known with this bit: after it, zeros need no symbol of their own. */
function lastNewPosition(entries: Int32Array, first: number, entriesEnd: number, end: number, shift: number): number {
  for (let i = entriesEnd - 1; i >= first; i--) {
    const sign = entries[i] >> 31;
    const k = entries[i] & 63;
    if ((((entries[i] >> 6) ^ sign) - sign) >> shift === 1 && k <= end) return k;
  }
  return 0;
}

function putBits(buffer: TokenBuffer, waiting: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += 16) {
    const size = Math.min(16, to - at);
    let bits = 0;
    for (let i = 0; i < size; i++) bits = (bits << 1) | waiting[at + i];
    buffer.put((size << 16) | bits);
  }
}
