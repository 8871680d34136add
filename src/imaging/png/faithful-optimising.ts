import { readPngChunks } from "./chunks.ts";

/** Chunks that mean more than one picture (PNG 3rd edition §11.3.5). */
const animationChunks: readonly string[] = ["acTL", "fcTL", "fdAT"];

interface PngShape {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
}

export interface OptimisedPng extends PngShape {
  /** Chunk types found, with how often. */
  readonly counts: ReadonlyMap<string, number>;
  /** tRNS of a gray or RGB picture: the samples of the one transparent colour (§11.3.1.1). */
  readonly transparentSamples: readonly number[];
}

/** Facts about a PNG before and after it is optimised; undefined without IHDR or IEND. */
export function describePng(bytes: Uint8Array): OptimisedPng | undefined {
  const counts = new Map<string, number>();
  let shape: PngShape | undefined;
  let transparency: Uint8Array | undefined;
  for (const { type, data } of readPngChunks(bytes)) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
    if (type === "IHDR" && data.length === 13) shape = readShape(data);
    if (type === "tRNS") transparency = data;
  }
  if (shape === undefined || !counts.has("IEND")) return undefined;
  return { ...shape, counts, transparentSamples: readTransparentSamples(shape, transparency) };
}

function readShape(data: Uint8Array): PngShape {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth: view.getUint8(8),
    colourType: view.getUint8(9),
  };
}

function readTransparentSamples({ colourType }: PngShape, data: Uint8Array | undefined): readonly number[] {
  if (data === undefined || (colourType !== 0 && colourType !== 2)) return [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length >> 1 }, (_, sample) => view.getUint16(2 * sample));
}

/** Whether the file holds more than one picture, of which an optimiser would keep the first. */
export function isAnimatedPng({ counts }: OptimisedPng): boolean {
  return animationChunks.some((type) => counts.has(type));
}

/**
 * Whether tRNS names a colour that the optimiser would mistake for another one: bits above the picture's depth, which
 * readers ignore (§11.3.1.1) and the optimiser compares.
 */
export function hasLooseTransparency({ bitDepth, transparentSamples }: OptimisedPng): boolean {
  return transparentSamples.some((sample) => sample >> bitDepth !== 0);
}

/**
 * Whether `optimised` means the same as `source`, as far as the headers show. Guards two faults of oxipng 9.1.1: a tRNS
 * that is not scaled along when 16 bits become 8, and a profile left in place when colour becomes gray or gray becomes
 * a palette, for which profiles of another colour space are demanded (§11.3.2.3).
 */
export function isFaithfulOptimising(source: OptimisedPng, optimised: OptimisedPng): boolean {
  const sameSize = source.width === optimised.width && source.height === optimised.height;
  const scaledTransparency = source.transparentSamples.length > 0 && source.bitDepth === 16 && optimised.bitDepth < 16;
  const wrongProfile = optimised.counts.has("iCCP") && isGrayType(source) !== isGrayType(optimised);
  return sameSize && !scaledTransparency && !wrongProfile;
}

function isGrayType({ colourType }: OptimisedPng): boolean {
  return colourType === 0 || colourType === 4;
}
