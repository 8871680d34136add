import { estimateSampleMemory } from "../jpeg/decode/read-samples.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { estimateWebpRowsMemory } from "./rows/memory.ts";

/** Bytes that `streamToWebp()` allocates at its peak, from the header alone; the file is not counted. */
export function estimateStreamedWebpMemory(frame: JpegFrame): number {
  return estimateSampleMemory(frame) + estimateWebpRowsMemory(frame.width, frame.height) + 4 * frame.width;
}
