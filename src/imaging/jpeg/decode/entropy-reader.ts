import { lookupBits } from "./huffman-decoder.ts";
import type { HuffmanDecoder } from "./huffman-decoder.ts";
import { damagedJpeg } from "../error.ts";
import type { JpegScan } from "../frame.ts";
import { marker } from "../marker.ts";

/**
 * The entropy-coded bytes of one scan as bits (ITU T.81 §B.1.1.5, §F.2.2.5). After the data of an interval the bits
 * are 0 and counted: `checkOverrun()` then knows whether any of them was used.
 *
 * The fields are open because the loops over blocks keep them in local variables.
 */
export class EntropyReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Next byte to take. */
  at: number;
  /** The lowest `count` bits are the next ones. */
  bits = 0;
  count = 0;
  /** Bits in `bits`, at its low end, that are not from the file. */
  padding = 0;
  private nextRestart = 0;

  constructor(bytes: Uint8Array, scan: Pick<JpegScan, "dataStart" | "dataEnd">) {
    this.bytes = bytes;
    this.at = scan.dataStart;
    this.end = scan.dataEnd;
  }

  /** Fills up to at least 25 bits. */
  fill(): void {
    const { bytes, end } = this;
    while (this.count <= 24) {
      let byte = 0;
      if (this.at >= end) this.padding += 8;
      else {
        byte = bytes[this.at];
        if (byte !== 0xff) this.at++;
        else {
          const after = skipStuffing(bytes, this.at, end);
          if (after > 0) this.at = after;
          else {
            byte = 0;
            this.padding += 8;
          }
        }
      }
      this.bits = (this.bits << 8) | byte;
      this.count += 8;
    }
  }

  /** 1 to 16 bits. */
  take(size: number): number {
    if (this.count < size) this.fill();
    this.count -= size;
    return (this.bits >>> this.count) & ((1 << size) - 1);
  }

  /** The next symbol (T.81 §F.2.2.3). */
  decode(table: HuffmanDecoder): number {
    if (this.count < 16) this.fill();
    const entry = table.codes[(this.bits >>> (this.count - lookupBits)) & ((1 << lookupBits) - 1)];
    if (entry !== 0) {
      this.count -= entry >> 8;
      return entry & 255;
    }
    const found = findLongCode(table, (this.bits >>> (this.count - 16)) & 0xffff);
    this.count -= found >> 8;
    return found & 255;
  }

  /** Throws when bits were used that the interval does not have. To be called often enough that work stays bounded. */
  checkOverrun(): void {
    if (this.count < this.padding) throw damagedJpeg("truncated");
  }

  /** Ends an interval: the next thing must be the restart marker that is due (T.81 §F.2.1.3.1). */
  restart(): void {
    this.finishInterval();
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && bytes[at] === 0xff) at++;
    if (at >= end || bytes[at] !== marker.RST0 + this.nextRestart) throw damagedJpeg("bad-restart-marker");
    this.nextRestart = (this.nextRestart + 1) & 7;
    this.at = at + 1;
  }

  /** Ends the scan. Some encoders write one restart marker more than there is anything to restart. */
  finish(): void {
    this.finishInterval();
    const { bytes, end } = this;
    while (this.at < end) {
      while (this.at < end && bytes[this.at] === 0xff) this.at++;
      this.at++;
      this.finishInterval();
    }
  }

  /**
   * Goes to the next marker or the end. Data that is left over means that the decoding lost its way; zeros and fill
   * bytes are padding of some encoders.
   */
  private finishInterval(): void {
    this.checkOverrun();
    /** Whole bytes that were taken in advance. */
    const unread = (this.count - this.padding) >> 3;
    for (let i = 0; i < unread; i++) {
      if (((this.bits >>> (this.padding + 8 * i)) & 255) !== 0) throw damagedJpeg("extraneous-data");
    }
    const { bytes, end } = this;
    while (this.at < end && bytes[this.at] === 0) this.at++;
    if (this.at < end && (bytes[this.at] !== 0xff || skipStuffing(bytes, this.at, end) > 0))
      throw damagedJpeg("extraneous-data");
    this.bits = 0;
    this.count = 0;
    this.padding = 0;
  }
}

/**
 * Offset after a stuffed FF 00; 0 when the FF begins a marker, or is the last byte. Fill bytes in front of a stuffed 0
 * are not allowed (T.81 §B.1.1.5, F.1.2.3) and make decoders leave remains of one attempt in the next.
 */
export function skipStuffing(bytes: Uint8Array, from: number, end: number): number {
  return from + 1 < end && bytes[from + 1] === 0 ? from + 2 : 0;
}

/** Length << 8 | symbol of the code at the start of the 16 bits, where it is too long for the look-up tables. */
export function findLongCode(table: HuffmanDecoder, bits: number): number {
  const { limits } = table;
  let length = lookupBits + 1;
  while (bits >= limits[length]) length++;
  if (length > 16) throw damagedJpeg("bad-huffman-code");
  return (length << 8) | table.symbols[table.offsets[length] + (bits >> (16 - length))];
}
