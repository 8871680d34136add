import type { ImageFacts } from "../model/facts.ts";
import { estimateModularMemory } from "../jpeg-xl/modular-memory.ts";
import { estimateWebpRowsMemory } from "../webp/rows/memory.ts";
import { type Cost, impossible, maxSide, millisecondsOf, type Size, sizeOf } from "./predict.ts";

/**
 * A JPEG or PNG to WebP row by row: decoding, encoding and writing. Measured with `npm run bench -- webp-rows` from 3 to 24 MP:
 * 72 to 90 ms, and up to 160 for small pictures full of detail.
 */
const streamCost = { startMs: 60, block: 16, msPerMegapixel: 100 } as const;

export function predictStreamedWebp(facts: ImageFacts, sourceBytes: number): Cost {
  const size = sizeOf(facts);
  if (size === undefined || Math.max(size.width, size.height) > maxSide.webp) return impossible;
  const neededBytes = streamedBytes(facts, size, sourceBytes);
  if (neededBytes == null) return impossible;
  const inflatingMs = facts.format === "png" ? (size.width * size.height * pngStreamMsPerMegapixel) / 1e6 : 0;
  return { ms: millisecondsOf(streamCost, size) + inflatingMs, peakBytes: neededBytes + sourceBytes };
}

/** Inflating in TypeScript, and the filters. */
const pngStreamMsPerMegapixel = 70;

/** What is held beside the source, to read it by rows and to encode them; none where it cannot be. */
function streamedBytes(facts: ImageFacts, { width, height }: Size, sourceBytes: number): number | null | undefined {
  if (facts.format === "jpeg") return facts.jpeg.recompress?.streamedWebpBytes;
  const isPlain = facts.bitDepth === 8 && !facts.alpha && (facts.colour === "rgb" || facts.colour === "gray");
  if (facts.format !== "png" || facts.interlaced === true || !isPlain) return undefined;
  // Some rows, and as much as the file of what is collected late.
  return sourceBytes + 16 * width + estimateWebpRowsMemory(width, height);
}

/** As long as a PNG's sides may be here; the header could say more (ISO/IEC 18181-1 §D.2). */
const longestJxlSide = 1 << 18;

/** For each megapixel and channel, to predict and to code it. Measured on photographs of 0.4 to 13 MP. */
const modularMsPerMegapixel = { 8: 55, 16: 100 } as const;

/** A PNG as lossless JPEG XL, group by group. */
export function predictStreamedJxl(facts: ImageFacts, sourceBytes: number): Cost {
  const size = sizeOf(facts);
  const channels = facts.colour === "gray" ? 1 : facts.colour === "rgb" ? 3 : undefined;
  if (size === undefined || channels === undefined || facts.format !== "png" || facts.interlaced === true) {
    return impossible;
  }
  const { bitDepth, alpha } = facts;
  if ((bitDepth !== 8 && bitDepth !== 16) || Math.max(size.width, size.height) > longestJxlSide) return impossible;
  const all = channels + (alpha ? 1 : 0);
  const readingMs = (pngStreamMsPerMegapixel * bitDepth) / 8;
  const ms = 100 + ((readingMs + all * modularMsPerMegapixel[bitDepth]) * size.width * size.height) / 1e6;
  // The file, and groups that are no larger; at the end a file of these as well.
  const modularBytes = estimateModularMemory(size.width, size.height, all, bitDepth);
  return { ms, peakBytes: 3 * sourceBytes + 4 * bitDepth * size.width + modularBytes };
}
