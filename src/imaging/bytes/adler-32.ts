/** The checksum at the end of a zlib stream (RFC 1950 §8.2). */
export class Adler32 {
  #low = 1;
  #high = 0;

  add(bytes: Uint8Array, from: number, to: number): void {
    let [low, high] = [this.#low, this.#high];
    for (let at = from; at < to;) {
      // So many additions stay within 32 bits, as zlib's own implementation has it (NMAX).
      const end = Math.min(at + 5552, to);
      for (; at < end; at++) {
        low += bytes[at];
        high += low;
      }
      low %= 65_521;
      high %= 65_521;
    }
    [this.#low, this.#high] = [low, high];
  }

  get value(): number {
    return this.#high * 65_536 + this.#low;
  }
}
