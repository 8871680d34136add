/** Takes room in the isolate's memory; the result gives it back. Undefined when there is none. */
export type TakeRoom = (bytes: number) => (() => void) | undefined;

/**
 * Room that a body without a stated length begins with, in bytes; it doubles whenever it is full. Nearly every picture
 * fits. Less would let many in at once, of which none could be held to its end.
 */
const firstRoomBytes = 4 * 1024 * 1024;

/**
 * A body as it arrives: one buffer, whose whole size is counted before it is there. Chunks that are kept until the end
 * and joined then would take twice the body, and none of it would be counted when nobody states a length.
 */
export class ArrivingBytes {
  readonly #takeRoom: TakeRoom;
  #bytes = new Uint8Array(0);
  #length = 0;
  readonly #giveBacks: (() => void)[] = [];

  constructor(takeRoom: TakeRoom) {
    this.#takeRoom = takeRoom;
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room for so many bytes in all; false when there is none. */
  reserve(capacity: number): boolean {
    if (capacity <= this.#bytes.length) return true;
    const giveBack = this.#takeRoom(capacity - this.#bytes.length);
    if (giveBack === undefined) return false;
    this.#giveBacks.push(giveBack);
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(capacity));
    return true;
  }

  /** Takes a chunk in; false, and unchanged, when there is no room for it. */
  append(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    const grown = Math.max(length, 2 * this.#bytes.length, firstRoomBytes);
    if (length > this.#bytes.length && !this.reserve(grown) && !this.reserve(length)) return false;
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  /** What has arrived, in a buffer of its own size. Nothing more can be taken in. */
  take(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#bytes;
    return new Uint8Array(buffer.byteLength === this.#length ? buffer : buffer.transfer(this.#length));
  }

  /** Gives the room back; the bytes are others' to count from now on. */
  release(): void {
    for (const giveBack of this.#giveBacks.splice(0)) giveBack();
  }
}
