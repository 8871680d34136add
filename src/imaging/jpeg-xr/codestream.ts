import type { Steps } from "../steps.ts";
import type { Pixels } from "../model/picture.ts";
import type { BitWriter } from "./bit-writer.ts";
import { MacroblockCode } from "./macroblock-code.ts";
import { type Overlap, PlaneRows } from "./plane-rows.ts";
import { channelQuantisers, type QuantiserIndices, scaledBits } from "./quantiser.ts";
import type { PlaneContent } from "./sample-rows.ts";

/** Generation of decoders: HD Photo's smooth block edges differently, so its streams have no overlap. */
export type Container = "hd-photo" | "jpeg-xr";

export interface CodestreamOptions {
  readonly content: PlaneContent;
  readonly container: Container;
  readonly overlap: Overlap;
  /** undefined = lossless. */
  readonly indices: QuantiserIndices | undefined;
}

/** Share of the whole file's work (0–1): where this codestream begins, and how much it is. */
export interface Progress {
  readonly start: number;
  readonly share: number;
}

/** "WMPHOTO", and a zero byte. */
const signature = [0x57, 0x4d, 0x50, 0x48, 0x4f, 0x54, 0x4f, 0x00] as const;

/** Sub-version in the low bits beside version 1. */
const versions = { "hd-photo": 0x10, "jpeg-xr": 0x11 } as const satisfies Record<Container, number>;

/** Above so many macroblocks a side the header has 32-bit sizes, as the reference encoder chooses. */
const maxShortColumns = 255;

/** Profile 111, level 255, and where the first tile begins. */
const afterPlaneHeader = [0x00, 0x04, 0x6f, 0xff, 0x00, 0x01] as const;

/** The only tile's packet: start code, spatial order. */
const tileHeader = [0x00, 0x00, 0x01, 0x00] as const;

const maxHeaderBytes = 64;

/** Macroblocks that are coded in one piece, and the time for one of them, of one channel. */
const macroblocksPerPiece = 64;
const nanosecondsPerMacroblock = 9000;

/** More than three channels of 16 × 16 coefficients can take: level, raw bits and sign of each, and patterns. */
const maxMacroblockBytes = 3 * 256 * 8 + 256;

/**
 * Appends one codestream (ITU-T T.832): spatial order, one tile, 4:4:4 or luma alone, one quantiser per kind of channel.
 * `pixels` has at least one pixel.
 */
export function* writeCodestream(
  writer: BitWriter,
  pixels: Pixels,
  options: CodestreamOptions,
  progress: Progress,
): Steps<void> {
  const channels = options.content === "rgb" ? 3 : 1;
  const columns = Math.ceil(pixels.width / 16);
  const rows = Math.ceil(pixels.height / 16);
  const { indices } = options;
  writer.reserve(maxHeaderBytes, progress.start);
  writeImageHeader(writer, pixels, options);
  writePlaneHeader(writer, channels, indices);
  writer.putBytes(afterPlaneHeader);
  writer.putBytes(tileHeader);

  const plane = new PlaneRows(pixels, {
    content: options.content,
    overlap: options.overlap,
    shift: indices ? scaledBits : 0,
    quantisers:
      indices &&
      Array.from({ length: channels }, (_, channel) =>
        channelQuantisers(channel === 0 ? indices.luma : indices.chroma, channel > 0),
      ),
  });
  const code = new MacroblockCode(writer, channels, columns);
  const low = new Int32Array(16 * channels);
  for (let row = 0; row < rows; row++) {
    yield* plane.advance(row);
    const shareDone = progress.start + (progress.share * row) / rows;
    for (let column = 0; column < columns; column++) {
      writer.reserve(maxMacroblockBytes, shareDone);
      plane.readLow(column, row, low);
      code.write(low, plane.high, plane.highOffset(column, row), plane.highChannelStride, column, row);
      const done = (column % macroblocksPerPiece) + 1;
      if (done === macroblocksPerPiece || column === columns - 1) yield done * channels * nanosecondsPerMacroblock;
    }
  }
  writer.align();
}

/** Of the output; bit depth 1 is 8 bits. */
const colourFormats = { gray: 0, alpha: 0, rgb: 7 } as const satisfies Record<PlaneContent, number>;

function writeImageHeader(
  writer: BitWriter,
  { width, height }: Pixels,
  { content, container, overlap }: CodestreamOptions,
): void {
  const isShort = Math.ceil(width / 16) <= maxShortColumns && Math.ceil(height / 16) <= maxShortColumns;
  writer.putBytes(signature);
  // No tiles, spatial order, no rotation, no index table.
  writer.putBytes([versions[container], overlap]);
  // 32-bit arithmetic; no windowing, no trimmed bits, no interleaved alpha.
  writer.put(isShort ? 0xc0 : 0x40, 8);
  writer.put((colourFormats[content] << 4) | 1, 8);
  if (isShort) {
    writer.put(width - 1, 16);
    writer.put(height - 1, 16);
  } else {
    writer.putU32(width - 1);
    writer.putU32(height - 1);
  }
}

/** Internal colour format (luma alone, YUV 4:4:4), whether samples are scaled, all bands, and their quantisers. */
function writePlaneHeader(writer: BitWriter, channels: 1 | 3, indices: QuantiserIndices | undefined): void {
  writer.put(channels === 1 ? 0 : 3, 3);
  writer.put(indices ? 1 : 0, 1);
  writer.put(0, 4);
  if (channels === 3) writer.put(0, 8);
  for (const band of ["dc", "lowpass", "highpass"]) {
    // One quantiser for the picture; later bands state their own.
    if (band === "dc") writer.put(1, 1);
    else writer.put(0b01, 2);
    const luma = indices?.luma ?? 0;
    const chroma = indices?.chroma ?? 0;
    const isShared = luma === chroma;
    if (channels === 3) writer.put(isShared ? 0 : 1, 2);
    writer.put(luma, 8);
    if (channels === 3 && !isShared) writer.put(chroma, 8);
  }
  writer.align();
}
