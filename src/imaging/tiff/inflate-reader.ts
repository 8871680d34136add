import type { BlockReader } from "./block-reader.ts";
import { Band } from "./block-reader.ts";
import { TiffError } from "./refusal.ts";

/**
 * Compressed bytes handed over at once. Deflate expands at most 1032 times, and a runtime may inflate a whole write
 * before anybody reads: 4 MiB at worst.
 */
const feedBytes = 4096;

/** Deflate inside zlib (RFC 1950), with the runtime's own decoder, which verifies the checksum. */
export class InflateReader implements BlockReader {
  readonly #band = new Band();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #mayFollow: number;

  /** @param maxBytes of the whole block, unpacked; a stream that gives more is refused */
  constructor(compressed: Uint8Array, maxBytes: number) {
    const stream = new DecompressionStream("deflate");
    this.#reader = stream.readable.getReader();
    this.#mayFollow = maxBytes;
    // The reading side reports every failure; this side would only report it again.
    feed(stream.writable.getWriter(), compressed).catch(() => undefined);
  }

  async read(length: number): Promise<Uint8Array> {
    const target = this.#band.ofLength(length);
    for (let filled = 0; filled < length;) {
      if (this.#at === this.#chunk.length && !(await this.#pull()))
        throw new TiffError("Deflate: the block ends early");
      const count = Math.min(this.#chunk.length - this.#at, length - filled);
      target.set(this.#chunk.subarray(this.#at, this.#at + count), filled);
      this.#at += count;
      filled += count;
    }
    return target;
  }

  /** The checksum comes last: what was read is right only when the end is reached. */
  async finish(): Promise<void> {
    while (await this.#pull());
  }

  /** What is not read would be kept for ever by the stream's writing side. */
  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  /** False at the end of the stream. */
  async #pull(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    this.#chunk = value;
    this.#at = 0;
    this.#mayFollow -= value.length;
    if (this.#mayFollow < 0) throw new TiffError("Deflate: more bytes than the block has");
    return true;
  }
}

async function feed(writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += feedBytes) await writer.write(bytes.slice(at, at + feedBytes));
  await writer.close();
}
