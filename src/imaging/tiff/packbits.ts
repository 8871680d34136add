import { ImagingError } from "../model/error.ts";
import { Band, type BlockReader } from "./block-reader.ts";

/** PackBits, TIFF 6.0 §9: a count and literal bytes, or a count and one byte that is repeated. */
export class PackBitsReader implements BlockReader {
  readonly #bytes: Uint8Array;
  readonly #band = new Band();
  #at = 0;
  /** Bytes of the current run that are still to come. */
  #left = 0;
  #repeats = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(length: number): Uint8Array {
    const target = this.#band.ofLength(length);
    for (let filled = 0; filled < length;) {
      if (this.#left === 0) this.#startRun();
      const count = Math.min(this.#left, length - filled);
      if (this.#repeats) {
        target.fill(this.#bytes[this.#at] ?? 0, filled, filled + count);
      } else {
        target.set(this.#bytes.subarray(this.#at, this.#at + count), filled);
        this.#at += count;
      }
      this.#left -= count;
      if (this.#repeats && this.#left === 0) this.#at++;
      filled += count;
    }
    return target;
  }

  #startRun(): void {
    // 128 says nothing and is skipped.
    while (this.#bytes[this.#at] === 128) this.#at++;
    const header = this.#bytes[this.#at++];
    if (header === undefined) throw new ImagingError("damaged", "tiff", "PackBits: the block ends early");
    this.#repeats = header > 128;
    this.#left = this.#repeats ? 257 - header : header + 1;
    if (this.#at + (this.#repeats ? 1 : this.#left) > this.#bytes.length)
      throw new ImagingError("damaged", "tiff", "PackBits: a run leaves the block");
  }
}
