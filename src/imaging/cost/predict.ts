/**
 * What a decode or an encode will take, said before it begins. Linear in the number of pixels, on the careful side:
 * the figures are the worst of a photographic mosaic, a smooth photograph, a screenshot and noise in the alpha plane,
 * at 0.25 to 4 MP. A refusal leaves the original; a wrong promise costs the isolate.
 */
import type { DecodedFormat } from "../model/formats.ts";
import type { EncodedFormat, EncodeSettings, OxipngPreset, RecompressSettings } from "../model/settings.ts";
import { type FactsOf, type ImageFacts, isDecoded } from "../model/facts.ts";
import type { Content } from "../model/picture.ts";

/** Both are `Infinity` for what must not be tried. */
export interface Cost {
  /** CPU in milliseconds, with the start of the codec's instance. */
  readonly ms: number;
  /** The isolate's memory at the worst moment: WASM, RGBA, the source and the output. */
  readonly peakBytes: number;
}

interface CostRow {
  /** Starting an instance, and code that is not optimised yet. */
  readonly startMs: number;
  readonly msPerMegapixel: number;
  /** WASM memory is the larger of `floorBytes` and `baseBytes + bytesPerPixel`; it grows in steps of a fifth. */
  readonly floorBytes: number;
  readonly baseBytes: number;
  readonly bytesPerPixel: number;
}

/** Measured with `npm run bench -- encode` and one-off runs up to 4 MP, 22 November 2026, workerd 1.20261023.1, two cores. */
const decodeCosts = {
  // Own decoder: memory is predicted from the header (`describeRecompress`). The first picture of an isolate takes
  // twice as long.
  "jpeg sequential": { startMs: 30, msPerMegapixel: 50, floorBytes: 0, baseBytes: 0, bytesPerPixel: 0 },
  "jpeg progressive": { startMs: 30, msPerMegapixel: 100, floorBytes: 0, baseBytes: 0, bytesPerPixel: 0 },
  png: { startMs: 10, msPerMegapixel: 140, floorBytes: 3.3e6, baseBytes: 2e6, bytesPerPixel: 11.5 },
  gif: { startMs: 5, msPerMegapixel: 40, floorBytes: 1e6, baseBytes: 1e6, bytesPerPixel: 1 },
  tiff: { startMs: 20, msPerMegapixel: 120, floorBytes: 3e6, baseBytes: 3e6, bytesPerPixel: 3 },
  // A block of JPEG is decoded whole, beside the picture.
  "tiff with JPEG": { startMs: 30, msPerMegapixel: 120, floorBytes: 3e6, baseBytes: 3e6, bytesPerPixel: 9 },
} as const satisfies Record<string, CostRow>;

/** Copies of the source inside WASM memory. */
const sourceCopies: Readonly<Record<DecodedFormat, number>> = { jpeg: 0, png: 1, gif: 0, tiff: 0 };

/**
 * What is done to the pixels after they are decoded. Colours are converted by LittleCMS, whose memory is about 20 MB;
 * turning works in place.
 */
const conversions = {
  inks: { startMs: 75, msPerMegapixel: 140, wasmBytes: 24e6 },
  profile: { startMs: 10, msPerMegapixel: 45, wasmBytes: 17e6 },
  orientation: { startMs: 0, msPerMegapixel: 25, wasmBytes: 2e6 },
} as const;

interface EncodeRow extends CostRow {
  readonly format: EncodedFormat;
  readonly lossless: boolean;
  /** The efforts that this row is for, both ends included. */
  readonly effort: readonly [number, number];
  /** Only for pictures with (without) transparency or full chroma, of this depth or content; any when left out. */
  readonly alpha?: boolean;
  readonly fullChroma?: boolean;
  readonly bitDepth?: 8 | 10;
  readonly content?: Content;
  readonly outputBytesPerPixel: number;
}

const webp = { format: "webp", startMs: 20, floorBytes: 17e6, baseBytes: 1e6 } as const;
const webpLossy = { ...webp, lossless: false, outputBytesPerPixel: 0.6 } as const;
const webpLossless = { ...webp, lossless: true, outputBytesPerPixel: 2.5 } as const;
const png = { format: "png", lossless: true, startMs: 15, outputBytesPerPixel: 6 } as const;
const jpeg = {
  format: "jpeg",
  lossless: false,
  effort: [0, 0],
  startMs: 20,
  floorBytes: 17e6,
  baseBytes: 2e6,
  outputBytesPerPixel: 0.6,
} as const;
const jp2 = { format: "jp2", startMs: 60, floorBytes: 64e6, baseBytes: 0, bytesPerPixel: 0 } as const;
const jxr = { format: "jxr", effort: [0, 0], startMs: 60, floorBytes: 3e6, baseBytes: 3e6, bytesPerPixel: 4 } as const;
const avif = {
  format: "avif",
  lossless: false,
  bitDepth: 8,
  startMs: 150,
  floorBytes: 17e6,
  baseBytes: 14e6,
  outputBytesPerPixel: 0.5,
} as const;

/** With 10 bits, samples take two bytes within the encoder and on the way to it. Not used for transparency. */
const avif10 = { ...avif, bitDepth: 10, alpha: false, outputBytesPerPixel: 8.5 } as const;

/**
 * From speed 7 down, blocks that repeat are looked for in all of a picture with screen content: tables of hashes, as large
 * as the picture is flat.
 */
const slowEffort = { effort: [6, 7], startMs: 400, baseBytes: 18e6 } as const;
const natural = { content: "natural", alpha: false } as const;

/** Measured together with `decodeCosts`. The alpha of a lossy WebP is coded by its lossless coder, hence its memory. */
const encodeCosts: readonly EncodeRow[] = [
  { ...webpLossy, effort: [0, 2], alpha: false, fullChroma: false, msPerMegapixel: 160, bytesPerPixel: 12 },
  { ...webpLossy, effort: [3, 4], alpha: false, fullChroma: false, msPerMegapixel: 320, bytesPerPixel: 17.5 },
  { ...webpLossy, effort: [5, 6], alpha: false, fullChroma: false, msPerMegapixel: 700, bytesPerPixel: 17.5 },
  { ...webpLossy, effort: [0, 2], alpha: true, fullChroma: false, msPerMegapixel: 300, bytesPerPixel: 50 },
  { ...webpLossy, effort: [3, 4], alpha: true, fullChroma: false, msPerMegapixel: 500, bytesPerPixel: 50 },
  // The refined halving of colour works on planes of its own.
  { ...webpLossy, effort: [0, 2], alpha: false, fullChroma: true, msPerMegapixel: 220, bytesPerPixel: 23.5 },
  { ...webpLossy, effort: [3, 4], alpha: false, fullChroma: true, msPerMegapixel: 380, bytesPerPixel: 23.5 },
  { ...webpLossy, effort: [5, 6], alpha: false, fullChroma: true, msPerMegapixel: 750, bytesPerPixel: 23.5 },
  { ...webpLossy, effort: [0, 2], alpha: true, fullChroma: true, msPerMegapixel: 350, bytesPerPixel: 63 },
  { ...webpLossy, effort: [3, 4], alpha: true, fullChroma: true, msPerMegapixel: 550, bytesPerPixel: 63 },
  { ...webpLossless, effort: [0, 0], msPerMegapixel: 400, bytesPerPixel: 38 },
  { ...webpLossless, effort: [1, 1], msPerMegapixel: 950, baseBytes: 4.5e6, bytesPerPixel: 46 },
  { ...webpLossless, effort: [2, 4], msPerMegapixel: 1050, floorBytes: 20.5e6, bytesPerPixel: 55 },
  { ...avif, effort: [9, 10], fullChroma: false, alpha: false, msPerMegapixel: 520, bytesPerPixel: 33 },
  { ...avif, effort: [8, 8], fullChroma: false, alpha: false, msPerMegapixel: 1100, bytesPerPixel: 33 },
  { ...avif, effort: [9, 10], fullChroma: false, alpha: true, msPerMegapixel: 850, bytesPerPixel: 33 },
  { ...avif, effort: [8, 8], fullChroma: false, alpha: true, msPerMegapixel: 1600, bytesPerPixel: 33 },
  { ...avif, effort: [9, 10], fullChroma: true, alpha: false, msPerMegapixel: 600, bytesPerPixel: 57 },
  { ...avif, effort: [8, 8], fullChroma: true, alpha: false, msPerMegapixel: 1400, bytesPerPixel: 57 },
  { ...avif, effort: [9, 10], fullChroma: true, alpha: true, msPerMegapixel: 850, bytesPerPixel: 57 },
  { ...avif, effort: [8, 8], fullChroma: true, alpha: true, msPerMegapixel: 1800, bytesPerPixel: 57 },
  { ...avif10, effort: [8, 8], fullChroma: false, msPerMegapixel: 1300, bytesPerPixel: 53 },
  { ...avif10, effort: [8, 8], fullChroma: true, msPerMegapixel: 1700, bytesPerPixel: 78 },
  { ...avif, ...slowEffort, ...natural, msPerMegapixel: 3200, bytesPerPixel: 55 },
  { ...avif10, ...slowEffort, ...natural, msPerMegapixel: 3500, bytesPerPixel: 96 },
  { ...avif, ...slowEffort, alpha: false, msPerMegapixel: 3600, bytesPerPixel: 180 },
  { ...avif, ...slowEffort, alpha: true, msPerMegapixel: 5500, bytesPerPixel: 180 },
  { ...avif10, ...slowEffort, msPerMegapixel: 4200, bytesPerPixel: 192 },
  { ...png, effort: [0, 0], msPerMegapixel: 400, floorBytes: 0, baseBytes: 1e6, bytesPerPixel: 0 },
  { ...png, effort: [1, 1], msPerMegapixel: 350, floorBytes: 6e6, baseBytes: 3e6, bytesPerPixel: 21 },
  { ...png, effort: [2, 2], msPerMegapixel: 1000, floorBytes: 14e6, baseBytes: 11e6, bytesPerPixel: 21 },
  { ...png, effort: [3, 3], msPerMegapixel: 1900, floorBytes: 17e6, baseBytes: 11e6, bytesPerPixel: 27 },
  { ...jpeg, fullChroma: false, msPerMegapixel: 500, bytesPerPixel: 17 },
  { ...jpeg, fullChroma: true, msPerMegapixel: 800, bytesPerPixel: 25 },
  { ...jp2, effort: [0, 0], lossless: false, msPerMegapixel: 700, outputBytesPerPixel: 0.6 },
  { ...jp2, effort: [0, 0], lossless: true, msPerMegapixel: 1100, outputBytesPerPixel: 4 },
  { ...jxr, lossless: false, alpha: false, msPerMegapixel: 400, outputBytesPerPixel: 2 },
  { ...jxr, lossless: false, alpha: true, msPerMegapixel: 450, outputBytesPerPixel: 3 },
  { ...jxr, lossless: true, msPerMegapixel: 450, outputBytesPerPixel: 4 },
];

/** Of looking at a variant: its decoder, an instance of its own each time, and the comparison. */
const checkCosts = {
  webp: { startMs: 15, msPerMegapixel: 100, floorBytes: 17e6, baseBytes: 2e6, bytesPerPixel: 5 },
  avif: { startMs: 40, msPerMegapixel: 320, floorBytes: 17e6, baseBytes: 14e6, bytesPerPixel: 16 },
  "avif of 10 bits": { startMs: 40, msPerMegapixel: 320, floorBytes: 17e6, baseBytes: 14e6, bytesPerPixel: 32 },
} as const satisfies Record<string, CostRow>;

/** RGBA of the variant, and as much again for the luma of both at two scales. */
const comparedBytesPerPixel = 8;

/** Longest side that each format can hold: WebP has 14 bits for it (RFC 9649 §2.5), libaom and JPEG 16; others more. */
const maxSide = {
  webp: 16_383,
  avif: 65_535,
  jpeg: 65_535,
  jp2: 1e6,
  jxr: 1e6,
  png: 1e6,
} as const satisfies Record<EncodedFormat, number>;

const rgbaBytesPerPixel = 4;

/**
 * Above this many pixels the decoder's instance is let go before the encode, because the encoder needs the room;
 * below, it is kept to spare the next picture a start.
 */
export const maxPixelsKeepingDecoder = 1_000_000;

/** WASM memory of a decoder or a colour converter that is kept after such a small picture, at most. */
const keptDecoderBytes = 20e6;

const impossible: Cost = { ms: Infinity, peakBytes: Infinity };

/** Decoding a source of `sourceBytes` to upright RGBA of known colours. `impossible` for other formats and unknown sizes. */
export function predictDecode(facts: ImageFacts, sourceBytes: number): Cost {
  const pixels = pixelsOf(facts);
  if (pixels === undefined || !isDecoded(facts)) return impossible;
  const row = decodeRow(facts);
  const wasmBytes = Math.max(
    row.floorBytes,
    row.baseBytes + pixels * row.bytesPerPixel + sourceBytes * sourceCopies[facts.format],
  );
  // Of a JPEG, the result is in the figure.
  const decodingBytes =
    facts.format === "jpeg" ? (facts.jpeg.recompress?.pixelBytes ?? Infinity) : wasmBytes + pixels * rgbaBytesPerPixel;
  const after = conversionsFor(facts);
  const ms = after.reduce((sum, step) => sum + millisecondsOf(step, pixels), millisecondsOf(row, pixels));
  const converterBytes = after.reduce((sum, step) => sum + step.wasmBytes, 0);
  return { ms, peakBytes: decodingBytes + converterBytes + sourceBytes };
}

function conversionsFor({
  colour,
  profile,
  orientation,
}: ImageFacts): (typeof conversions)[keyof typeof conversions][] {
  const isConverted = colour === "gray" && profile === "other";
  return [
    ...(colour === "cmyk" ? [conversions.inks] : isConverted ? [conversions.profile] : []),
    ...(orientation === 1 ? [] : [conversions.orientation]),
  ];
}

/**
 * Encoding the picture of `facts`, whose source of `sourceBytes` is still held, and looking at it where that is wanted.
 * Of the worst content unless it is told.
 */
export function predictEncode(
  settings: EncodeSettings,
  facts: ImageFacts,
  sourceBytes: number,
  content: Content = "screen",
): Cost {
  const pixels = pixelsOf(facts);
  const row = encodeCosts.find((candidate) => isFor(candidate, settings, facts.alpha, content));
  if (pixels === undefined || row === undefined) return impossible;
  if (Math.max(facts.width ?? 0, facts.height ?? 0) > maxSide[settings.format]) return impossible;
  const wasmBytes = wasmBytesOf(row, pixels);
  const decoderBytes = pixels > maxPixelsKeepingDecoder || !usesWasmBefore(facts) ? 0 : keptDecoderBytes;
  const ownBytes = pixels * (rgbaBytesPerPixel + row.outputBytesPerPixel) + sourceBytes;
  const once = { ms: millisecondsOf(row, pixels), peakBytes: wasmBytes + decoderBytes + ownBytes };
  const check = settings.look === undefined ? undefined : predictCheck(settings, pixels);
  if (check === undefined) return once;
  // The look is missed more often than not, so that a second encode is counted in.
  return { ms: 2 * once.ms + check.ms, peakBytes: Math.max(once.peakBytes, check.peakBytes + ownBytes) };
}

/**
 * Decoding a variant and comparing it with its source, beside what is held for that; undefined for formats that are not
 * looked at.
 */
export function predictCheck({ format, bitDepth }: EncodeSettings, pixels: number): Cost | undefined {
  const rows: Readonly<Record<string, CostRow>> = checkCosts;
  const row = rows[bitDepth === 10 ? `${format} of 10 bits` : format];
  if (row === undefined) return undefined;
  return { ms: millisecondsOf(row, pixels), peakBytes: wasmBytesOf(row, pixels) + pixels * comparedBytesPerPixel };
}

function wasmBytesOf(row: Pick<CostRow, "floorBytes" | "baseBytes" | "bytesPerPixel">, pixels: number): number {
  return Math.max(row.floorBytes, row.baseBytes + pixels * row.bytesPerPixel);
}

/** Whether an instance stands beside the encoder's: the readers of JPEG, GIF and TIFF are code of the Worker itself. */
function usesWasmBefore({ format, colour, profile }: ImageFacts): boolean {
  return format === "png" || colour === "cmyk" || profile === "other";
}

/**
 * Rewriting a JPEG's coefficients: linear in its pixels (blocks to be looked at) and in its bytes (symbols to be coded).
 * Measured with `npm run bench -- coefficients` at 1, 12 and 24 MP.
 */
const recompressCosts = {
  jxl: { startMs: 150, msPerMegapixel: 30, msPerMegabyte: 250 },
  jpeg: { startMs: 120, msPerMegapixel: 30, msPerMegabyte: 190 },
} as const satisfies Record<RecompressSettings["format"], object>;

/** Rewriting the JPEG of `facts`. Its memory is told by its header, whose sampling and scans decide (`describeRecompress()`). */
export function predictRecompress(format: RecompressSettings["format"], facts: ImageFacts, sourceBytes: number): Cost {
  const pixels = pixelsOf(facts);
  const needs = facts.format === "jpeg" ? facts.jpeg.recompress : undefined;
  const neededBytes = needs?.[`${format}Bytes`] ?? undefined;
  if (pixels === undefined || neededBytes === undefined) return impossible;
  const { startMs, msPerMegapixel, msPerMegabyte } = recompressCosts[format];
  const ms = startMs + (pixels / 1e6) * msPerMegapixel + (sourceBytes / 1e6) * msPerMegabyte;
  return { ms, peakBytes: neededBytes + sourceBytes };
}

/** Packing a PNG again with oxipng: PNG decoded, rows filtered in several ways, deflated. */
const optimisingCosts: Readonly<Record<OxipngPreset, CostRow>> = {
  0: { startMs: 15, msPerMegapixel: 400, floorBytes: 4e6, baseBytes: 3e6, bytesPerPixel: 17 },
  1: { startMs: 15, msPerMegapixel: 1250, floorBytes: 13e6, baseBytes: 11e6, bytesPerPixel: 17 },
  2: { startMs: 15, msPerMegapixel: 2600, floorBytes: 14e6, baseBytes: 11e6, bytesPerPixel: 30 },
};

/** Packing the PNG of `facts`. 16 bits take twice the room. */
export function predictOptimising(facts: ImageFacts, sourceBytes: number, effort: OxipngPreset): Cost {
  const pixels = pixelsOf(facts);
  if (pixels === undefined) return impossible;
  const row = optimisingCosts[effort];
  const depth = (facts.bitDepth ?? 8) > 8 ? 2 : 1;
  const wasmBytes = Math.max(row.floorBytes, row.baseBytes + depth * pixels * row.bytesPerPixel);
  return { ms: depth * millisecondsOf(row, pixels), peakBytes: wasmBytes + 3 * sourceBytes };
}

function decodeRow(facts: FactsOf<DecodedFormat>): CostRow {
  switch (facts.format) {
    case "tiff": {
      const { tiff } = facts;
      return decodeCosts[tiff.decodable && tiff.compression === "jpeg" ? "tiff with JPEG" : "tiff"];
    }
    case "jpeg":
      return decodeCosts[facts.jpeg.progressive ? "jpeg progressive" : "jpeg sequential"];
    default:
      return decodeCosts[facts.format];
  }
}

function isFor(row: EncodeRow, settings: EncodeSettings, alpha: boolean, content: Content): boolean {
  const { bitDepth = 8 } = settings;
  return (
    row.format === settings.format &&
    row.lossless === settings.lossless &&
    row.effort[0] <= settings.effort &&
    settings.effort <= row.effort[1] &&
    (row.alpha ?? alpha) === alpha &&
    (row.bitDepth ?? bitDepth) === bitDepth &&
    (row.content ?? content) === content &&
    (row.fullChroma ?? settings.fullChroma) === settings.fullChroma
  );
}

function millisecondsOf(row: Pick<CostRow, "startMs" | "msPerMegapixel">, pixels: number): number {
  return row.startMs + (pixels / 1e6) * row.msPerMegapixel;
}

function pixelsOf({ width, height }: ImageFacts): number | undefined {
  return width === undefined || height === undefined ? undefined : width * height;
}
