import { describeThrown, ImagingError } from "../model/error.ts";
import type { Orientation, TiffRefusal } from "../model/facts.ts";
import { type BlockReader, RawReader, reverseBits } from "./block-reader.ts";
import { tag } from "./directory.ts";
import { Group4Reader } from "./fax.ts";
import { InflateReader } from "./inflate-reader.ts";
import { JpegReader } from "./jpeg-reader.ts";
import { blockRange, type TiffLayout } from "./layout.ts";
import { LzwReader } from "./lzw.ts";
import { PackBitsReader } from "./packbits.ts";
import { paintBlocks } from "./paint-blocks.ts";
import { planTiff } from "./plan.ts";
import { tiffRefusals } from "./refusal.ts";
import { rowBytes } from "./samples.ts";

export interface DecodedTiff {
  /** As stored, before orientation. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  readonly kind: "gray" | "graya" | "rgb" | "rgba" | "cmyk";
  /**
   * Four bytes per pixel: RGBA, alpha not premultiplied and 255 without an alpha channel; for `cmyk` C, M, Y, K, 0 for
   * no ink.
   */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** The embedded ICC profile, not applied; a view into the file. */
  readonly profile: Uint8Array | undefined;
}

/**
 * Decodes the page of a TIFF. The packages that decode TIFF hold several copies of a block as lists of numbers, without
 * a bound (a 4-megapixel strip took 300 MB), and are silently wrong for some layouts; here each block is unpacked a
 * few rows at a time straight into the result.
 *
 * @param pause awaited now and then, so that other work is not held up
 * @throws ImagingError for whatever `planTiff()` refuses, and when the data is damaged
 */
export async function decodeTiff(
  bytes: Uint8Array,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<DecodedTiff> {
  const plan = planTiff(bytes);
  if (plan.kind === "refuse") throw refuse(plan.refusal);
  const { layout } = plan;
  try {
    const data = await paintBlocks(layout, (index) => openBlock(bytes, layout, index), pause);
    return {
      width: layout.width,
      height: layout.height,
      orientation: layout.orientation,
      kind: kindOf(layout),
      data,
      profile: layout.directory.bytes(tag.icc),
    };
  } catch (error) {
    if (error instanceof ImagingError && error.format === "tiff") throw error;
    throw new ImagingError("damaged", "tiff", describeThrown(error), error);
  }
}

function refuse(refusal: TiffRefusal): ImagingError {
  const kind = refusal === "damaged" ? "damaged" : refusal === "too-large" ? "limit" : "unsupported";
  return new ImagingError(kind, "tiff", tiffRefusals[refusal]);
}

function kindOf({ kind, alpha }: TiffLayout): DecodedTiff["kind"] {
  if (kind === "cmyk") return "cmyk";
  if (kind === "gray") return alpha === "none" ? "gray" : "graya";
  return alpha === "none" ? "rgb" : "rgba";
}

function openBlock(file: Uint8Array, layout: TiffLayout, index: number): BlockReader {
  const { start, length } = blockRange(layout, index);
  const stored = file.subarray(start, start + length);
  const { compression, blocks, channels, planar, bits, height, jpegTables, isYcc } = layout;
  // A JPEG says itself in which order its bits are.
  const bytes = layout.reversedBits && compression !== "jpeg" ? reverseBits(stored) : stored;
  switch (compression) {
    case "none":
      return new RawReader(bytes);
    case "packbits":
      return new PackBitsReader(bytes);
    case "lzw":
      return new LzwReader(bytes);
    case "deflate":
      return new InflateReader(bytes, rowBytes(blocks.width * (planar ? 1 : channels), bits) * blocks.height);
    case "g4":
      return new Group4Reader(bytes, blocks.width);
    case "jpeg":
      return new JpegReader(bytes, jpegTables, {
        width: blocks.width,
        mostRows: blocks.height,
        fewestRows: blocks.tiled ? blocks.height : height % blocks.height || blocks.height,
        components: planar ? 1 : channels,
        isYcc,
      });
    default:
      return compression satisfies never;
  }
}
