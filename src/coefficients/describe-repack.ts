import type { JpegRepackFacts } from "../formats/facts.ts";
import { estimateMemory } from "./estimate-memory.ts";
import { DamagedJpeg, UnsupportedJpeg } from "./jpeg-error.ts";
import type { JpegFrame } from "./jpeg-frame.ts";
import { layOut } from "./jxl-layout.ts";
import { RefusedJpeg } from "./jxl-refusal.ts";
import { readJpegFrame } from "./read-frame.ts";

/**
 * What rewriting a JPEG would need, told from its markers: bytes at the peak, without the file itself, for each format;
 * `null` where the header already shows that it has no exact form. Undefined for a file that cannot be read to its end.
 */
export function describeRepack(bytes: Uint8Array): JpegRepackFacts | undefined {
  let frame: JpegFrame;
  try {
    frame = readJpegFrame(bytes);
  } catch (error) {
    if (error instanceof DamagedJpeg || error instanceof UnsupportedJpeg) return undefined;
    throw error;
  }
  const { jxl, pack } = estimateMemory(frame, bytes.length);
  const hasJxlForm = !frame.iccOversized && isRepresentable(frame);
  return { jxlBytes: hasJxlForm ? jxl : null, jpegBytes: pack };
}

function isRepresentable(frame: JpegFrame): boolean {
  try {
    layOut(frame);
    return true;
  } catch (error) {
    if (error instanceof RefusedJpeg) return false;
    throw error;
  }
}
