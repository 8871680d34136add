import type { Room } from "../backend/memory-ledger.ts";
import { maxSourceBytes } from "../limits.ts";

const MiB = 1024 * 1024;

/**
 * Rooms of a body without a stated length, one after the other. Nearly every picture fits into the second. A body that
 * takes it leaves enough for one to grow: of many large bodies that come at once, the first gets to its end, and not none.
 */
const rooms = [
  { bytes: 0.5 * MiB, spareBytes: 0 },
  { bytes: 4 * MiB, spareBytes: 8 * MiB },
  { bytes: 12 * MiB, spareBytes: 0 },
  { bytes: maxSourceBytes, spareBytes: 0 },
] as const;

/**
 * A body as it arrives: one buffer, whose whole size is counted before it is there. Chunks that are kept until the end
 * and joined then would take twice the body, and none of it would be counted when nobody states a length.
 */
export class ArrivingBytes {
  readonly #room: Pick<Room, "take">;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(room: Pick<Room, "take">) {
    this.#room = room;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Makes room for so many bytes in all; false when there is none.
   * @param spareBytes for which there has to be room as well
   */
  reserve(capacity: number, spareBytes = 0): boolean {
    const more = capacity - this.#bytes.length;
    if (more <= 0) return true;
    if (!this.#room.take(more, spareBytes)) return false;
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(capacity));
    return true;
  }

  /** Takes a chunk in; false, and unchanged, when there is no room for it. */
  append(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length && !this.#grow(length)) return false;
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  #grow(length: number): boolean {
    const room = rooms.find(({ bytes }) => length <= bytes) ?? { bytes: length, spareBytes: 0 };
    return this.reserve(room.bytes, room.spareBytes);
  }

  /** What has arrived, in a buffer of its own size. Nothing more can be taken in. */
  take(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#bytes;
    return new Uint8Array(buffer.byteLength === this.#length ? buffer : buffer.transfer(this.#length));
  }
}
