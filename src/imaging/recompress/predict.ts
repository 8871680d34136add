import type { JpegRecompressFacts } from "../model/facts.ts";
import { estimateMemory } from "./memory.ts";
import { estimateCmykMemory } from "../jpeg/decode/cmyk.ts";
import { isDensityCorrected } from "../metadata/exif.ts";
import { ImagingError } from "../model/error.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { canCarryProfile } from "../jpeg-xl/icc-stream.ts";
import { checkRequantisable } from "../jpeg/requantise/check.ts";
import { layOut } from "../jpeg-xl/layout.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { estimateStreamedWebpMemory } from "../webp/streamed-memory.ts";
import { estimateRgbaMemory } from "../jpeg/decode/rgba.ts";

interface RecompressDescription {
  readonly recompress: JpegRecompressFacts;
  /** Entropy-coded data of all scans. */
  readonly pictureBytes: number;
}

/** Rows of samples and pieces of tables that are released and not collected yet, beside the pixels of a large picture. */
const uncollectedBytes = 3_000_000;

/**
 * What decoding and rewriting a JPEG would need, known from its markers: bytes at the peak, without the file itself;
 * `null` where the header already shows that it has no exact form. Undefined for a file that cannot be read to its end.
 */
export function describeRecompress(bytes: Uint8Array): RecompressDescription | undefined {
  let frame: JpegFrame;
  try {
    frame = readJpegFrame(bytes);
  } catch (error) {
    if (error instanceof ImagingError) return undefined;
    throw error;
  }
  const { jxl, jpeg } = estimateMemory(frame, bytes.length);
  // Joined by the reader, and by what applies or carries it.
  const profileBytes = 2 * (frame.iccProfile?.length ?? 0);
  const pictureBytes = frame.layout.scans.reduce((sum, { dataStart, dataEnd }) => sum + dataEnd - dataStart, 0);
  const isRequantisable = passes(checkRequantisable, frame);
  // No other format can say it so that browsers read it.
  if (isDensityCorrected(frame.density, frame))
    return {
      recompress: {
        pixelBytes: null,
        jxlBytes: null,
        jpegBytes: jpeg + profileBytes,
        streamedWebpBytes: null,
        isRequantisable,
      },
      pictureBytes,
    };
  const hasJxlForm = canCarryProfile(frame, frame.iccProfile) && passes(layOut, frame);
  const decodingBytes =
    frame.components.length === 4
      ? 4 * frame.width * frame.height + estimateCmykMemory(frame)
      : estimateRgbaMemory(frame);
  const recompress = {
    pixelBytes: decodingBytes + uncollectedBytes + profileBytes,
    jxlBytes: hasJxlForm ? jxl + profileBytes : null,
    jpegBytes: jpeg + profileBytes,
    streamedWebpBytes:
      frame.components.length === 4 ? null : estimateStreamedWebpMemory(frame) + uncollectedBytes + profileBytes,
    isRequantisable,
  };
  return { recompress, pictureBytes };
}

/** Whether a check of the header finds nothing against a file. */
function passes(check: (checked: JpegFrame) => unknown, frame: JpegFrame): boolean {
  try {
    check(frame);
    return true;
  } catch (error) {
    if (error instanceof ImagingError) return false;
    throw error;
  }
}
