import { ImagingError } from "../model/error.ts";
import { isMetadata, marker } from "../jpeg/marker.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { type RowConsumer, streamSamples } from "../jpeg/decode/read-samples.ts";
import { runAtOnce } from "../steps.ts";
import { convertYcbcrRow } from "../jpeg/decode/ycbcr.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import type { BlockReader } from "./block-reader.ts";

/** What the picture says about a block of JPEG, which has to say the same of itself. */
export interface JpegBlockShape {
  readonly width: number;
  readonly mostRows: number;
  /** The last strip may end with the picture. */
  readonly fewestRows: number;
  readonly components: number;
  /** The components are YCbCr; else they are the samples, whatever markers in the block say (TIFF 6.0 §22). */
  readonly isYcc: boolean;
}

/**
 * A strip or tile of JPEG (Adobe's Technical Note 2 on TIFF, which replaces TIFF 6.0 §22). It is decoded whole:
 * one byte per sample.
 */
export class JpegReader implements BlockReader {
  readonly #samples: Uint8Array;
  #at = 0;

  /** @throws ImagingError also when the block has another shape */
  constructor(block: Uint8Array, tables: Uint8Array | undefined, shape: JpegBlockShape) {
    this.#samples = decodeBlock(tables === undefined ? block : withTables(block, tables), shape);
  }

  read(length: number): Uint8Array {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#samples.length) throw new ImagingError("damaged", "tiff", "JPEG: the block ends early");
    return this.#samples.subarray(from, this.#at);
  }
}

function decodeBlock(file: Uint8Array, shape: JpegBlockShape): Uint8Array {
  const frame = readJpegFrame(file);
  const { width, height } = frame;
  const count = frame.components.length;
  if (count !== shape.components || width !== shape.width || height > shape.mostRows || height < shape.fewestRows)
    throw new ImagingError("damaged", "tiff", "JPEG: a block of another shape");
  const samples = new Uint8Array(width * height * count);
  const colours = new Uint8ClampedArray(shape.isYcc ? width * 4 : 0);
  const consume: RowConsumer = (row, channels) => {
    const start = row * width * count;
    if (shape.isYcc) {
      convertYcbcrRow(channels, width, colours, 0);
      for (let x = 0, to = start; x < width; x++, to += 3) {
        samples[to] = colours[x * 4] ?? 0;
        samples[to + 1] = colours[x * 4 + 1] ?? 0;
        samples[to + 2] = colours[x * 4 + 2] ?? 0;
      }
      return;
    }
    for (const [index, channel] of channels.entries()) {
      for (let x = 0, to = start + index; x < width; x++, to += count) samples[to] = channel[x] ?? 0;
    }
  };
  runAtOnce(streamSamples(file, frame, consume));
  return samples;
}

/** The block with the tables that all blocks share put before its own: both are streams from SOI to EOI. */
function withTables(block: Uint8Array, tables: Uint8Array): Uint8Array {
  for (const stream of [tables, block]) {
    if (new ByteReader(stream).u16(0) !== 0xff00 + marker.SOI)
      throw new ImagingError("damaged", "tiff", "JPEG: a stream without its beginning");
  }
  const end = endOfTables(new ByteReader(tables));
  const joined = new Uint8Array(end + block.length - 2);
  joined.set(tables.subarray(0, end));
  joined.set(block.subarray(2), end);
  return joined;
}

function endOfTables(reader: ByteReader): number {
  for (let at = 2; ;) {
    const code = reader.u16(at) - 0xff00;
    if (code === marker.EOI) return at;
    if (code !== marker.DQT && code !== marker.DHT && code !== marker.DRI && !isMetadata(code))
      throw new ImagingError("damaged", "tiff", "JPEG: tables with something else in them");
    at += 2 + reader.u16(at + 2);
  }
}
