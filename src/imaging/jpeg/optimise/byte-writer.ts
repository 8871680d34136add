import { releaseBuffers } from "../../bytes/release.ts";
import type { CodedScan } from "./scan-plan.ts";
import { symbolIndices } from "./scan-tokens.ts";
import type { TokenConsumer } from "./scan-tokens.ts";

/** Grows by doubling from a good guess; the bytes of a JPEG from its start. */
export class JpegByteWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private length = 0;

  constructor(expectedBytes: number) {
    this.buffer = new Uint8Array(expectedBytes);
  }

  marker(code: number): void {
    this.bytes([0xff, code]);
  }

  /** A marker with its length field and payload (ITU T.81 §B.1.1.4). */
  segment(code: number, payload: ArrayLike<number>): void {
    const length = payload.length + 2;
    this.bytes([0xff, code, length >> 8, length & 255]);
    this.bytes(payload);
  }

  bytes(bytes: ArrayLike<number>): void {
    this.makeRoom(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * Returns what takes the tokens of a scan and writes them as entropy-coded bytes, and what ends them: 1 bits up to a
   * whole byte (§F.1.2.3), and a 0 byte after every FF (§B.1.1.5).
   */
  entropyCoded({ tables }: CodedScan): { readonly write: TokenConsumer; readonly end: () => void } {
    /** By symbol index: length << 16 | code. */
    const words = new Uint32Array(symbolIndices);
    for (const { table, encoder } of tables) {
      for (const symbol of encoder.symbols)
        words[256 * (1 + table) + symbol] = (encoder.lengths[symbol] << 16) | encoder.codes[symbol];
    }
    let bits = 0;
    let bitCount = 0;
    return {
      write: (tokens, count) => {
        // A token has at most 32 bits, and every byte may be an FF.
        this.makeRoom(8 * count + 16);
        const { buffer } = this;
        let at = this.length;
        for (let i = 0; i < count; i++) {
          const token = tokens[i];
          const word = words[token >>> 21];
          bits = (bits << (word >>> 16)) | (word & 0xffff);
          bitCount += word >>> 16;
          while (bitCount >= 8) {
            bitCount -= 8;
            const byte = (bits >>> bitCount) & 255;
            buffer[at++] = byte;
            if (byte === 255) buffer[at++] = 0;
          }
          const size = (token >>> 16) & 31;
          bits = (bits << size) | (token & 0xffff);
          bitCount += size;
          while (bitCount >= 8) {
            bitCount -= 8;
            const byte = (bits >>> bitCount) & 255;
            buffer[at++] = byte;
            if (byte === 255) buffer[at++] = 0;
          }
        }
        this.length = at;
      },
      end: () => {
        if (bitCount === 0) return;
        const byte = ((bits << (8 - bitCount)) | ((1 << (8 - bitCount)) - 1)) & 255;
        this.bytes(byte === 255 ? [255, 0] : [byte]);
      },
    };
  }

  /** The bytes written, in a buffer of their own size. The writer is empty then. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer.buffer.transfer(this.length));
  }

  private makeRoom(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.buffer.length, this.length + bytes));
    grown.set(this.buffer.subarray(0, this.length));
    releaseBuffers([this.buffer]);
    this.buffer = grown;
  }
}
