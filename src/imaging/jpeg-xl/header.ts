import type { Orientation } from "../model/facts.ts";
import { writeU32, writeU64 } from "./bit-writer.ts";
import type { BitWriter, U32Alternative } from "./bit-writer.ts";
import { writeIccStream } from "./icc-stream.ts";
import { aspectRatios, enumAlternatives, sizeAlternatives } from "./size-header.ts";
import type { JxlLayout } from "./layout.ts";
import type { Steps } from "../steps.ts";

/** Sizes in the table of contents (ISO/IEC 18181-1 §F.3.3). */
const sectionAlternatives: readonly U32Alternative[] = [
  [10, 0],
  [14, 1024],
  [22, 17408],
  [30, 4211712],
];

/** Bits of a sample, as far as they are written here. */
export type SampleDepth = 8 | 16;

/** Colour spaces, white point, transfer function and intent by their numbers (ISO/IEC 18181-1 §E.2). */
const colourSpaceGray = 1;
const whitePointD65 = 1;
const transferSrgb = 13;
const intentRelative = 1;

/** What the header says of the samples. */
export interface ImageShape {
  readonly width: number;
  readonly height: number;
  readonly gray: boolean;
  /** Of each sample, alpha's as well; 8 unless given. */
  readonly bitDepth?: SampleDepth;
  /** Not premultiplied. */
  readonly alpha?: boolean;
}

/** Signature, size, metadata and colour of the picture: everything in front of the frame (ISO/IEC 18181-1 §D, §E). */
export function* writeImageHeader(
  writer: BitWriter,
  { width, height, gray, bitDepth = 8, alpha = false }: ImageShape,
  orientation: Orientation,
  iccProfile: Uint8Array | undefined,
): Steps<void> {
  writer.write(16, 0x0aff);
  writeSize(writer, width, height);
  // ImageMetadata: not all defaults.
  writer.write(1, 0);
  const extraFields = orientation !== 1;
  writer.write(1, extraFields ? 1 : 0);
  if (extraFields) {
    writer.write(3, orientation - 1);
    // No intrinsic size, preview, animation.
    writer.write(3, 0);
  }
  // 16-bit buffers are enough for 8 bits, whose differences have 9; no extra channel but alpha; not XYB.
  writeBitDepth(writer, bitDepth);
  writer.write(1, bitDepth === 8 ? 1 : 0);
  writer.write(2, alpha ? 1 : 0);
  if (alpha) writeAlphaChannel(writer, bitDepth);
  writer.write(1, 0);
  writeColour(writer, gray, iccProfile !== undefined);
  // Default tone mapping; no extensions; default transforms.
  if (extraFields) writer.write(1, 1);
  writer.write(2, 0);
  writer.write(1, 1);
  if (iccProfile !== undefined) yield* writeIccStream(writer, iccProfile);
  writer.align();
}

/** Integers (ISO/IEC 18181-1 §D.3.2). */
function writeBitDepth(writer: BitWriter, bitDepth: SampleDepth): void {
  writer.write(1, 0);
  if (bitDepth === 8) {
    writer.write(2, 0);
    return;
  }
  writer.write(2, 3);
  writer.write(6, bitDepth - 1);
}

/** All defaults with 8 bits (ISO/IEC 18181-1 §D.3.6). */
function writeAlphaChannel(writer: BitWriter, bitDepth: SampleDepth): void {
  writer.write(1, bitDepth === 8 ? 1 : 0);
  if (bitDepth === 8) return;
  // Alpha; its bits; not downsampled; no name; not premultiplied.
  writer.write(2, 0);
  writeBitDepth(writer, bitDepth);
  writer.write(2, 0);
  writer.write(2, 0);
  writer.write(1, 0);
}

function writeSize(writer: BitWriter, width: number, height: number): void {
  const ratio = aspectRatios.findIndex(([over, under]) => width === Math.floor((height * over) / under)) + 1;
  const small = height <= 256 && height % 8 === 0 && (ratio !== 0 || (width <= 256 && width % 8 === 0));
  const writeLength = (length: number): void => {
    if (small) writer.write(5, length / 8 - 1);
    else writeU32(writer, length, sizeAlternatives);
  };
  writer.write(1, small ? 1 : 0);
  writeLength(height);
  writer.write(3, ratio);
  if (ratio === 0) writeLength(width);
}

function writeColour(writer: BitWriter, gray: boolean, hasProfile: boolean): void {
  const defaults = !gray && !hasProfile;
  writer.write(1, defaults ? 1 : 0);
  if (defaults) return;
  writer.write(1, hasProfile ? 1 : 0);
  writeU32(writer, gray ? colourSpaceGray : 0, enumAlternatives);
  if (hasProfile) return;
  writeU32(writer, whitePointD65, enumAlternatives);
  writer.write(1, 0);
  writeU32(writer, transferSrgb, enumAlternatives);
  writeU32(writer, intentRelative, enumAlternatives);
}

/** Skips the smoothing of DC, which belongs to lossy encoding. */
const flagSkipLfSmoothing = 128;

/** A single VarDCT frame in YCbCr without filters (ISO/IEC 18181-1 §F.2). `passes`: 1, or 2 with the first shifted by 3 bits. */
export function writeFrameHeader(writer: BitWriter, { channels: [y, cb, cr] }: JxlLayout, passes: 1 | 2): void {
  // Not all defaults; regular frame; VarDCT.
  writer.write(1, 0);
  writer.write(2, 0);
  writer.write(1, 0);
  writeU64(writer, flagSkipLfSmoothing);
  writer.write(1, 1);
  for (const { samplingMode } of [cb, y, cr]) writer.write(2, samplingMode);
  // No upsampling.
  writer.write(2, 0);
  writer.write(2, passes - 1);
  if (passes === 2) {
    // No downsampled passes; the shift.
    writer.write(2, 0);
    writer.write(2, 3);
  }
  // Size of the picture; replaces what is there; last frame; no name.
  writer.write(1, 0);
  writer.write(2, 0);
  writer.write(1, 1);
  writer.write(2, 0);
  writeNoFilters(writer);
}

/** A single modular frame with the samples' own colours (ISO/IEC 18181-1 §F.2), whose groups have sides of 128 × 2^`groupSizeShift`. */
export function writeModularFrameHeader(
  writer: BitWriter,
  { alpha = false }: ImageShape,
  groupSizeShift: number,
): void {
  // Not all defaults; regular frame; modular; no flags; not YCbCr; no upsampling, of alpha neither.
  writer.write(1, 0);
  writer.write(2, 0);
  writer.write(1, 1);
  writeU64(writer, 0);
  writer.write(1, 0);
  writer.write(2, 0);
  if (alpha) writer.write(2, 0);
  writer.write(2, groupSizeShift);
  // One pass; size of the picture; replaces what is there, alpha as well; last frame; no name.
  writer.write(2, 0);
  writer.write(1, 0);
  writer.write(2, 0);
  if (alpha) writer.write(2, 0);
  writer.write(1, 1);
  writer.write(2, 0);
  writeNoFilters(writer);
}

/** Loop filter: neither Gabor-like nor edge-preserving; no extensions, here and in the frame. */
function writeNoFilters(writer: BitWriter): void {
  writer.write(1, 0);
  writer.write(1, 0);
  writer.write(2, 0);
  writer.write(2, 0);
  writer.write(2, 0);
}

/** Table of contents: bytes per section, in their natural order (ISO/IEC 18181-1 §F.3). */
export function writeSectionSizes(writer: BitWriter, sizes: readonly number[]): void {
  writer.write(1, 0);
  writer.align();
  for (const size of sizes) writeU32(writer, size, sectionAlternatives);
  writer.align();
}
