/**
 * What a decode or an encode will take, said before it begins. Linear in the number of pixels, on the careful side:
 * the figures are the worst of a photographic mosaic, a smooth photograph, a screenshot and noise in the alpha plane,
 * at 0.25 to 4 MP. A refusal leaves the original; a wrong promise costs the isolate.
 */
import type { DecodedFormat, FormatId } from "../model/formats.ts";
import {
  type EncodedFormat,
  type EncodeSettings,
  isScored,
  type OxipngPreset,
  type PngEffort,
  type ScoredSettings,
} from "../model/settings.ts";
import { type FactsOf, type ImageFacts, isDecoded } from "../model/facts.ts";
import type { Content } from "../model/picture.ts";
import type { RecompressRecipe } from "../model/recipe.ts";
import { type CostRow, findEncodeRow, longestOxipngColumn, oxipngMsPerRow } from "./encode-costs.ts";

/** Both are `Infinity` for what must not be tried. */
export interface Cost {
  /** CPU in milliseconds, with the start of the codec's instance. */
  readonly ms: number;
  /** The isolate's memory at the worst moment: WASM, RGBA, the source and the output. */
  readonly peakBytes: number;
}

/** libaom keeps more around a picture that it decodes than around one that it encodes. */
const avifDecoder = {
  startMs: 40,
  block: 8,
  border: 120,
  floorBytes: 5.5e6,
  baseBytes: 2.5e6,
  bytesPerPixel: 14.4,
} as const;
const avifDecoderOfMoreBits = { ...avifDecoder, baseBytes: 2.8e6, bytesPerPixel: 17.4 } as const;

/** Measured with `npm run bench -- encode` and one-off runs up to 4 MP, 22 November 2026, workerd 1.20261023.1, two cores. */
const decodeCosts = {
  // Own decoder: memory is predicted from the header (`describeRecompress`). The first picture of an isolate takes
  // twice as long.
  "jpeg sequential": { startMs: 30, block: 16, msPerMegapixel: 50, floorBytes: 0, baseBytes: 0, bytesPerPixel: 0 },
  "jpeg progressive": { startMs: 30, block: 16, msPerMegapixel: 100, floorBytes: 0, baseBytes: 0, bytesPerPixel: 0 },
  png: { startMs: 10, msPerMegapixel: 140, floorBytes: 3.3e6, baseBytes: 2e6, bytesPerPixel: 11.5 },
  gif: { startMs: 5, msPerMegapixel: 40, floorBytes: 1e6, baseBytes: 1e6, bytesPerPixel: 1 },
  tiff: { startMs: 20, msPerMegapixel: 120, msPerRow: 3e-4, floorBytes: 3e6, baseBytes: 3e6, bytesPerPixel: 3 },
  // Of any kind, with transparency and without loss as well; colour of full resolution where there is a choice.
  webp: { startMs: 10, block: 16, msPerMegapixel: 80, floorBytes: 3e6, baseBytes: 2e6, bytesPerPixel: 8.6 },
  avif: { ...avifDecoder, msPerMegapixel: 300 },
  "avif of more bits": { ...avifDecoderOfMoreBits, msPerMegapixel: 300 },
  // A block of JPEG is decoded whole, beside the picture.
  "tiff with JPEG": { startMs: 30, msPerMegapixel: 120, block: 16, floorBytes: 3e6, baseBytes: 3e6, bytesPerPixel: 9 },
} as const satisfies Record<string, CostRow>;

/** Of each further layer of an AVIF of 8 bits: 4.4 bytes, measured at 1 MP in full chroma. */
const layerBytesPerPixel = 5;

/** Copies of the source inside WASM memory. */
const sourceCopies: Readonly<Record<DecodedFormat, number>> = { jpeg: 0, png: 1, gif: 0, tiff: 0, webp: 1, avif: 1 };

/**
 * What is done to the pixels after they are decoded. Colours are converted by LittleCMS, whose memory is about 20 MB;
 * turning works in place.
 */
const conversions = {
  cmyk: { startMs: 75, msPerMegapixel: 140, wasmBytes: 24e6 },
  profile: { startMs: 10, msPerMegapixel: 45, wasmBytes: 17e6 },
  orientation: { startMs: 0, msPerMegapixel: 25, wasmBytes: 2e6 },
} as const;

/** Of looking at a variant: its decoder, an instance of its own each time, and the comparison. */
const checkCosts = {
  webp: { startMs: 15, block: 16, msPerMegapixel: 100, floorBytes: 2.5e6, baseBytes: 1.5e6, bytesPerPixel: 4.4 },
  avif: { ...avifDecoder, msPerMegapixel: 320 },
  "avif of 10 bits": { ...avifDecoderOfMoreBits, msPerMegapixel: 320 },
} as const satisfies Record<string, CostRow>;

/** RGBA of the variant, and as much again for the luma of both at two scales. */
const comparedBytesPerPixel = 8;

/**
 * Longest side that each format can hold: WebP has 14 bits for it (RFC 9649 §2.5), libaom 16, and libjpeg ends at 65,500;
 * others more.
 */
export const maxSide = {
  webp: 16_383,
  avif: 65_535,
  jpeg: 65_500,
  jp2: 1e6,
  jxr: 1e6,
  png: 1e6,
} as const satisfies Record<EncodedFormat, number>;

const rgbaBytesPerPixel = 4;

/**
 * Above this many pixels the decoder's instance is released before the encode, because the encoder needs the room;
 * below, it is kept to spare the next picture a start.
 */
export const maxPixelsKeepingDecoder = 1_000_000;

/** WASM memory of a decoder or a colour converter that is kept after such a small picture, at most. */
const keptDecoderBytes = 20e6;

export const impossible: Cost = { ms: Infinity, peakBytes: Infinity };

/** Decoding a source of `sourceBytes` to upright RGBA of known colours. `impossible` for other formats and unknown sizes. */
export function predictDecode(facts: ImageFacts, sourceBytes: number): Cost {
  const size = sizeOf(facts);
  if (size === undefined || !isDecoded(facts)) return impossible;
  const row = decodeRow(facts);
  const pixels = size.width * size.height;
  const wasmBytes = Math.max(
    row.floorBytes,
    row.baseBytes + heldPixels(row, size) * row.bytesPerPixel + sourceBytes * sourceCopies[facts.format],
  );
  // Of a JPEG, the result is in the figure.
  const decodingBytes =
    facts.format === "jpeg" ? (facts.jpeg.recompress?.pixelBytes ?? Infinity) : wasmBytes + pixels * rgbaBytesPerPixel;
  const after = conversionsFor(facts);
  const ms = after.reduce((sum, step) => sum + millisecondsOf(step, size), millisecondsOf(row, size));
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
    ...(colour === "cmyk" ? [conversions.cmyk] : isConverted ? [conversions.profile] : []),
    ...(orientation === 1 ? [] : [conversions.orientation]),
  ];
}

/**
 * Encoding the picture of `facts`, whose source of `sourceBytes` is still held, and looking at it where that is wanted.
 * Of the worst content unless it is given.
 */
export function predictEncode(
  settings: EncodeSettings,
  facts: ImageFacts,
  sourceBytes: number,
  content: Content = "graphics",
): Cost {
  const size = uprightSizeOf(facts);
  const row = findEncodeRow(settings, facts.alpha, content);
  if (size === undefined || row === undefined) return impossible;
  const { width, height } = size;
  if (Math.max(width, height) > maxSide[settings.format] || height > (row.longestColumn ?? Infinity)) return impossible;
  const pixels = width * height;
  const wasmBytes = wasmBytesOf(row, size);
  const decoderBytes = pixels > maxPixelsKeepingDecoder || !usesWasmBefore(facts) ? 0 : keptDecoderBytes;
  const ownBytes = pixels * (rgbaBytesPerPixel + row.outputBytesPerPixel) + sourceBytes;
  const once = { ms: millisecondsOf(row, size), peakBytes: wasmBytes + decoderBytes + ownBytes };
  const check = isScored(settings) && settings.target !== undefined ? predictCheck(settings, size) : undefined;
  if (check === undefined) return once;
  // The look is missed more often than not, so that a second encode is counted in.
  return { ms: 2 * once.ms + check.ms, peakBytes: Math.max(once.peakBytes, check.peakBytes + ownBytes) };
}

/** Decoding a file of these settings and comparing it with its picture, beside what is held for that. */
export function predictCheck(settings: ScoredSettings, size: Size): Cost {
  const isDeep = settings.format === "avif" && settings.bitDepth === 10;
  const row = checkCosts[isDeep ? "avif of 10 bits" : settings.format];
  const peakBytes = wasmBytesOf(row, size) + size.width * size.height * comparedBytesPerPixel;
  return { ms: millisecondsOf(row, size), peakBytes };
}

function wasmBytesOf(row: CostRow, size: Size): number {
  const columnBytes = size.width * (row.bytesPerColumn ?? 0);
  const pixels = heldPixels(row, size);
  const most = row.mostBytesPerPixel === undefined ? Infinity : row.baseBytes + pixels * row.mostBytesPerPixel;
  return Math.min(most, Math.max(row.floorBytes, row.baseBytes + pixels * row.bytesPerPixel + columnBytes));
}

/** Sources whose decoder is an instance of its own: the readers of JPEG, GIF and TIFF are code of the Worker itself. */
const decodedByWasm: readonly FormatId[] = ["png", "webp", "avif"];

/** Whether an instance stays beside the encoder's. */
function usesWasmBefore({ format, colour, profile }: ImageFacts): boolean {
  return decodedByWasm.includes(format) || colour === "cmyk" || profile === "other";
}

/**
 * Rewriting a JPEG's coefficients: linear in its pixels (blocks to be read) and in its bytes (symbols to be coded).
 * Measured with `npm run bench -- coefficients` at 1, 12 and 24 MP. What is not exact has fewer symbols to write, and is
 * read twice for JPEG XL.
 */
const recompressCosts = {
  jxl: { startMs: 150, block: 16, msPerMegapixel: 30, msPerMegabyte: 250 },
  jpeg: { startMs: 120, block: 16, msPerMegapixel: 30, msPerMegabyte: 190 },
  "lossy jxl": { startMs: 150, block: 16, msPerMegapixel: 35, msPerMegabyte: 220 },
  "lossy jpeg": { startMs: 120, block: 16, msPerMegapixel: 25, msPerMegabyte: 170 },
} as const satisfies Record<RecompressRecipe["format"] | `lossy ${RecompressRecipe["format"]}`, object>;

/**
 * Rewriting the JPEG of `facts`. Its memory is known from its header, whose sampling and scans decide
 * (`describeRecompress()`); fewer symbols never take more of it.
 */
export function predictRecompress(
  { format, exact }: Pick<RecompressRecipe, "format" | "exact">,
  facts: ImageFacts,
  sourceBytes: number,
): Cost {
  const size = sizeOf(facts);
  const needs = facts.format === "jpeg" ? facts.jpeg.recompress : undefined;
  const neededBytes = needs?.[`${format}Bytes`] ?? undefined;
  if (size === undefined || neededBytes === undefined) return impossible;
  if (!exact && needs?.isRequantisable !== true) return impossible;
  const row = recompressCosts[exact ? format : (`lossy ${format}` as const)];
  const ms = millisecondsOf(row, size) + (sourceBytes / 1e6) * row.msPerMegabyte;
  return { ms, peakBytes: neededBytes + sourceBytes };
}

/** Packing a PNG again with oxipng: PNG decoded, rows filtered in several ways, deflated. */
const optimisingCosts: Readonly<Record<OxipngPreset, CostRow>> = {
  0: { startMs: 15, msPerRow: oxipngMsPerRow, msPerMegapixel: 400, floorBytes: 4e6, baseBytes: 3e6, bytesPerPixel: 17 },
  1: {
    startMs: 15,
    msPerRow: oxipngMsPerRow,
    msPerMegapixel: 1250,
    floorBytes: 13e6,
    baseBytes: 11e6,
    bytesPerPixel: 17,
  },
  2: {
    startMs: 15,
    msPerRow: oxipngMsPerRow,
    msPerMegapixel: 2600,
    floorBytes: 14e6,
    baseBytes: 11e6,
    bytesPerPixel: 30,
  },
};

/** Packing the PNG of `facts`. 16 bits take twice the room. */
export function predictOptimising(facts: ImageFacts, sourceBytes: number, effort: PngEffort): Cost {
  const size = sizeOf(facts);
  if (size === undefined) return impossible;
  if (effort === "stream") return predictFiltering(facts, size, sourceBytes);
  if (size.height > longestOxipngColumn) return impossible;
  const row = optimisingCosts[effort];
  const pixels = size.width * size.height;
  const depth = (facts.bitDepth ?? 8) > 8 ? 2 : 1;
  const wasmBytes = Math.max(row.floorBytes, row.baseBytes + depth * pixels * row.bytesPerPixel);
  return { ms: depth * millisecondsOf(row, size), peakBytes: wasmBytes + 3 * sourceBytes };
}

/** Rows that are filtered again, which have to come in their order: inflating, filtering and deflating each of their bytes. */
function predictFiltering(facts: ImageFacts, { width, height }: Size, sourceBytes: number): Cost {
  if (facts.format === "png" && facts.interlaced === true) return impossible;
  const { bitDepth, components } = facts;
  const rowBytes = (width * (components ?? 4) * (bitDepth ?? 16)) / 8;
  const ms = 30 + (rowBytes * height * millisecondsPerFilteredMegabyte) / 1e6;
  // The file, its pixels' stream, the new one and the new file; and some rows.
  return { ms, peakBytes: 4 * sourceBytes + 8 * rowBytes + 2e6 };
}

const millisecondsPerFilteredMegabyte = 130;

function decodeRow(facts: FactsOf<DecodedFormat>): CostRow {
  switch (facts.format) {
    case "tiff": {
      const { tiff } = facts;
      return decodeCosts[tiff.decodable && tiff.compression === "jpeg" ? "tiff with JPEG" : "tiff"];
    }
    case "jpeg":
      return decodeCosts[facts.jpeg.progressive ? "jpeg progressive" : "jpeg sequential"];
    case "avif": {
      const isDeep = (facts.bitDepth ?? 8) > 8;
      const row = decodeCosts[isDeep ? "avif of more bits" : "avif"];
      const more = facts.avif.decodable ? facts.avif.layers - 1 : 0;
      return {
        ...row,
        msPerMegapixel: row.msPerMegapixel * (1 + more),
        bytesPerPixel: row.bytesPerPixel + more * layerBytesPerPixel * (isDeep ? 2 : 1),
      };
    }
    default:
      return decodeCosts[facts.format];
  }
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function millisecondsOf(
  row: Pick<CostRow, "startMs" | "msPerMegapixel" | "msPerRow" | "block">,
  size: Size,
): number {
  return row.startMs + (codedPixels(row, size) / 1e6) * row.msPerMegapixel + size.height * (row.msPerRow ?? 0);
}

function codedPixels({ block = 1 }: Pick<CostRow, "block">, { width, height }: Size): number {
  return Math.ceil(width / block) * block * Math.ceil(height / block) * block;
}

/** A thin picture is hardly more than its border. */
function heldPixels(row: CostRow, { width, height }: Size): number {
  const { border = 0 } = row;
  return codedPixels(row, { width: width + border, height: height + border });
}

export function sizeOf({ width, height }: ImageFacts): Size | undefined {
  return width === undefined || height === undefined ? undefined : { width, height };
}

/** Orientations from 5 on exchange the sides (EXIF 3.0, tag 274). */
function uprightSizeOf(facts: ImageFacts): Size | undefined {
  const size = sizeOf(facts);
  return size === undefined || facts.orientation < 5 ? size : { width: size.height, height: size.width };
}
