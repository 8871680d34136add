import type { FormatId } from "../model/formats.ts";
import { hasEndOfImage } from "../jpeg/probe.ts";
import { hasEndChunk } from "../png/probe.ts";
import { hasAllTiffBlocks } from "../tiff/probe.ts";
import { hasWholePicture } from "../webp/probe.ts";

const checks: Partial<Record<FormatId, (bytes: Uint8Array) => boolean>> = {
  jpeg: hasEndOfImage,
  png: hasEndChunk,
  tiff: hasAllTiffBlocks,
  webp: hasWholePicture,
};

/**
 * False when the end of the image is missing: the file was cut, and a decoder may fill the rest with grey, or leave it out,
 * instead of failing. Formats without a row, which are not decoded here, count as complete. Linear in the bytes.
 */
export function hasEndMarker(format: FormatId, bytes: Uint8Array): boolean {
  return checks[format]?.(bytes) ?? true;
}
