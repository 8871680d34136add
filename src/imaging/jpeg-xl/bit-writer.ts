import { releaseBuffers } from "../bytes/release.ts";

/**
 * Writes bit fields in JPEG XL's order: the first bit is bit 0 of byte 0, numbers lowest bit first (ISO/IEC 18181-1
 * §B.2.1).
 */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** Bits written so far. */
  get bitLength(): number {
    return this.#length * 8 + this.#pendingBits;
  }

  /** Whole bytes written so far. */
  get byteLength(): number {
    return this.#length;
  }

  /** Appends `count` (0–32) bits; `value` has no bits above them. */
  write(count: number, value: number): void {
    if (count > 16) {
      this.#append(16, value & 0xffff);
      this.#append(count - 16, value >>> 16);
    } else {
      this.#append(count, value);
    }
  }

  #append(count: number, value: number): void {
    // At most 15 + 16 bits wait here.
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += count;
    if (this.#pendingBits < 16) return;
    if (this.#length + 2 > this.#bytes.length) this.#reserve(this.#bytes.length * 2 + 2);
    this.#bytes[this.#length++] = this.#pending & 0xff;
    this.#bytes[this.#length++] = (this.#pending >>> 8) & 0xff;
    this.#pending >>>= 16;
    this.#pendingBits -= 16;
  }

  /** Fills up the last byte with zeros. */
  align(): void {
    if (this.#length + 2 > this.#bytes.length) this.#reserve(this.#length + 2);
    for (; this.#pendingBits > 0; this.#pendingBits -= 8) {
      this.#bytes[this.#length++] = this.#pending & 0xff;
      this.#pending >>>= 8;
    }
    this.#pendingBits = 0;
  }

  /** Appends whole bytes, on a byte boundary only. */
  writeBytes(bytes: Uint8Array): void {
    this.align();
    this.#reserve(this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends everything that `other` holds, which need not end on a byte boundary. */
  writeBits(other: BitWriter): void {
    for (let i = 0; i < other.#length; i++) this.write(8, other.#bytes[i]);
    this.write(other.#pendingBits, other.#pending);
  }

  /** The aligned bytes: a view, valid until the next write. */
  bytes(): Uint8Array {
    this.align();
    return this.#bytes.subarray(0, this.#length);
  }

  /** Gives the memory back; `bytes()` are gone. */
  release(): void {
    releaseBuffers([this.#bytes]);
  }

  #reserve(capacity: number): void {
    if (capacity <= this.#bytes.length) return;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    releaseBuffers([this.#bytes]);
    this.#bytes = grown;
  }
}

/** One alternative of a U32 field: a fixed value (`bits` 0) or `bits` bits plus `offset`. */
export type U32Alternative = readonly [bits: number, offset: number];

/** Writes a U32 field with the first of its four alternatives that can hold the value (ISO/IEC 18181-1 §B.2.2). */
export function writeU32(writer: BitWriter, value: number, alternatives: readonly U32Alternative[]): void {
  const selector = alternatives.findIndex(([bits, offset]) => value >= offset && value - offset < 2 ** bits);
  if (selector < 0) throw new RangeError(`no alternative holds ${value}`);
  const [bits, offset] = alternatives[selector];
  writer.write(2, selector);
  writer.write(bits, value - offset);
}

/** Writes a U64 field, up to 2³² − 1 (ISO/IEC 18181-1 §B.2.3). */
export function writeU64(writer: BitWriter, value: number): void {
  if (value === 0) {
    writer.write(2, 0);
  } else if (value <= 16) {
    writer.write(2, 1);
    writer.write(4, value - 1);
  } else if (value <= 272) {
    writer.write(2, 2);
    writer.write(8, value - 17);
  } else {
    writer.write(2, 3);
    writer.write(12, value & 0xfff);
    for (let rest = Math.floor(value / 4096); rest > 0; rest = Math.floor(rest / 256)) {
      writer.write(1, 1);
      writer.write(8, rest & 0xff);
    }
    writer.write(1, 0);
  }
}

/** 0, −1, 1, −2, … → 0, 1, 2, 3, … */
export function packSigned(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}

/** Number of bits in which values below `count` fit. */
export function ceilLog2(count: number): number {
  return 32 - Math.clz32(count - 1);
}
