import { InflateError } from "./inflate-error.ts";
import { lookUp, maxCodeBits, type PrefixCode } from "./prefix-code.ts";

/** Of an input in several parts, read at once. */
const inputBytes = 65_536;
/** Bytes that were read too early and may be given back: as many as `bits` holds. */
const mostGivenBack = 4;
/** These, and what is left where four bytes are wanted. */
const mostKept = 8;

/** A compressed stream, in one or more parts, as bits (RFC 1951 §3.1.1) and as whole bytes. */
export class InflateInput {
  /** The input, or what was read of its parts last. */
  bytes: Uint8Array;
  at = 0;
  /** Bits that were read from the bytes and are not used yet, the next one lowest. */
  bits = 0;
  bitCount = 0;
  readonly #parts: readonly Uint8Array[];
  #part = 1;
  /** Bytes of that part which are in `bytes` already. */
  #partAt = 0;
  /** Where the bytes lie as soon as they are more than the first part. */
  #joined: Uint8Array | undefined;

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
    this.bytes = parts[0] ?? new Uint8Array(0);
  }

  /** Bytes that are left; those that bits were read from too early are no part of it. */
  get restBytes(): number {
    const parts = this.#parts.slice(this.#part).reduce((sum, { length }) => sum + length, 0);
    return this.bytes.length - this.at + parts - this.#partAt;
  }

  /** @throws InflateError where the stream has none */
  readSymbol(code: PrefixCode): number {
    // After the last byte come zeros; a symbol that needs them ends early.
    while (this.bitCount < maxCodeBits) {
      if (this.at === this.bytes.length) this.#readOn();
      this.bits |= (this.bytes[this.at++] ?? 0) << this.bitCount;
      this.bitCount += 8;
    }
    const entry = lookUp(code, this.bits);
    const length = entry & 15;
    this.bits >>>= length;
    this.bitCount -= length;
    if (length === 0) throw new InflateError("code");
    if (this.at - (this.bitCount >> 3) > this.bytes.length) throw new InflateError("ends early");
    return entry >> 4;
  }

  /**
   * At most 13 bits, the first one lowest.
   * @throws InflateError where the stream has fewer
   */
  readBits(count: number): number {
    while (this.bitCount < count) {
      if (!this.#have(1)) throw new InflateError("ends early");
      this.bits |= this.bytes[this.at++] << this.bitCount;
      this.bitCount += 8;
    }
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.bitCount -= count;
    return value;
  }

  /**
   * Whole bytes, from the next one on that no bit was used of: a view that is good until the next call.
   * @param least throws an InflateError where there are fewer, eight at most
   */
  readBytes(least: number, most: number): Uint8Array {
    this.at -= this.bitCount >> 3;
    this.bits = 0;
    this.bitCount = 0;
    if (!this.#have(least)) throw new InflateError("ends early");
    const bytes = this.bytes.subarray(this.at, this.at + most);
    this.at += bytes.length;
    return bytes;
  }

  /** Whether so many bytes come next: they are in `bytes` then. */
  #have(count: number): boolean {
    if (this.bytes.length - this.at < count) this.#readOn();
    return this.bytes.length - this.at >= count;
  }

  /** Puts more of the parts after the last bytes. */
  #readOn(): void {
    if (this.#part >= this.#parts.length) return;
    const kept = this.bytes.subarray(Math.max(0, this.at - mostGivenBack));
    const input = (this.#joined ??= new Uint8Array(mostKept + inputBytes));
    input.set(kept);
    let filled = kept.length;
    while (filled < input.length && this.#part < this.#parts.length) {
      const rest = this.#parts[this.#part].subarray(this.#partAt);
      const taken = rest.subarray(0, input.length - filled);
      input.set(taken, filled);
      filled += taken.length;
      this.#partAt += taken.length;
      if (taken.length < rest.length) break;
      this.#part++;
      this.#partAt = 0;
    }
    this.at -= this.bytes.length - kept.length;
    this.bytes = input.subarray(0, filled);
  }
}
