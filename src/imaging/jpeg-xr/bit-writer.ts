/** Below this share of the work, what is written says little about what is still to come. */
const firstForecast = 1 / 16;

/** Room beyond the forecast, so that a picture whose lower part is a little busier needs no second move. */
const forecastMargin = 1.06;

/** Unused room that is worth a copy at the end, as a share of the buffer. */
const toleratedWaste = 1 / 8;

/**
 * Writes bit fields highest bit first (ITU-T T.832). `put()` does not check for room: callers
 * `reserve()` what the next macroblock can take at most. The buffer grows to the size forecast from the share of the
 * work done, since doubling would hold up to three times the result in memory.
 */
export class BitWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** Whole bytes written so far. */
  get byteLength(): number {
    return this.#length;
  }

  /** Makes room for `count` bytes; `progress` (0–1) is the share of the whole file's work that is done. */
  reserve(count: number, progress: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const forecast = progress >= firstForecast ? (this.#length / progress) * forecastMargin : this.#bytes.length * 2;
    const grown = new Uint8Array(Math.ceil(Math.max(needed * forecastMargin, forecast + count)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** Appends the `count` (0–24) bits of `value`, which has no bits above them. Needs reserved room. */
  put(value: number, count: number): void {
    this.#pending = (this.#pending << count) | value;
    let bits = this.#pendingBits + count;
    while (bits >= 8) {
      bits -= 8;
      this.#bytes[this.#length++] = this.#pending >>> bits;
    }
    this.#pendingBits = bits;
  }

  /** Appends a 32-bit number. Needs reserved room. */
  putU32(value: number): void {
    this.put(value >>> 16, 16);
    this.put(value & 0xffff, 16);
  }

  /** Fills up the last byte with zeros. */
  align(): void {
    if (this.#pendingBits > 0) this.put(0, 8 - this.#pendingBits);
  }

  /** Appends whole bytes on a byte boundary. Needs reserved room. */
  putBytes(bytes: ArrayLike<number>): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Overwrites a little-endian 32-bit number that was written earlier. */
  patchU32(at: number, value: number): void {
    new DataView(this.#bytes.buffer).setUint32(at, value, true);
  }

  /** What was written. The writer is not used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    const waste = this.#bytes.length - this.#length;
    return waste > this.#bytes.length * toleratedWaste
      ? this.#bytes.slice(0, this.#length)
      : this.#bytes.subarray(0, this.#length);
  }
}
