import { ImagingError } from "../model/error.ts";
import { Inflater } from "../bytes/inflate.ts";
import { InflateError } from "../bytes/inflate-error.ts";
import { Band, type BlockReader } from "./block-reader.ts";

/** Bytes read at once of what lies in a tile outside of the picture. */
const restBytes = 65_536;

/** Deflate inside zlib (RFC 1950). */
export class InflateReader implements BlockReader {
  readonly #band = new Band();
  readonly #inflater: Inflater;

  #mayFollow: number;

  /**
   * @param maxBytes of the whole block, unpacked; a stream that gives more is refused
   * @throws ImagingError when the block does not begin as zlib
   */
  constructor(compressed: Uint8Array, maxBytes: number) {
    this.#inflater = orDamage(() => new Inflater(compressed));
    this.#mayFollow = maxBytes;
  }

  read(length: number): Uint8Array {
    const target = this.#band.ofLength(length);
    if (this.#fill(target) < length) throw new ImagingError("damaged", "tiff", "Deflate: the block ends early");
    return target;
  }

  /** The checksum comes last: what was read is right only when the end is reached. */
  finish(): void {
    const rest = this.#band.ofLength(restBytes);
    while (this.#fill(rest) === restBytes);
  }

  #fill(target: Uint8Array): number {
    const count = orDamage(() => this.#inflater.read(target));
    this.#mayFollow -= count;
    if (this.#mayFollow < 0) throw new ImagingError("damaged", "tiff", "Deflate: more bytes than the block has");
    return count;
  }
}

function orDamage<Result>(inflate: () => Result): Result {
  try {
    return inflate();
  } catch (error) {
    if (error instanceof InflateError) throw new ImagingError("damaged", "tiff", `Deflate: ${error.message}`);
    throw error;
  }
}
