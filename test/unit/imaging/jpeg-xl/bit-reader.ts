/** Reads bit fields of a JPEG XL codestream (ISO/IEC 18181-1 §B.2). Reading past the end gives an error. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get bitPosition(): number {
    return this.#position;
  }

  u(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#position++) {
      const byte = this.#position >> 3;
      if (byte >= this.#bytes.length) throw new RangeError("read past the end");
      value += ((this.#bytes[byte] >> (this.#position & 7)) & 1) * 2 ** i;
    }
    return value;
  }

  bool(): boolean {
    return this.u(1) === 1;
  }

  /** Four alternatives as [bits, offset]. */
  u32(...alternatives: readonly (readonly [number, number])[]): number {
    const [bits, offset] = alternatives[this.u(2)];
    return this.u(bits) + offset;
  }

  u64(): number {
    const selector = this.u(2);
    if (selector === 0) return 0;
    if (selector === 1) return this.u(4) + 1;
    if (selector === 2) return this.u(8) + 17;
    let value = this.u(12);
    for (let shift = 12; this.bool(); shift += 8) value += this.u(8) * 2 ** shift;
    return value;
  }

  f16(): number {
    const bits = this.u(16);
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 1023;
    const sign = bits >> 15 === 0 ? 1 : -1;
    return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
  }

  enumeration(): number {
    return this.u32([0, 0], [0, 1], [4, 2], [6, 18]);
  }

  /** Skips to a byte boundary; what is skipped must be 0. */
  align(): void {
    while (this.#position % 8 !== 0) if (this.bool()) throw new RangeError("padding is not 0");
  }
}

export function unpackSigned(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

export function bitsFor(count: number): number {
  return Math.ceil(Math.log2(count));
}
