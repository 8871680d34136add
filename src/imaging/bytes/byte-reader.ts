/** The bytes end, or contradict themselves, before the header does. Never leaves `probeImage()`. */
export class HeaderError extends Error {
  override readonly name = "HeaderError";
}

/**
 * Reads numbers at absolute offsets. Every read outside the bytes throws a `RangeError` (ECMA-262 DataView), so a lying
 * offset or length ends the probe instead of turning into a wrong number.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, littleEndian = false) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    return this.view.getUint8(at);
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.littleEndian);
  }

  u24(at: number): number {
    return this.littleEndian ? this.u16(at) | (this.u8(at + 2) << 16) : (this.u16(at) << 8) | this.u8(at + 2);
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.littleEndian);
  }

  i32(at: number): number {
    return this.view.getInt32(at, this.littleEndian);
  }

  /** As a double: above 2^53 it is not exact, but then it is also far outside any file. */
  u64(at: number): number {
    return Number(this.view.getBigUint64(at, this.littleEndian));
  }

  /** One character per byte (Latin-1), for signatures and short names. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.range(at, at + length));
  }

  /** Bytes from `start` to before `end`, without a copy. */
  range(start: number, end: number): Uint8Array {
    if (start < 0 || end < start || end > this.bytes.length)
      throw new HeaderError(`bytes ${start} to ${end} of ${this.bytes.length}`);
    return this.bytes.subarray(start, end);
  }

  /** A reader that cannot leave `start`../..`end`. */
  slice(start: number, end: number): ByteReader {
    return new ByteReader(this.range(start, end), this.littleEndian);
  }
}

/** True when the bytes from `at` on are these; false beyond the end. */
export function startsWith(bytes: Uint8Array, signature: readonly number[] | string, at = 0): boolean {
  for (let i = 0; i < signature.length; i++) {
    const wanted = typeof signature === "string" ? signature.charCodeAt(i) : signature[i];
    if (bytes[at + i] !== wanted) return false;
  }
  return true;
}
