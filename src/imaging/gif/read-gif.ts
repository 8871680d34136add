import { ImagingError } from "../model/error.ts";
import { ByteReader, HeaderError } from "../bytes/byte-reader.ts";
import type { Rectangle } from "./rectangle.ts";

/** What happens to an image's area before the next one is painted (GIF89a §23.c.iv). */
type Disposal = "keep" | "background" | "previous";

export interface GifFrame {
  /** May lie outside the canvas in part or whole. */
  readonly area: Rectangle;
  readonly interlaced: boolean;
  /** Offset of the first colour, 3 bytes each, and how many there are. */
  readonly paletteAt: number;
  readonly paletteSize: number;
  readonly transparentIndex: number | undefined;
  readonly disposal: Disposal;
  /** Milliseconds, as browsers keep it. */
  readonly delayMs: number;
  /** Offset of the LZW minimum code size. */
  readonly dataAt: number;
}

export interface Gif {
  readonly width: number;
  readonly height: number;
  /** How often the frames are played; 0 is for ever. */
  readonly plays: number;
  readonly frames: readonly GifFrame[];
}

/** Block introducers and labels, GIF89a Appendix A. */
const extensionIntroducer = 0x21;
const imageSeparator = 0x2c;
const trailer = 0x3b;
const graphicControlLabel = 0xf9;
const applicationLabel = 0xff;

/** Application extensions that carry the loop count; Netscape's name and the one that came after it. */
const loopApplications: readonly string[] = ["NETSCAPE2.0", "ANIMEXTS1.0"];

const flag = { colourTable: 0x80, interlaced: 0x40, transparent: 0x01 } as const;

/**
 * Up to this delay, in hundredths of a second, browsers show a frame for a tenth of a second instead: such files were
 * made for machines that could not go faster. Chromium (since WebKit bug 36082) and Firefox agree.
 */
const longestIgnoredDelay = 1;
const usualDelayMs = 100;

/** Reserved in the specification; some encoders mean "previous" by 4, and browsers follow them. */
const disposals: readonly Disposal[] = ["keep", "keep", "background", "previous", "previous", "keep", "keep", "keep"];

interface GraphicControl {
  readonly disposal: Disposal;
  readonly delayMs: number;
  readonly transparentIndex: number | undefined;
}

const noControl: GraphicControl = { disposal: "keep", delayMs: usualDelayMs, transparentIndex: undefined };

/**
 * The frames of a GIF (GIF87a, GIF89a), all blocks walked and nothing decoded. Only what browsers agree on is read.
 *
 * @param maxFrames more than this are refused, so that a crafted file cannot fill the memory with frames
 * @throws ImagingError when the file is cut, has something where no block can begin, has no colours for a frame, or its
 *   first image leaves the screen in a way that browsers treat differently; and above `maxFrames`
 */
export function readGif(bytes: Uint8Array, maxFrames: number): Gif {
  try {
    return readBlocks(new ByteReader(bytes, true), maxFrames);
  } catch (error) {
    if (error instanceof RangeError || error instanceof HeaderError)
      throw new ImagingError("damaged", "gif", "the file is cut");
    throw error;
  }
}

function readBlocks(reader: ByteReader, maxFrames: number): Gif {
  const version = reader.text(0, 6);
  if (version !== "GIF87a" && version !== "GIF89a") throw new ImagingError("damaged", "gif", "no GIF signature");
  const globalPalette = { paletteAt: 13, paletteSize: colourCount(reader.u8(10)) };
  const frames: GifFrame[] = [];
  let at = 13 + 3 * globalPalette.paletteSize;
  let plays: number | undefined;
  let control = noControl;

  for (;;) {
    const introducer = reader.u8(at);
    if (introducer === trailer) break;
    if (introducer === extensionIntroducer) {
      const label = reader.u8(at + 1);
      if (label === graphicControlLabel) control = readGraphicControl(reader, at + 2);
      if (label === applicationLabel) plays = readPlays(reader, at + 2) ?? plays;
      at = skipSubBlocks(reader, at + 2);
    } else if (introducer === imageSeparator) {
      if (frames.length === maxFrames) throw new ImagingError("limit", "gif", `more than ${maxFrames} frames`);
      const frame = readFrame(reader, at, control, globalPalette);
      frames.push(frame);
      control = noControl;
      at = skipSubBlocks(reader, frame.dataAt + 1);
    } else {
      throw new ImagingError("damaged", "gif", `block ${introducer}`);
    }
  }
  const [first] = frames;
  if (first === undefined) throw new ImagingError("damaged", "gif", "no image");
  const screen = { left: 0, top: 0, right: reader.u16(6), bottom: reader.u16(8) };
  return { ...canvasSize(screen, first.area, version), plays: plays ?? 1, frames };
}

/**
 * The size that browsers give the picture. Where the first image leaves the screen, or does not fill that of a GIF87a,
 * Chromium enlarges the screen and Firefox takes the image's size and forgets its place: the same only for an image
 * that covers the screen.
 */
function canvasSize(screen: Rectangle, first: Rectangle, version: string): { width: number; height: number } {
  if (first.left === 0 && first.top === 0 && first.right >= screen.right && first.bottom >= screen.bottom)
    return { width: first.right, height: first.bottom };
  if (first.right > screen.right || first.bottom > screen.bottom || version === "GIF87a")
    throw new ImagingError("damaged", "gif", "browsers disagree about the size");
  return { width: screen.right, height: screen.bottom };
}

/** §20, from its separator. */
function readFrame(
  reader: ByteReader,
  at: number,
  control: GraphicControl,
  globalPalette: Pick<GifFrame, "paletteAt" | "paletteSize">,
): GifFrame {
  const [left, top, width, height] = [reader.u16(at + 1), reader.u16(at + 3), reader.u16(at + 5), reader.u16(at + 7)];
  if (width === 0 || height === 0) throw new ImagingError("damaged", "gif", "an image without pixels");
  const packed = reader.u8(at + 9);
  const localSize = colourCount(packed);
  const palette = localSize === 0 ? globalPalette : { paletteAt: at + 10, paletteSize: localSize };
  if (palette.paletteSize === 0) throw new ImagingError("damaged", "gif", "an image without colours");
  return {
    ...control,
    ...palette,
    area: { left, top, right: left + width, bottom: top + height },
    interlaced: (packed & flag.interlaced) !== 0,
    dataAt: at + 10 + 3 * localSize,
  };
}

/** §23, from its size byte. */
function readGraphicControl(reader: ByteReader, at: number): GraphicControl {
  // Decoders disagree about where a longer one ends, and so about all that comes after it.
  if (reader.u8(at) !== 4 || reader.u8(at + 5) !== 0)
    throw new ImagingError("damaged", "gif", "a graphic control of another size");
  const packed = reader.u8(at + 1);
  const delay = reader.u16(at + 2);
  return {
    disposal: disposals[(packed >> 2) & 7] ?? "keep",
    delayMs: delay <= longestIgnoredDelay ? usualDelayMs : 10 * delay,
    transparentIndex: (packed & flag.transparent) === 0 ? undefined : reader.u8(at + 4),
  };
}

/**
 * §26, from its size byte; undefined for other applications. The stored number counts the repetitions after the first
 * time; 0 is for ever.
 */
function readPlays(reader: ByteReader, at: number): number | undefined {
  const isLoop = reader.u8(at) === 11 && loopApplications.includes(reader.text(at + 1, 11)) && reader.u8(at + 12) === 3;
  if (!isLoop || reader.u8(at + 13) !== 1) return undefined;
  const repetitions = reader.u16(at + 14);
  return repetitions === 0 ? 0 : repetitions + 1;
}

/** §18 and §20: a flag, and 2^(n+1) colours. */
function colourCount(packed: number): number {
  return (packed & flag.colourTable) === 0 ? 0 : 2 << (packed & 7);
}

/** §15 and §16: a size byte and that many bytes, until a size of 0. Returns the offset after them. */
function skipSubBlocks(reader: ByteReader, start: number): number {
  let at = start;
  for (;;) {
    const size = reader.u8(at);
    at += 1 + size;
    if (size === 0) return at;
  }
}
