import { ImagingError } from "../model/error.ts";

/**
 * The samples of one strip or tile, unpacked as they are requested: a strip may be the whole picture, and its bytes
 * beside the picture itself would be more than an isolate holds.
 */
export interface BlockReader {
  /**
   * The next `length` bytes, valid until the next call.
   * @throws ImagingError when the block ends before, or is damaged.
   */
  read(length: number): Uint8Array;
  /** Checks what is known only at the end of the block. */
  finish?(): void;
}

/** Compression 1: the bytes themselves, without a copy. */
export class RawReader implements BlockReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(length: number): Uint8Array {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new ImagingError("damaged", "tiff", "a block ends early");
    return this.#bytes.subarray(from, this.#at);
  }
}

/** A buffer for the bytes that a reader gives out, kept between calls of the same length. */
export class Band {
  #bytes = new Uint8Array(0);

  ofLength(length: number): Uint8Array {
    if (this.#bytes.length !== length) this.#bytes = new Uint8Array(length);
    return this.#bytes;
  }
}

const reversed = Uint8Array.from({ length: 256 }, (_, byte) => {
  let mirrored = 0;
  for (let bit = 0; bit < 8; bit++) mirrored |= ((byte >> bit) & 1) << (7 - bit);
  return mirrored;
});

/** FillOrder 2 (TIFF 6.0 §8): the compressed bytes with their bits the other way round. */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => reversed[byte] ?? 0);
}
