import { PagedBytes } from "./paged-bytes.ts";

/** The boolean entropy encoder (RFC 6386 §7). */
export class BooleanEncoder {
  readonly bytes = new PagedBytes();
  #low = 0;
  /** The range less one. */
  #range = 254;
  /** Bits of `#low` that are ready, less eight. */
  #count = -8;
  /** The last byte but for those of `#pending`, which a carry may still change; -1 before the first. */
  #last = -1;
  /** Bytes of 255 after `#last`, through which a carry would go. */
  #pending = 0;

  /** Writes a bit whose probability of being 0 is `probability`/256. */
  writeBit(bit: boolean, probability: number): void {
    const split = (this.#range * probability) >> 8;
    let range = split;
    if (bit) {
      this.#low += split + 1;
      range = this.#range - split - 1;
    }
    if (range < 127) {
      const shift = Math.clz32(range + 1) - 24;
      range = ((range + 1) << shift) - 1;
      this.#low <<= shift;
      this.#count += shift;
      if (this.#count > 0) this.#flush();
    }
    this.#range = range;
  }

  /** The lowest `count` bits of a number, most significant first, each as likely 0 as 1. */
  writeNumber(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) this.writeBit(((value >> bit) & 1) === 1, 128);
  }

  /** Whether a number is not 0, and then its `count` bits and its sign. */
  writeOptionalSigned(value: number, count: number): void {
    this.writeBit(value !== 0, 128);
    if (value === 0) return;
    this.writeNumber(Math.abs(value), count);
    this.writeBit(value < 0, 128);
  }

  /** Ends the stream; returns its bytes. */
  finish(): PagedBytes {
    this.writeNumber(0, 9 - this.#count);
    this.#count = 0;
    this.#flush();
    this.#writeSettled(0);
    return this.bytes;
  }

  #flush(): void {
    const shift = 8 + this.#count;
    const value = this.#low >> shift;
    this.#low -= value << shift;
    this.#count -= 8;
    if ((value & 255) === 255) {
      this.#pending++;
      return;
    }
    this.#writeSettled(value >> 8);
    this.#last = value & 255;
  }

  /** Writes the bytes that nothing will change any more, after adding a carry to them. */
  #writeSettled(carry: number): void {
    if (this.#last >= 0) this.bytes.push(this.#last + carry);
    for (; this.#pending > 0; this.#pending--) this.bytes.push(carry === 0 ? 255 : 0);
  }
}
