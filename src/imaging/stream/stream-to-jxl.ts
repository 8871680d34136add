import kernel from "../../../wasm/built/jxl-modular.wasm";
import { ImagingError } from "../model/error.ts";
import type { Orientation } from "../model/facts.ts";
import { readProfileHeader } from "../colour/icc-header.ts";
import { noJxlForm } from "../jpeg-xl/error.ts";
import { maxCarriedBytes } from "../jpeg-xl/icc-stream.ts";
import type { SampleDepth } from "../jpeg-xl/header.ts";
import { ModularEncoder } from "../jpeg-xl/write-modular.ts";
import { readPngChunks } from "../png/chunks.ts";
import { readPngProfile } from "../png/colour-chunks.ts";
import { searchPngDamage } from "../png/damage.ts";
import { readPngRowFormat, readPngRows } from "../png/stream-rows.ts";
import type { Steps } from "../steps.ts";

/** Colour types of PNG whose samples are their own (PNG 3rd edition, Table 8). */
const shapes: Readonly<Record<number, { readonly gray: boolean; readonly alpha: boolean }>> = {
  0: { gray: true, alpha: false },
  2: { gray: false, alpha: false },
  4: { gray: true, alpha: true },
  6: { gray: false, alpha: true },
};

/**
 * Writes a PNG of 8 or 16 bits as lossless JPEG XL and holds one band of its rows at a time. Every sample stays the same, also
 * below transparency; of the metadata only the profile and the orientation are carried.
 *
 * @throws ImagingError `damaged`; `unsupported` for PNGs with a palette or a transparent colour, of other depths, interlaced or
 * animated, and for profiles of another colour space; `limit` as soon as the result is as large as the PNG
 */
export function* streamToJxl(bytes: Uint8Array, orientation: Orientation): Steps<Uint8Array<ArrayBuffer>> {
  const damage = yield* searchPngDamage(bytes);
  if (damage !== undefined) throw new ImagingError("damaged", "png", damage);
  const { width, height, bitDepth, colourType, pixelBytes } = readPngRowFormat(bytes);
  const shape = shapes[colourType];
  if (shape === undefined || !isCodable(bitDepth) || [...readPngChunks(bytes)].some(({ type }) => type === "tRNS")) {
    throw new ImagingError("unsupported", "png", "samples of another form");
  }
  const profile = readPngProfile(bytes);
  if (profile !== undefined) checkProfile(profile, shape.gray);
  const encoder = new ModularEncoder(kernel, { width, height, bitDepth, ...shape });
  const wide = bitDepth === 16 ? new Uint16Array((width * pixelBytes) / 2) : undefined;
  const put = (row: Uint8Array): void => {
    if (wide === undefined) encoder.putRow(row, pixelBytes);
    else encoder.putRow(joinSamples(row, pixelBytes, wide), 0);
  };
  try {
    for (const work of readPngRows(bytes, put)) {
      yield work;
      yield* encoder.encodeWaiting();
      if (encoder.writtenBytes >= bytes.length) throw new ImagingError("limit", "jxl", "larger than the PNG");
    }
    yield* encoder.encodeWaiting();
    return yield* encoder.finish(orientation, profile);
  } finally {
    encoder.close();
  }
}

function isCodable(bitDepth: number): bitDepth is SampleDepth {
  return bitDepth === 8 || bitDepth === 16;
}

/** Samples of two bytes, the higher one first (PNG 3rd edition §7.1), from `start` on. */
function joinSamples(row: Uint8Array, start: number, samples: Uint16Array): Uint16Array {
  for (let at = start, to = 0; to < samples.length; at += 2, to++) samples[to] = (row[at] << 8) | row[at + 1];
  return samples;
}

/** Decoders refuse a file whose profile is of another kind than its samples. */
function checkProfile(profile: Uint8Array, gray: boolean): void {
  const space = readProfileHeader(profile)?.space;
  if (profile.length > maxCarriedBytes || space !== (gray ? "gray" : "rgb")) throw noJxlForm("icc-profile");
}
