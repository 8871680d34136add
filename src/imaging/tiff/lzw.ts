import { ImagingError } from "../model/error.ts";
import { Band, type BlockReader } from "./block-reader.ts";

const clearCode = 256;
const endCode = 257;
const firstFree = 258;
const maxWidth = 12;
const tableSize = 1 << maxWidth;
/** Strings that a full table has no room for, before a Clear code has to come: some writers are late, and decoders differ later. */
const mostLate = 1023;

/**
 * LZW, TIFF 6.0 §13: codes of 9 to 12 bits, highest bit first, one bit wider one code earlier than they must be. The
 * packages that know TIFF unpack a whole block into a list of numbers, without a bound; here memory is the table.
 */
export class LzwReader implements BlockReader {
  readonly #bytes: Uint8Array;
  readonly #band = new Band();
  /** Per code: the code of all but its last byte, its last and first byte, its length. */
  readonly #prefix = new Uint16Array(tableSize);
  readonly #last = new Uint8Array(tableSize);
  readonly #first = new Uint8Array(tableSize);
  readonly #lengths = new Uint16Array(tableSize);
  #at = 0;
  #bits = 0;
  #bitCount = 0;
  #width = 9;
  #next = firstFree;
  #previous = -1;
  /** Strings that the table had no room for. */
  #late = 0;
  /** A string that exceeded the requested length, and how much of it was returned. */
  readonly #rest = new Uint8Array(tableSize);
  #restAt = 0;
  #restEnd = 0;

  constructor(bytes: Uint8Array) {
    // Before TIFF 6.0 some writers packed codes from the lowest bit on: their Clear code begins with a zero byte.
    if (bytes[0] === 0 && ((bytes[1] ?? 0) & 1) === 1)
      throw new ImagingError("damaged", "tiff", "LZW: codes in the old order");
    this.#bytes = bytes;
    for (let code = 0; code < clearCode; code++) {
      this.#last[code] = this.#first[code] = code;
      this.#lengths[code] = 1;
    }
  }

  read(length: number): Uint8Array {
    const target = this.#band.ofLength(length);
    let filled = Math.min(this.#restEnd - this.#restAt, length);
    target.set(this.#rest.subarray(this.#restAt, this.#restAt + filled));
    this.#restAt += filled;
    while (filled < length) {
      const code = this.#nextString();
      const size = this.#lengths[code] ?? 0;
      if (filled + size <= length) {
        this.#write(code, target, filled + size);
        filled += size;
      } else {
        this.#write(code, this.#rest, size);
        this.#restAt = length - filled;
        this.#restEnd = size;
        target.set(this.#rest.subarray(0, this.#restAt), filled);
        filled = length;
      }
    }
    return target;
  }

  /** The next code for bytes, after its string was entered into the table. */
  #nextString(): number {
    let code = this.#nextCode();
    while (code === clearCode) {
      this.#width = 9;
      this.#next = firstFree;
      this.#previous = -1;
      this.#late = 0;
      code = this.#nextCode();
    }
    if (code === endCode) throw new ImagingError("damaged", "tiff", "LZW: the block ends early");
    if (code > this.#next || (code >= clearCode && this.#previous < 0) || code >= tableSize)
      throw new ImagingError("damaged", "tiff", "LZW: an unknown code");
    if (this.#previous >= 0 && this.#next < tableSize) {
      this.#prefix[this.#next] = this.#previous;
      this.#first[this.#next] = this.#first[this.#previous] ?? 0;
      this.#lengths[this.#next] = (this.#lengths[this.#previous] ?? 0) + 1;
      // A code that is being defined by itself ends with its own first byte.
      this.#last[this.#next] = this.#first[code === this.#next ? this.#previous : code] ?? 0;
      this.#next++;
      if (this.#next + 1 >= 1 << this.#width && this.#width < maxWidth) this.#width++;
    } else if (this.#previous >= 0 && ++this.#late > mostLate) {
      throw new ImagingError("damaged", "tiff", "LZW: no Clear code where the table is full");
    }
    this.#previous = code;
    return code;
  }

  #nextCode(): number {
    while (this.#bitCount < this.#width) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ImagingError("damaged", "tiff", "LZW: the block ends early");
      this.#bits = ((this.#bits & 0xfff) << 8) | byte;
      this.#bitCount += 8;
    }
    this.#bitCount -= this.#width;
    return (this.#bits >> this.#bitCount) & ((1 << this.#width) - 1);
  }

  /** Writes the string of `code` so that it ends before `end`. */
  #write(code: number, target: Uint8Array, end: number): void {
    let from = code;
    for (let at = end - 1, left = this.#lengths[code] ?? 0; left > 0; left--, at--) {
      target[at] = this.#last[from] ?? 0;
      from = this.#prefix[from] ?? 0;
    }
  }
}
