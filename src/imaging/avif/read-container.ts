import { type Box, boxes } from "../bytes/boxes.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import type { CodePoints } from "../colour/code-points.ts";
import {
  onlyBox,
  readItemData,
  readItemEntries,
  readLocations,
  readPrimaryItem,
  readPropertyAssociations,
} from "./items.ts";
import { isKnownMatrix } from "./from-planes.ts";
import { AvifRefused } from "./refusal.ts";
import { countFrames, readSequenceHeader, type SequenceHeader } from "./sequence-header.ts";

/** One AV1 still picture, and its sequence header. */
export interface AvifStream {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly header: SequenceHeader;
  readonly frames: number;
}

/** The AV1 streams of a still AVIF that is one picture, and what the file says about its colours. */
export interface AvifParts {
  readonly colour: AvifStream;
  readonly alpha: AvifStream | undefined;
  /** The colours are multiplied with alpha already. */
  readonly isPremultiplied: boolean;
  /** Of `colr`, or of the stream where there is none. ITU-T H.273; 2 where neither says. */
  readonly codePoints: CodePoints;
  readonly matrix: number;
  readonly fullRange: boolean;
  readonly icc: Uint8Array<ArrayBuffer> | undefined;
}

/** Layers of one picture (`a1lx`, AV1 Image File Format §2.3.2.3). */
const maxFrames = 4;

/** Properties that say what is known anyhow, or that the caller applies (`irot`, `imir`). */
const understood = ["ispe", "pixi", "av1C", "colr", "auxC", "irot", "imir", "pasp", "clli", "mdcv"];

const alphaType = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";

/**
 * Takes a still AVIF apart (ISO/IEC 23008-12, AV1 Image File Format).
 * @throws AvifRefused for what takes more than decoding one stream, and HeaderError or RangeError for damaged files
 */
export function readAvif(file: Uint8Array<ArrayBuffer>): AvifParts {
  const meta = onlyBox([...boxes(new ByteReader(file))], "meta");
  const children = [...boxes(meta, 4)];
  checkHandler(children);
  const primary = readPrimaryItem(onlyBox(children, "pitm"));
  const entries = readItemEntries(onlyBox(children, "iinf"));
  const typeOf = (item: number): string | undefined => entries.find(({ id }) => id === item)?.type;
  if (typeOf(primary) !== "av01") throw new AvifRefused("derived");
  const locations = readLocations(onlyBox(children, "iloc"));
  const idat = children.find(({ type }) => type === "idat")?.payload();
  const propertiesOf = propertyReader(children);
  const streamOf = (item: number): AvifStream => {
    const bytes = readItemData(file, idat, locations, item);
    const frames = countFrames(bytes);
    if (frames > maxFrames) throw new AvifRefused("layers");
    return { bytes, header: readSequenceHeader(bytes), frames };
  };
  const own = propertiesOf(primary);
  const { alphaItem, isPremultiplied } = readAlphaItem(children, primary, propertiesOf);
  if (alphaItem !== undefined && typeOf(alphaItem) !== "av01") throw new AvifRefused("alpha");
  const colour = streamOf(primary);
  const alpha = alphaItem === undefined ? undefined : streamOf(alphaItem);
  // What is decoded is as large as the stream says, and everything was decided by what the file says.
  const size = sizeStatedBy(own);
  const { header } = colour;
  if (size !== undefined && (size.width !== header.width || size.height !== header.height))
    throw new AvifRefused("size");
  const alphaSize = alphaItem === undefined ? undefined : sizeStatedBy(propertiesOf(alphaItem));
  if (alphaSize !== undefined && (alphaSize.width !== header.width || alphaSize.height !== header.height))
    throw new AvifRefused("alpha");
  if (alpha !== undefined && (alpha.header.width !== header.width || alpha.header.height !== header.height))
    throw new AvifRefused("alpha");
  const colours = own.filter(({ type }) => type === "colr").map(({ payload }) => payload());
  const nclx = colours.find((property) => property.text(0, 4) === "nclx");
  const icc = colours.find(({ bytes }) => startsWith(bytes, "prof") || startsWith(bytes, "rICC"));
  if (nclx !== undefined && (nclx.u8(10) & 0x7f) !== 0) throw new HeaderError("colr");
  const matrix = nclx?.u16(8) ?? header.matrix;
  if (!isKnownMatrix(matrix)) throw new AvifRefused("colour");
  return {
    colour,
    alpha,
    isPremultiplied,
    codePoints: nclx === undefined ? header : { primaries: nclx.u16(4), transfer: nclx.u16(6) },
    matrix,
    fullRange: nclx === undefined ? header.fullRange : (nclx.u8(10) & 0x80) !== 0,
    icc: icc?.bytes.slice(4),
  };
}

/** `ispe` (ISO/IEC 23008-12 §6.5.3). */
function sizeStatedBy(properties: readonly Box[]): { readonly width: number; readonly height: number } | undefined {
  const size = properties.find(({ type }) => type === "ispe")?.payload();
  return size && { width: size.u32(4), height: size.u32(8) };
}

/**
 * `hdlr` of a file of pictures, which comes first (ISO/IEC 14496-12 §8.4.3, ISO/IEC 23008-12 §6.2): browsers refuse another
 * one, and bits that are set where none are to be.
 */
function checkHandler(children: readonly Box[]): void {
  const hdlr = onlyBox(children, "hdlr");
  const isRight = children[0]?.type === "hdlr" && hdlr.u8(0) === 0 && hdlr.u32(4) === 0 && hdlr.text(8, 4) === "pict";
  if (!isRight || [12, 16, 20].some((at) => hdlr.u32(at) !== 0)) throw new HeaderError("hdlr");
}

/** The newest version of these boxes (ISO/IEC 14496-12, ISO/IEC 23008-12); flags of those of version 0 are none. */
const newestVersions: Readonly<Record<string, number>> = {
  pitm: 1,
  iinf: 1,
  iref: 1,
  iloc: 2,
  ispe: 0,
  pixi: 0,
  auxC: 0,
};

/** Browsers refuse a file with a box that leaves its container, or of a version to come. Reads on where it is sound. */
function checkBox({ type, payload }: Box): void {
  const box = payload();
  const newest = newestVersions[type];
  if (newest === undefined) return;
  if (box.u8(0) > newest || (newest === 0 && box.u24(1) !== 0)) throw new HeaderError(`${type} of another version`);
}

function propertyReader(children: readonly Box[]): (item: number) => Box[] {
  const iprp = [...boxes(onlyBox(children, "iprp"))];
  const properties = [...boxes(onlyBox(iprp, "ipco"))];
  for (const property of [...children, ...iprp, ...properties]) checkBox(property);
  const associations = iprp
    .filter(({ type }) => type === "ipma")
    .flatMap(({ payload }) => readPropertyAssociations(payload()));
  return (item) =>
    (associations.find((entry) => entry.item === item)?.properties ?? []).flatMap(({ index, essential }) => {
      const property = properties[index - 1];
      if (property === undefined) return [];
      if (property.type === "clap") throw new AvifRefused("cropped");
      if (essential && !understood.includes(property.type)) throw new AvifRefused("property");
      return [property];
    });
}

/** `auxl` from an item with the alpha type to the picture, and `prem` back (ISO/IEC 23000-22 §7.3.5.2). */
function readAlphaItem(
  children: readonly Box[],
  primary: number,
  propertiesOf: (item: number) => Box[],
): { readonly alphaItem: number | undefined; readonly isPremultiplied: boolean } {
  let alphaItem: number | undefined;
  let isPremultiplied = false;
  const iref = children.find(({ type }) => type === "iref")?.payload();
  const wide = iref !== undefined && iref.u8(0) > 0;
  const id = (reader: ByteReader, at: number): number => (wide ? reader.u32(at) : reader.u16(at));
  const idBytes = wide ? 4 : 2;
  for (const { type, payload } of iref === undefined ? [] : boxes(iref, 4)) {
    const reference = payload();
    const from = id(reference, 0);
    const to = Array.from({ length: reference.u16(idBytes) }, (_, i) => id(reference, idBytes + 2 + i * idBytes));
    if (type === "prem" && from === primary) isPremultiplied = true;
    if (type !== "auxl" || !to.includes(primary)) continue;
    const types = propertiesOf(from)
      .filter((property) => property.type === "auxC")
      .map((property) => property.payload().bytes.subarray(4));
    // Without its end it is alpha to some decoders and not to others.
    if (types.some((kind) => !kind.includes(0))) throw new AvifRefused("alpha");
    if (types.some((kind) => startsWith(kind, alphaType))) alphaItem ??= from;
  }
  return { alphaItem, isPremultiplied: isPremultiplied && alphaItem !== undefined };
}
