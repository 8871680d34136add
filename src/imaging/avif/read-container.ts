import { type Box, boxes } from "../bytes/boxes.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import { joinBytes } from "../bytes/join-bytes.ts";
import {
  type ItemData,
  onlyBox,
  readItemEntries,
  readLocations,
  readPrimaryItem,
  readPropertyAssociations,
} from "./items.ts";

/** `colr` of type `nclx` (ISO/IEC 14496-12 §12.1.5): code points of ITU-T H.273. */
export interface Nclx {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
}

/** The AV1 streams of a still AVIF that is one picture, and what the file says about its colours. */
export interface AvifParts {
  readonly colour: Uint8Array<ArrayBuffer>;
  readonly alpha: Uint8Array<ArrayBuffer> | undefined;
  readonly nclx: Nclx | undefined;
  readonly icc: Uint8Array<ArrayBuffer> | undefined;
}

/** Properties that say what is known anyhow, or that the caller applies (`irot`, `imir`). */
const understood = ["ispe", "pixi", "av1C", "colr", "auxC", "irot", "imir", "pasp", "clli", "mdcv"];

const alphaType = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";

/**
 * Takes a still AVIF apart (ISO/IEC 23008-12, AV1 Image File Format).
 * @throws HeaderError or RangeError for derived pictures (grids, overlays), layers, cropping, premultiplied alpha and
 * essential properties that are not known here: showing them needs more than decoding one stream
 */
export function readAvif(file: Uint8Array<ArrayBuffer>): AvifParts {
  const meta = onlyBox([...boxes(new ByteReader(file))], "meta");
  const children = [...boxes(meta, 4)];
  const primary = readPrimaryItem(onlyBox(children, "pitm"));
  const entries = readItemEntries(onlyBox(children, "iinf"));
  if (entries.find(({ id }) => id === primary)?.type !== "av01") throw new HeaderError("a derived picture");
  const locations = readLocations(onlyBox(children, "iloc"));
  const idat = children.find(({ type }) => type === "idat")?.payload();
  const iprp = [...boxes(onlyBox(children, "iprp"))];
  const properties = [...boxes(onlyBox(iprp, "ipco"))];
  const associations = iprp
    .filter(({ type }) => type === "ipma")
    .flatMap(({ payload }) => readPropertyAssociations(payload()));
  const propertiesOf = (item: number): Box[] =>
    (associations.find((entry) => entry.item === item)?.properties ?? []).flatMap(({ index, essential }) => {
      const property = properties[index - 1];
      if (property === undefined) return [];
      if (property.type === "clap") throw new HeaderError("a cropped picture");
      if (essential && !understood.includes(property.type)) throw new HeaderError(`essential ${property.type}`);
      return [property];
    });
  const alphaItem = readAlphaItem(children, primary, propertiesOf);
  const own = propertiesOf(primary);
  const colours = own.filter(({ type }) => type === "colr").map(({ payload }) => payload());
  const nclx = colours.find((colour) => colour.text(0, 4) === "nclx");
  const icc = colours.find(({ bytes }) => startsWith(bytes, "prof") || startsWith(bytes, "rICC"));
  return {
    colour: dataOf(file, idat, locations, primary),
    alpha: alphaItem === undefined ? undefined : dataOf(file, idat, locations, alphaItem),
    nclx:
      nclx === undefined
        ? undefined
        : {
            primaries: nclx.u16(4),
            transfer: nclx.u16(6),
            matrix: nclx.u16(8),
            fullRange: (nclx.u8(10) & 0x80) !== 0,
          },
    icc: icc?.bytes.slice(4),
  };
}

/** `auxl` from an item with the alpha type to the picture (ISO/IEC 23000-22 §7.3.5.2). */
function readAlphaItem(
  children: readonly Box[],
  primary: number,
  propertiesOf: (item: number) => Box[],
): number | undefined {
  const iref = children.find(({ type }) => type === "iref")?.payload();
  if (iref === undefined) return undefined;
  const wide = iref.u8(0) > 0;
  const id = (reader: ByteReader, at: number): number => (wide ? reader.u32(at) : reader.u16(at));
  const idBytes = wide ? 4 : 2;
  for (const { type, payload } of boxes(iref, 4)) {
    const reference = payload();
    const to = Array.from({ length: reference.u16(idBytes) }, (_, i) => id(reference, idBytes + 2 + i * idBytes));
    if (type === "prem" && id(reference, 0) === primary) throw new HeaderError("premultiplied alpha");
    if (type !== "auxl" || !to.includes(primary)) continue;
    const item = id(reference, 0);
    const isAlpha = propertiesOf(item).some(
      (property) => property.type === "auxC" && startsWith(property.payload().bytes.subarray(4), alphaType),
    );
    if (isAlpha) return item;
  }
  return undefined;
}

function dataOf(
  file: Uint8Array<ArrayBuffer>,
  idat: ByteReader | undefined,
  locations: readonly ItemData[],
  item: number,
): Uint8Array<ArrayBuffer> {
  const location = locations.find(({ id }) => id === item);
  if (location === undefined) throw new HeaderError("an item without data");
  const from = location.constructionMethod === 0 ? new ByteReader(file) : idat;
  if (from === undefined) throw new HeaderError("no idat box");
  return joinBytes(
    // A length of 0 is all that follows (ISO/IEC 14496-12 §8.11.3.3).
    location.extents.map(({ offset, length }) => from.range(offset, length === 0 ? from.length : offset + length)),
  );
}
