import { Adler32 } from "./adler-32.ts";
import {
  type BlockCodes,
  codeLengthOrder,
  distanceBases,
  distanceBits,
  fixedBlockCodes,
  lengthBases,
  lengthBits,
} from "./inflate-codes.ts";
import { InflateError } from "./inflate-error.ts";
import { InflateInput } from "./inflate-input.ts";
import { buildPrefixCode, maxCodeBits } from "./prefix-code.ts";

/** Distances reach back so far (RFC 1951 §3.2.5). */
const windowBytes = 32_768;
/** Bytes inflated at once, after what distances may still reach. */
const stepBytes = 65_536;
const longestMatch = 258;

const endOfBlock = 256;

/**
 * Bytes that a block gives on average, at least, after the first thousand blocks: building the codes of one takes as long
 * as inflating some hundred bytes. Encoders put thousands of bytes into a block.
 */
const minBytesPerBlock = 128;
const blocksOfAnySize = 1000;

/**
 * Inflates a zlib stream (RFC 1950, RFC 1951) in steps: it never holds more than 96 KiB beside the input, whatever the
 * stream expands to. The platform's `DecompressionStream` cannot be bounded so: its `write()` resolves before its
 * output is read, and each write is inflated as a whole, up to 1032 times its size.
 */
export class Inflater {
  readonly #input: InflateInput;

  /** Bytes inflated before, for distances to reach; then the bytes not read yet, from `#taken` to `#filled`. */
  readonly #window = new Uint8Array(windowBytes + stepBytes + longestMatch);
  #taken = 0;
  #filled = 0;

  #isLastBlock = false;
  #blocks = 0;
  #total = 0;
  /** Bytes to come of a stored block. */
  #storedBytes = 0;
  #codes: BlockCodes | undefined;
  #isOver = false;
  readonly #checksum = new Adler32();

  /**
   * @param compressed in parts where it lies in several places: to join them would take its memory twice
   * @throws InflateError for a header that is none of zlib, or that wants a preset dictionary
   */
  constructor(compressed: Uint8Array | readonly Uint8Array[]) {
    this.#input = new InflateInput(compressed instanceof Uint8Array ? [compressed] : compressed);
    const [method, flags] = [this.#input.readBits(8), this.#input.readBits(8)];
    const isZlib = (method & 15) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0;
    if (!isZlib || (flags & 0x20) !== 0) throw new InflateError("no zlib header");
  }

  /**
   * Fills `target` from its start; the number of bytes is smaller than its length only at the end of the stream, whose
   * checksum was right then. Bytes after the stream are ignored.
   *
   * @throws InflateError
   */
  read(target: Uint8Array): number {
    for (let done = 0; ;) {
      const count = Math.min(this.#filled - this.#taken, target.length - done);
      target.set(this.#window.subarray(this.#taken, this.#taken + count), done);
      this.#taken += count;
      done += count;
      if (done === target.length || (this.#taken === this.#filled && this.#isOver)) return done;
      this.#step();
    }
  }

  /** Whether the stream is over, and was read to its end; inflates a step more where that is not known yet. */
  isAtEnd(): boolean {
    while (this.#taken === this.#filled && !this.#isOver) this.#step();
    return this.#taken === this.#filled;
  }

  /** Bytes of the input after the stream, once that is over. */
  get restBytes(): number {
    return this.#input.restBytes;
  }

  /** Inflates until a step is full or the stream is over. All that was inflated before has been taken. */
  #step(): void {
    if (this.#filled > windowBytes) {
      this.#window.copyWithin(0, this.#filled - windowBytes, this.#filled);
      this.#filled = windowBytes;
      this.#taken = windowBytes;
    }
    const end = this.#filled + stepBytes;
    while (this.#filled < end) {
      if (this.#storedBytes > 0) this.#copyStored(end);
      else if (this.#codes !== undefined) this.#inflateBlock(this.#codes, end);
      else if (!this.#isLastBlock) this.#startBlock();
      else {
        this.#isOver = true;
        break;
      }
    }
    this.#checksum.add(this.#window, this.#taken, this.#filled);
    this.#total += this.#filled - this.#taken;
    if (this.#isOver) this.#verifyChecksum();
  }

  #startBlock(): void {
    this.#blocks++;
    if (this.#blocks > blocksOfAnySize + this.#total / minBytesPerBlock)
      throw new InflateError("blocks without content");
    this.#isLastBlock = this.#input.readBits(1) === 1;
    switch (this.#input.readBits(2)) {
      case 0:
        this.#startStored();
        return;
      case 1:
        this.#codes = fixedBlockCodes();
        return;
      case 2:
        this.#codes = this.#readCodes();
        return;
      default:
        throw new InflateError("block type");
    }
  }

  /** §3.2.4: from the next whole byte on, a length and its complement. */
  #startStored(): void {
    const [low, high, lowComplement, highComplement] = this.#input.readBytes(4, 4);
    const length = low | (high << 8);
    if (length !== (~(lowComplement | (highComplement << 8)) & 0xffff)) throw new InflateError("stored block");
    this.#storedBytes = length;
  }

  #copyStored(end: number): void {
    const bytes = this.#input.readBytes(1, Math.min(this.#storedBytes, end - this.#filled));
    this.#window.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#storedBytes -= bytes.length;
  }

  /** §3.2.7. */
  #readCodes(): BlockCodes {
    const literalCount = this.#input.readBits(5) + 257;
    const distanceCount = this.#input.readBits(5) + 1;
    const codeLengthCount = this.#input.readBits(4) + 4;
    const codeLengths = new Uint8Array(codeLengthOrder.length);
    for (const symbol of codeLengthOrder.slice(0, codeLengthCount)) codeLengths[symbol] = this.#input.readBits(3);
    const code = buildPrefixCode(codeLengths, "complete");
    if (code === undefined || literalCount > 286 || distanceCount > 30) throw new InflateError("code lengths");
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let filled = 0; filled < lengths.length;) {
      const symbol = this.#input.readSymbol(code);
      if (symbol < 16) {
        lengths[filled++] = symbol;
        continue;
      }
      // 16 repeats the length before 3 to 6 times; 17 and 18 mean 3 to 10 and 11 to 138 zeros.
      const repeated = symbol === 16 ? (lengths[filled - 1] ?? -1) : 0;
      const count =
        symbol === 16
          ? 3 + this.#input.readBits(2)
          : symbol === 17
            ? 3 + this.#input.readBits(3)
            : 11 + this.#input.readBits(7);
      if (repeated < 0 || filled + count > lengths.length) throw new InflateError("code lengths");
      lengths.fill(repeated, filled, filled + count);
      filled += count;
    }
    const literals = buildPrefixCode(lengths.subarray(0, literalCount), "may have one symbol");
    const distances = buildPrefixCode(lengths.subarray(literalCount), "may have one symbol");
    if (literals === undefined || distances === undefined || lengths[endOfBlock] === 0)
      throw new InflateError("code lengths");
    return { literals, distances };
  }

  /** Literals and matches up to the end of the block or of the step; a match may go over it. */
  #inflateBlock(codes: BlockCodes, end: number): void {
    const { literals, distances } = codes;
    const window = this.#window;
    while (this.#filled < end) {
      this.#copyLiterals(codes, end);
      if (this.#filled >= end) return;
      const symbol = this.#input.readSymbol(literals);
      if (symbol < endOfBlock) {
        window[this.#filled++] = symbol;
        continue;
      }
      if (symbol === endOfBlock) {
        this.#codes = undefined;
        return;
      }
      const lengthSymbol = symbol - endOfBlock - 1;
      if (lengthSymbol >= lengthBases.length) throw new InflateError("length");
      const length = lengthBases[lengthSymbol] + this.#input.readBits(lengthBits[lengthSymbol]);
      const distanceSymbol = this.#input.readSymbol(distances);
      if (distanceSymbol >= distanceBases.length) throw new InflateError("distance");
      const distance = distanceBases[distanceSymbol] + this.#input.readBits(distanceBits[distanceSymbol]);
      this.#copyMatch(length, distance);
    }
  }

  /** The literals that come next, in a quick loop that stops at anything else, and before the input ends. */
  #copyLiterals({ literals }: BlockCodes, end: number): void {
    const { table } = literals;
    const input = this.#input;
    const { bytes } = input;
    const window = this.#window;
    const lastStart = bytes.length - 2;
    let [at, bits, bitCount, filled] = [input.at, input.bits, input.bitCount, this.#filled];
    while (filled < end) {
      if (bitCount < maxCodeBits) {
        if (at > lastStart) break;
        bits |= (bytes[at] | (bytes[at + 1] << 8)) << bitCount;
        at += 2;
        bitCount += 16;
      }
      const entry = table[bits & (table.length - 1)];
      if (entry === 0 || entry >> 4 >= endOfBlock) break;
      bits >>>= entry & 15;
      bitCount -= entry & 15;
      window[filled++] = entry >> 4;
    }
    [input.at, input.bits, input.bitCount, this.#filled] = [at, bits, bitCount, filled];
  }

  /** A match may overlap with what it writes (§3.2.3). */
  #copyMatch(length: number, distance: number): void {
    const from = this.#filled - distance;
    if (from < 0) throw new InflateError("distance");
    const window = this.#window;
    const to = this.#filled;
    if (distance === 1) window.fill(window[from], to, to + length);
    else for (let i = 0; i < length; i++) window[to + i] = window[from + i];
    this.#filled = to + length;
  }

  #verifyChecksum(): void {
    const { buffer, byteOffset } = this.#input.readBytes(4, 4);
    if (new DataView(buffer, byteOffset).getUint32(0) !== this.#checksum.value) throw new InflateError("checksum");
  }
}
