import { isOrientation } from "../metadata/exif.ts";
import type { Orientation, TiffCompression, TiffRefusal } from "../model/facts.ts";
import type { TiffStructure } from "../bytes/ifd.ts";
import { tiffCompressions } from "./compression.ts";
import { countPages, tag, TiffDirectory } from "./directory.ts";

interface ColourRow {
  readonly kind: "gray" | "rgb" | "palette" | "cmyk";
  readonly channels: number;
  readonly depths: readonly number[];
  readonly whiteIsZero?: boolean;
  /** Further channels may follow; of CMYK none of them is transparency. */
  readonly extra?: "alpha" | "unspecified";
  /** Compressions that it goes with; undefined means all but G4 and JPEG. */
  readonly compressions?: readonly TiffCompression[];
}

/**
 * Strips or tiles in one picture; beginning each costs time whatever it holds. A picture of the largest size in the
 * usual strips of 8 KiB has 9,000.
 */
const maxBlocks = 32_768;

const bytewise = ["none", "lzw", "deflate", "packbits"] as const;

/** PhotometricInterpretation, TIFF 6.0 §3 to §6, §16, §21. */
const colours: Readonly<Record<number, ColourRow>> = {
  0: {
    kind: "gray",
    channels: 1,
    depths: [1, 2, 4, 8, 16],
    whiteIsZero: true,
    extra: "unspecified",
    compressions: [...bytewise, "g4", "jpeg"],
  },
  1: { kind: "gray", channels: 1, depths: [1, 2, 4, 8, 16], extra: "alpha", compressions: [...bytewise, "g4", "jpeg"] },
  2: { kind: "rgb", channels: 3, depths: [8, 16], extra: "alpha", compressions: [...bytewise, "jpeg"] },
  3: { kind: "palette", channels: 1, depths: [1, 2, 4, 8] },
  5: { kind: "cmyk", channels: 4, depths: [8, 16], extra: "unspecified", compressions: [...bytewise, "jpeg"] },
  6: { kind: "rgb", channels: 3, depths: [8], compressions: ["jpeg"] },
};

/** ExtraSamples, TIFF 6.0 §18. 0 is "unspecified": a saved selection, a spot colour, but no transparency. */
const alphaKinds: Readonly<Record<number, TiffLayout["alpha"]>> = { 0: "none", 1: "associated", 2: "straight" };

/** Channels beside the colours: a few selections; each costs the time to be unpacked. */
const maxExtraSamples = 4;

/** How the samples of the page lie in the file. All numbers were checked against each other, none against the file's length. */
export interface TiffLayout {
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  readonly compression: TiffCompression;
  /** What all blocks of JPEG share. */
  readonly jpegTables: Uint8Array | undefined;
  readonly kind: ColourRow["kind"];
  /** 0 is white; gray only. */
  readonly whiteIsZero: boolean;
  /** Inside JPEG: the three components are YCbCr. */
  readonly isYcc: boolean;
  readonly alpha: "none" | "associated" | "straight";
  readonly bits: number;
  /** Per pixel, alpha and channels that do not show included; alpha is the first after the colours. */
  readonly channels: number;
  /** Every channel has blocks of its own. */
  readonly planar: boolean;
  /** Samples are differences from their left neighbours. */
  readonly predicted: boolean;
  /** The first pixel of a byte is in its lowest bit. */
  readonly reversedBits: boolean;
  readonly blocks: TiffBlocks;
}

/** Strips (as wide as the picture) or tiles, in raster order, planes one after another. */
export interface TiffBlocks {
  readonly tiled: boolean;
  readonly width: number;
  readonly height: number;
  readonly across: number;
  readonly down: number;
}

/**
 * Reads the layout of the first page from its fields, or names what keeps it from being decoded.
 * @throws HeaderError or RangeError when a directory or a field leaves the file.
 */
export function readLayout(structure: TiffStructure): TiffLayout | TiffRefusal {
  const { pages, startsWithPage, hasMask, loops } = countPages(structure);
  if (loops) return "damaged";
  if (pages === 2) return "pages";
  if (!startsWithPage) return "no-page";
  if (hasMask) return "mask";

  const directory = new TiffDirectory(structure, structure.firstIfd);
  const width = directory.value(tag.width);
  const height = directory.value(tag.height);
  if (!isSize(width) || !isSize(height)) return "layout";
  const compression = tiffCompressions[directory.value(tag.compression) ?? 1];
  if (compression === undefined) return "compression";
  const photometric = directory.value(tag.photometric);
  const colour = colours[photometric ?? -1];
  if (colour === undefined || !hasPlainCmyk(directory, colour)) return "colour";
  if (!(colour.compressions ?? bytewise).some((name) => name === compression)) return "compression";

  const channels = directory.value(tag.samplesPerPixel) ?? 1;
  const alpha = readAlpha(directory, colour, channels);
  // A block of JPEG has four components at most (T.81 Table B.3 for scans).
  const isPlanar = directory.value(tag.planarConfiguration) === 2;
  if (alpha === undefined || (compression === "jpeg" && channels > 4 && !isPlanar)) return "channels";
  const bits = uniform(directory, tag.bitsPerSample, channels, 1);
  if (uniform(directory, tag.sampleFormat, channels, 1) !== 1 || bits === undefined) return "samples";
  if (!colour.depths.includes(bits) || (channels > colour.channels && bits < 8)) return "depth";
  if ((compression === "jpeg" && bits !== 8) || (compression === "g4" && bits !== 1)) return "depth";
  const predicted = compression === "lzw" || compression === "deflate" ? directory.value(tag.predictor) : 1;
  if ((predicted ?? 1) > 2 || (predicted === 2 && bits < 8)) return "predictor";

  const planarConfiguration = directory.value(tag.planarConfiguration) ?? 1;
  const planar = planarConfiguration === 2 && channels > 1;
  const blocks = readBlocks(directory, width, height, planar ? channels : 1);
  if (blocks === undefined || planarConfiguration > 2 || (planar && photometric === 6)) return "layout";
  if (colour.kind === "palette" && !hasPalette(directory, bits)) return "layout";
  // Some readers take the first of several, others none.
  if (directory.count(tag.orientation) > 1) return "layout";
  const orientation = directory.value(tag.orientation);
  return {
    directory,
    width,
    height,
    orientation: isOrientation(orientation) ? orientation : 1,
    compression,
    jpegTables: compression === "jpeg" ? directory.bytes(tag.jpegTables) : undefined,
    kind: colour.kind,
    whiteIsZero: colour.whiteIsZero ?? false,
    isYcc: photometric === 6,
    alpha,
    bits,
    channels,
    planar,
    predicted: predicted === 2,
    reversedBits: directory.value(tag.fillOrder) === 2,
    blocks,
  };
}

/** Where the block at `index` lies in the file. */
export function blockRange({ directory, blocks }: TiffLayout, index: number): { start: number; length: number } {
  const start = directory.value(blocks.tiled ? tag.tileOffsets : tag.stripOffsets, index);
  const length = directory.value(blocks.tiled ? tag.tileByteCounts : tag.stripByteCounts, index);
  return { start: start ?? 0, length: length ?? 0 };
}

function blockCount({ blocks: { across, down }, planar, channels }: TiffLayout): number {
  return across * down * (planar ? channels : 1);
}

/** Whether all strips or tiles lie within the file. */
export function hasAllBlocks(layout: TiffLayout): boolean {
  const fileLength = layout.directory.structure.reader.length;
  for (let index = blockCount(layout) - 1; index >= 0; index--) {
    const { start, length } = blockRange(layout, index);
    if (start === 0 || length === 0 || start + length > fileLength) return false;
  }
  return true;
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && value > 0 && value < 2 ** 31;
}

/** The value that a field with one value per channel has for all of them; undefined when they differ. */
function uniform(directory: TiffDirectory, wanted: number, channels: number, absent: number): number | undefined {
  if (!directory.has(wanted)) return absent;
  const first = directory.value(wanted);
  for (let channel = 1; channel < channels; channel++) {
    if (directory.value(wanted, channel) !== first) return undefined;
  }
  return first;
}

/** InkSet 1 and NumberOfInks 4 are CMYK, and the defaults (TIFF 6.0 §16). */
function hasPlainCmyk(directory: TiffDirectory, { kind }: ColourRow): boolean {
  return (
    kind !== "cmyk" || ((directory.value(tag.inkSet) ?? 1) === 1 && (directory.value(tag.numberOfInks) ?? 4) === 4)
  );
}

function readAlpha(directory: TiffDirectory, colour: ColourRow, channels: number): TiffLayout["alpha"] | undefined {
  const extra = channels - colour.channels;
  if (extra !== directory.count(tag.extraSamples)) return undefined;
  if (extra === 0) return "none";
  if (colour.extra === undefined || extra > maxExtraSamples) return undefined;
  const [first, ...others] = Array.from(
    { length: extra },
    (_, i) => alphaKinds[directory.value(tag.extraSamples, i) ?? -1],
  );
  const isFirst = others.every((kind) => kind === "none");
  return isFirst && (colour.extra === "alpha" || first === "none") ? first : undefined;
}

/** Three values for every index. */
function hasPalette(directory: TiffDirectory, bits: number): boolean {
  const count = 3 << bits;
  return directory.count(tag.colorMap) === count && directory.value(tag.colorMap, count - 1) !== undefined;
}

function readBlocks(directory: TiffDirectory, width: number, height: number, planes: number): TiffBlocks | undefined {
  const tiled = directory.has(tag.tileWidth);
  if (tiled && directory.has(tag.stripOffsets)) return undefined;
  const blockWidth = tiled ? directory.value(tag.tileWidth) : width;
  const blockHeight = tiled ? directory.value(tag.tileLength) : (directory.value(tag.rowsPerStrip) ?? height);
  if (!blockWidth || !blockHeight || blockWidth >= 2 ** 31) return undefined;
  const across = Math.ceil(width / blockWidth);
  const down = Math.ceil(height / blockHeight);
  const wanted = across * down * planes;
  const offsets = directory.count(tiled ? tag.tileOffsets : tag.stripOffsets);
  const lengths = directory.count(tiled ? tag.tileByteCounts : tag.stripByteCounts);
  if (wanted > maxBlocks || offsets < wanted || lengths < wanted) return undefined;
  return { tiled, width: blockWidth, height: tiled ? blockHeight : Math.min(blockHeight, height), across, down };
}
