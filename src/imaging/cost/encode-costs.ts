import type { Content } from "../model/picture.ts";
import type { AvifSpeed, Chroma, EncodeSettings, OxipngPreset, WebpMethod } from "../model/settings.ts";

/** What a codec takes. */
export interface CostRow {
  /** Starting an instance, and code that is not optimised yet. */
  readonly startMs: number;
  readonly msPerMegapixel: number;
  /** What beginning a row takes, whatever its width. */
  readonly msPerRow?: number;
  /** Sides are coded in whole blocks of so many pixels; 1 when left out. A column of pixels costs as many. */
  readonly block?: number;
  /** Pixels that memory is taken for around the picture, left and right together, and above and below. */
  readonly border?: number;
  /** WASM memory is the larger of `floorBytes` and `baseBytes + bytesPerPixel`; of packaged codecs it grows in steps of a fifth. */
  readonly floorBytes: number;
  readonly baseBytes: number;
  readonly bytesPerPixel: number;
  /** Of small pictures it is no more than `baseBytes` and this, whatever `floorBytes` says. */
  readonly mostBytesPerPixel?: number;
  /** What is held of a row of blocks, however few rows the picture has; nothing when left out. */
  readonly bytesPerColumn?: number;
}

type Range<Value> = readonly [Value, Value];

/** Settings in part: each that is named has this value, or one of this range, both ends included. */
type PatternOf<Settings> = Settings extends { readonly format: infer Format }
  ? { readonly format: Format } & { readonly [Name in keyof Settings]?: Settings[Name] | Range<Settings[Name]> }
  : never;

/**
 * oxipng tries its filters row by row, and what that takes does not depend on the width: 17 to 21 µs in every preset,
 * measured with pictures of 1 to 10 columns and up to 300,000 rows (Node.js 24, 29 November 2026).
 */
export const oxipngMsPerRow = 0.03;

/** Rows that it is given at most: half a second that nothing can interrupt. */
export const longestOxipngColumn = 16_384;

interface EncodeRow extends CostRow {
  /** Rows that may be tried; any number when left out. */
  readonly longestColumn?: number;
  readonly how: PatternOf<EncodeSettings>;
  /** Only for pictures with (without) transparency, or of this content; any when left out. */
  readonly alpha?: boolean;
  readonly content?: Content;
  readonly outputBytesPerPixel: number;
}

/**
 * Memory was measured with photographs, logos, screenshots, noise in all four channels, and random pixels of eight colours,
 * of 0.01 to 2 MP and thin (Node.js 24, 29 November 2026). Tokens of a lossy file are most for the random colours.
 */
const webp = { startMs: 20, block: 16, floorBytes: 2.5e6, baseBytes: 1.6e6 } as const;

function lossyWebp(method: Range<WebpMethod>, sharpYuv: boolean) {
  return {
    ...webp,
    how: { format: "webp", lossless: false, coder: "libwebp", method, sharpYuv },
    outputBytesPerPixel: 0.6,
  } as const;
}

/** Rows: no picture of its own; levels and the file. The search for the picture's quality is in the time. */
const webpRows = {
  how: { format: "webp", lossless: false, coder: "rows" },
  alpha: false,
  startMs: 30,
  block: 16,
  msPerMegapixel: 130,
  floorBytes: 11e6,
  baseBytes: 2e6,
  bytesPerPixel: 1,
  outputBytesPerPixel: 0.6,
} as const;

function losslessWebp(effort: Range<WebpMethod>) {
  return { ...webp, how: { format: "webp", lossless: true, effort }, outputBytesPerPixel: 2.5 } as const;
}

/**
 * Measured with photographs, screenshots, text on white, patterns, noise and thin columns of 0.01 to 4 MP (workerd
 * 1.20261023.1, 29 November 2026). The alpha plane is coded after the others, in the memory that these took.
 */
function avif(speed: Range<AvifSpeed>, bitDepth: 8 | 10, chroma: Chroma) {
  const how = { format: "avif", speed, bitDepth, chroma } as const;
  const costs = {
    startMs: 150,
    block: 16,
    border: 64,
    floorBytes: 5.5e6,
    baseBytes: 3.5e6,
    outputBytesPerPixel: 0.5,
  } as const;
  // With 10 bits, transparency is not used.
  return bitDepth === 8 ? { ...costs, how } : { ...costs, how, alpha: false };
}

/**
 * From speed 7 down, blocks that repeat are looked for in all of a picture with screen content: tables of hashes, as large
 * as the picture is flat. Measured with screenshots, text on white, patterns and blocks of one colour.
 */
const slow = { startMs: 400, baseBytes: 4e6 } as const;
const slowOfGraphics = { ...slow, baseBytes: 10.6e6 } as const;
const natural = { content: "natural", alpha: false } as const;
const withAlpha = { alpha: true, outputBytesPerPixel: 2 } as const;

/** For the presets of oxipng; see `oxipngMsPerRow`. */
function png(effort: OxipngPreset) {
  const how = { format: "png", effort } as const;
  return {
    how,
    startMs: 15,
    msPerRow: oxipngMsPerRow,
    longestColumn: longestOxipngColumn,
    outputBytesPerPixel: 6,
  } as const;
}

function jpeg(chroma: Chroma) {
  const how = { format: "jpeg", chroma } as const;
  return { how, startMs: 20, block: 16, floorBytes: 17e6, baseBytes: 2e6, outputBytesPerPixel: 0.6 } as const;
}

function jp2<Lossless extends boolean>(lossless: Lossless) {
  const how = { format: "jp2", lossless } as const;
  return { how, startMs: 60, block: 4, floorBytes: 64e6, baseBytes: 0, bytesPerPixel: 0 } as const;
}

/** One row of macroblocks, and half of another where their edges are smoothed: samples and coefficients of three channels. */
const jxrBytesPerColumn = 300;

function jxr<Lossless extends boolean>(lossless: Lossless) {
  const how = { format: "jxr", lossless } as const;
  const bytesPerColumn = jxrBytesPerColumn;
  return { how, startMs: 60, block: 4, floorBytes: 3e6, baseBytes: 3e6, bytesPerPixel: 4, bytesPerColumn } as const;
}

/** Measured together with the decoders. The alpha of a lossy WebP is coded by its lossless coder, hence its memory. */
const encodeCosts: readonly EncodeRow[] = [
  webpRows,
  { ...lossyWebp([0, 2], false), alpha: false, msPerMegapixel: 160, bytesPerPixel: 10 },
  { ...lossyWebp([3, 4], false), alpha: false, msPerMegapixel: 320, bytesPerPixel: 28.5 },
  { ...lossyWebp([5, 6], false), alpha: false, msPerMegapixel: 700, bytesPerPixel: 28.5 },
  { ...lossyWebp([0, 2], false), alpha: true, msPerMegapixel: 300, bytesPerPixel: 34.5 },
  { ...lossyWebp([3, 4], false), alpha: true, msPerMegapixel: 500, bytesPerPixel: 42 },
  // The refined halving of colour works on planes of its own.
  { ...lossyWebp([0, 2], true), alpha: false, msPerMegapixel: 220, bytesPerPixel: 21.5 },
  { ...lossyWebp([3, 4], true), alpha: false, msPerMegapixel: 380, bytesPerPixel: 34.5 },
  { ...lossyWebp([5, 6], true), alpha: false, msPerMegapixel: 750, bytesPerPixel: 34.5 },
  { ...lossyWebp([0, 2], true), alpha: true, msPerMegapixel: 350, bytesPerPixel: 38.5 },
  { ...lossyWebp([3, 4], true), alpha: true, msPerMegapixel: 550, bytesPerPixel: 46 },
  { ...losslessWebp([0, 0]), msPerMegapixel: 400, bytesPerPixel: 29 },
  { ...losslessWebp([1, 1]), msPerMegapixel: 950, bytesPerPixel: 41 },
  { ...losslessWebp([2, 2]), msPerMegapixel: 1050, bytesPerPixel: 41 },
  // Up to 2,600 tiles have a histogram each, twice; of 8 × 8 pixels where these are few enough, and else of 16 × 16.
  {
    ...losslessWebp([3, 4]),
    msPerMegapixel: 1050,
    floorBytes: 50e6,
    baseBytes: 2.5e6,
    bytesPerPixel: 90,
    mostBytesPerPixel: 310,
  },
  { ...avif([9, 10], 8, "4:2:0"), alpha: false, msPerMegapixel: 450, bytesPerPixel: 22.3 },
  { ...avif([9, 10], 8, "4:2:0"), ...withAlpha, msPerMegapixel: 600, bytesPerPixel: 22.3 },
  { ...avif([9, 10], 8, "4:4:4"), alpha: false, msPerMegapixel: 450, bytesPerPixel: 38.9 },
  { ...avif([9, 10], 8, "4:4:4"), ...withAlpha, msPerMegapixel: 600, bytesPerPixel: 38.9 },
  { ...avif([9, 10], 10, "4:2:0"), baseBytes: 5.5e6, msPerMegapixel: 500, bytesPerPixel: 35.3 },
  { ...avif([9, 10], 10, "4:4:4"), baseBytes: 5.5e6, msPerMegapixel: 550, bytesPerPixel: 62.1 },
  { ...avif([8, 8], 8, "4:2:0"), alpha: false, baseBytes: 6.2e6, msPerMegapixel: 950, bytesPerPixel: 22.3 },
  { ...avif([8, 8], 8, "4:2:0"), ...withAlpha, baseBytes: 6.2e6, msPerMegapixel: 1300, bytesPerPixel: 22.3 },
  { ...avif([8, 8], 8, "4:4:4"), alpha: false, baseBytes: 6.2e6, msPerMegapixel: 1100, bytesPerPixel: 38.9 },
  { ...avif([8, 8], 8, "4:4:4"), ...withAlpha, baseBytes: 6.2e6, msPerMegapixel: 1300, bytesPerPixel: 38.9 },
  { ...avif([8, 8], 10, "4:2:0"), baseBytes: 5.5e6, msPerMegapixel: 1050, bytesPerPixel: 35.3 },
  { ...avif([8, 8], 10, "4:4:4"), baseBytes: 5.5e6, msPerMegapixel: 1300, bytesPerPixel: 62.1 },
  // Without screen content, 7 takes the memory of 8.
  { ...avif([7, 7], 10, "4:2:0"), ...natural, baseBytes: 5.5e6, msPerMegapixel: 1500, bytesPerPixel: 35.3 },
  { ...avif([7, 7], 10, "4:4:4"), ...natural, baseBytes: 5.5e6, msPerMegapixel: 1800, bytesPerPixel: 62.1 },
  { ...avif([6, 7], 8, "4:2:0"), ...slow, ...natural, msPerMegapixel: 3200, bytesPerPixel: 32.6 },
  { ...avif([6, 7], 8, "4:2:0"), ...slowOfGraphics, alpha: false, msPerMegapixel: 3600, bytesPerPixel: 42.4 },
  { ...avif([6, 7], 8, "4:2:0"), ...slowOfGraphics, ...withAlpha, msPerMegapixel: 4500, bytesPerPixel: 42.4 },
  { ...avif([6, 7], 10, "4:2:0"), ...slow, ...natural, msPerMegapixel: 3500, bytesPerPixel: 46 },
  { ...avif([6, 7], 10, "4:2:0"), ...slowOfGraphics, msPerMegapixel: 4200, bytesPerPixel: 55.8 },
  { ...avif([6, 7], 8, "4:4:4"), ...slow, ...natural, msPerMegapixel: 3200, bytesPerPixel: 50 },
  { ...avif([6, 7], 8, "4:4:4"), ...slowOfGraphics, alpha: false, msPerMegapixel: 3600, bytesPerPixel: 59.1 },
  { ...avif([6, 7], 8, "4:4:4"), ...slowOfGraphics, ...withAlpha, msPerMegapixel: 4500, bytesPerPixel: 59.1 },
  { ...avif([6, 7], 10, "4:4:4"), ...slow, ...natural, msPerMegapixel: 3500, bytesPerPixel: 73.2 },
  { ...avif([6, 7], 10, "4:4:4"), ...slowOfGraphics, msPerMegapixel: 4200, bytesPerPixel: 82.8 },
  {
    how: { format: "png", effort: "stream" },
    startMs: 15,
    outputBytesPerPixel: 6,
    msPerMegapixel: 400,
    floorBytes: 0,
    baseBytes: 1e6,
    bytesPerPixel: 0,
  },
  { ...png(0), msPerMegapixel: 350, floorBytes: 6e6, baseBytes: 3e6, bytesPerPixel: 21 },
  { ...png(1), msPerMegapixel: 1000, floorBytes: 14e6, baseBytes: 11e6, bytesPerPixel: 21 },
  { ...png(2), msPerMegapixel: 1900, floorBytes: 17e6, baseBytes: 11e6, bytesPerPixel: 27 },
  { ...jpeg("4:2:0"), msPerMegapixel: 500, bytesPerPixel: 17 },
  { ...jpeg("4:4:4"), msPerMegapixel: 800, bytesPerPixel: 25 },
  { ...jp2(false), msPerMegapixel: 700, outputBytesPerPixel: 0.6 },
  { ...jp2(true), msPerMegapixel: 1100, outputBytesPerPixel: 4 },
  { ...jxr(false), alpha: false, msPerMegapixel: 400, outputBytesPerPixel: 2 },
  { ...jxr(false), alpha: true, msPerMegapixel: 450, outputBytesPerPixel: 3 },
  { ...jxr(true), msPerMegapixel: 450, outputBytesPerPixel: 4 },
];

/** Each row with what its settings are compared with: planning walks through them for every way to encode. */
const rows = encodeCosts.map((row) => ({ row, wanted: Object.entries(row.how) as [string, unknown][] }));

/** The row for this work; undefined for what must not be tried. */
export function findEncodeRow(settings: EncodeSettings, alpha: boolean, content: Content): EncodeRow | undefined {
  const values: Readonly<Record<string, unknown>> = { ...settings };
  return rows.find(
    ({ row, wanted }) =>
      row.how.format === settings.format &&
      (row.alpha ?? alpha) === alpha &&
      (row.content ?? content) === content &&
      wanted.every(([name, value]) => isOneOf(values[name], value)),
  )?.row;
}

/** @param wanted a value, or the two ends of a range of numbers */
function isOneOf(value: unknown, wanted: unknown): boolean {
  if (!Array.isArray(wanted)) return value === wanted;
  const [least, most] = wanted as [number, number];
  return typeof value === "number" && least <= value && value <= most;
}
