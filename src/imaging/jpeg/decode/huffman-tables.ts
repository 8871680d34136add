import { buildHuffmanDecoder } from "./huffman-decoder.ts";
import type { HuffmanDecoder } from "./huffman-decoder.ts";
import { damagedJpeg } from "../error.ts";
import type { JpegFrame, JpegScan } from "../frame.ts";
import { marker } from "../marker.ts";

interface Definition {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
  decoder: HuffmanDecoder | undefined;
}

/**
 * The Huffman tables in force while the scans are read in file order (ITU T.81 §B.2.4.2). A table is built when a scan
 * first uses it: decoders forgive one that is never used.
 */
export class HuffmanTables {
  private readonly bytes: Uint8Array;
  private readonly frame: JpegFrame;
  /** By class (0 DC, 1 AC) × 4 + destination. */
  private readonly definitions: (Definition | undefined)[] = [];
  private segmentsRead = 0;

  constructor(bytes: Uint8Array, frame: JpegFrame) {
    this.bytes = bytes;
    this.frame = frame;
  }

  /** Takes over the definitions in front of a scan. */
  advanceTo(scan: JpegScan): void {
    for (; this.segmentsRead < scan.segmentCount; this.segmentsRead++) {
      const segment = this.frame.layout.segments[this.segmentsRead];
      if (segment.marker === marker.DHT) this.define(segment.start, segment.end);
    }
  }

  /** Throws an `ImagingError` for a table with symbols that are no size of a difference, as decoders do (T.81 §F.1.2.1). */
  dc(destination: number): HuffmanDecoder {
    const decoder = this.decoder(0, destination);
    if (decoder.symbols.some((size) => size > 15)) throw damagedJpeg("bad-huffman-table");
    return decoder;
  }

  ac(destination: number): HuffmanDecoder {
    return this.decoder(1, destination);
  }

  private decoder(tableClass: 0 | 1, destination: number): HuffmanDecoder {
    const definition = destination < 4 ? this.definitions[tableClass * 4 + destination] : undefined;
    if (definition === undefined) throw damagedJpeg("missing-huffman-table");
    definition.decoder ??= buildHuffmanDecoder(definition.counts, definition.symbols);
    return definition.decoder;
  }

  private define(start: number, end: number): void {
    for (let at = start; at < end;) {
      const head = this.bytes[at];
      const symbolsAt = at + 17;
      if (symbolsAt > end || (head & 0xec) !== 0) throw damagedJpeg("bad-segment");
      const counts = this.bytes.subarray(at + 1, symbolsAt);
      const symbolCount = counts.reduce((sum, count) => sum + count, 0);
      if (symbolCount > 256 || symbolsAt + symbolCount > end) throw damagedJpeg("bad-huffman-table");
      at = symbolsAt + symbolCount;
      this.definitions[(head >> 4) * 4 + (head & 3)] = {
        counts,
        symbols: this.bytes.subarray(symbolsAt, at),
        decoder: undefined,
      };
    }
  }
}
