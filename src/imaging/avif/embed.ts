import { type Box, boxes } from "../bytes/boxes.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import type { EmbeddedMetadata } from "../metadata/embedded-metadata.ts";
import {
  type ItemData,
  type ItemEntry,
  onlyBox,
  type PropertyAssociation,
  readItemEntries,
  readLocations,
  readPrimaryItem,
  readPropertyAssociations,
  xmpContentType,
} from "./items.ts";
import { joinBytes, u16, u32 } from "../bytes/join-bytes.ts";

/**
 * The profile precedes these: other colour properties, and those that turn or cut the picture (ISO/IEC 23008-12
 * §6.5.1).
 */
const followers = ["colr", "clap", "irot", "imir"];

/** An item that is written again, with its data. */
interface Item {
  readonly entry: Uint8Array;
  readonly id: number;
  readonly data: readonly Uint8Array[];
  /** Data in `idat` stays there. */
  readonly kept: ItemData | undefined;
}

/**
 * Puts a profile, XMP and Exif into a still AVIF (ISO/IEC 23008-12, AV1 Image File Format). The profile becomes a `colr`
 * property of the primary item and goes before the `nclx` one, which stays: it says how YCbCr becomes RGB (ISO/IEC
 * 23000-22 §7.3.6.4). XMP and Exif become items that describe the primary one. A given part replaces
 * the one in the file; all others stay. Without any, the same bytes come back.
 *
 * The `meta` box is written again, and after it the data of all items in one `mdat`.
 *
 * @throws HeaderError or RangeError when the file is none, is an image sequence, or is built in a way that no encoder
 * here uses (data in other files or in other items)
 */
export function wrapAvif(file: Uint8Array<ArrayBuffer>, { icc, xmp, exif }: EmbeddedMetadata): Uint8Array<ArrayBuffer> {
  if (icc === undefined && xmp === undefined && exif === undefined) return file;
  const outer = [...boxes(new ByteReader(file))];
  if (outer.some(({ type }) => type === "moov")) throw new HeaderError("image sequence");
  const meta = onlyBox(outer, "meta");
  const children = [...boxes(meta, 4)];
  const primary = readPrimaryItem(onlyBox(children, "pitm"));
  const entries = readItemEntries(onlyBox(children, "iinf"));
  const isReplaced = (entry: ItemEntry) =>
    (xmp !== undefined && entry.contentType === xmpContentType) || (exif !== undefined && entry.type === "Exif");
  const replaced = entries.filter(isReplaced).map(({ id }) => id);
  const items = readItems(file, entries, readLocations(onlyBox(children, "iloc"))).filter(
    ({ id }) => !replaced.includes(id),
  );
  let nextId = Math.max(...items.map(({ id }) => id)) + 1;
  const added: Item[] = [];
  if (exif !== undefined)
    // Before the data: the distance from there to the TIFF header (§A.2.1).
    added.push({
      id: nextId,
      entry: itemEntry(nextId++, "Exif", "Exif\0"),
      data: [Uint8Array.of(0, 0, 0, 0), exif],
      kept: undefined,
    });
  if (xmp !== undefined)
    added.push({
      id: nextId,
      entry: itemEntry(nextId, "mime", `XMP\0${xmpContentType}\0`),
      data: [xmp],
      kept: undefined,
    });

  const all = [...items, ...added];
  const rewritten: Readonly<Record<string, () => Uint8Array>> = {
    iinf: () => box("iinf", [[0, 0, 0, 0], u16(all.length), ...all.map(({ entry }) => box("infe", [entry]))]),
    iprp: () => writeProperties(onlyBox(children, "iprp"), primary, icc),
  };
  const before = box("ftyp", [onlyBox(outer, "ftyp").bytes]);
  const metaWith = (dataStart: number) =>
    box("meta", [
      meta.range(0, 4),
      ...children
        .filter(({ type }) => type !== "iref")
        .flatMap((child) => {
          if (child.type === "iloc") return [writeLocations(all, dataStart)];
          const written = rewritten[child.type]?.() ?? box(child.type, [child.payload().bytes]);
          return child.type === "iinf" ? [written, ...writeReferences(children, replaced, added, primary)] : [written];
        }),
    ]);
  // Its length does not depend on the offsets in it.
  const dataStart = before.length + metaWith(0).length + boxHeaderBytes;
  return joinBytes([
    before,
    metaWith(dataStart),
    box(
      "mdat",
      all.flatMap(({ data }) => data),
    ),
  ]);
}

const boxHeaderBytes = 8;

/** The data of each item in one piece; in the order of the file, which encoders choose with care. */
function readItems(file: Uint8Array, entries: readonly ItemEntry[], locations: readonly ItemData[]): Item[] {
  const reader = new ByteReader(file);
  const found = entries.map(({ id, payload }) => {
    const location = locations.find((candidate) => candidate.id === id) ?? { id, constructionMethod: 0, extents: [] };
    const isKept = location.constructionMethod === 1;
    const data = isKept
      ? []
      : // A length of 0 is the whole file (ISO/IEC 14496-12 §8.11.3.3), which no encoder writes.
        location.extents.map(({ offset, length }) => reader.range(offset, offset + length));
    return { id, entry: payload, data, kept: isKept ? location : undefined, at: location.extents[0]?.offset ?? 0 };
  });
  const total = found.reduce((sum, { data }) => sum + data.reduce((bytes, part) => bytes + part.length, 0), 0);
  // Items that share their data would be written several times.
  if (total > file.length) throw new HeaderError("items overlap");
  return found.toSorted((a, b) => a.at - b.at);
}

/** `infe` of version 2, ISO/IEC 14496-12 §8.11.6: hidden (flag 1), since it is no picture. */
function itemEntry(id: number, type: string, strings: string): Uint8Array {
  if (id > 0xffff) throw new HeaderError("item number");
  return joinBytes([[2, 0, 0, 1], u16(id), u16(0), type, strings]);
}

/** `iloc` with 32-bit offsets and lengths: of version 1 as soon as an item lies in `idat`, of version 2 for large numbers. */
function writeLocations(items: readonly Item[], dataStart: number): Uint8Array {
  const version = items.some(({ id }) => id > 0xffff) ? 2 : items.some(({ kept }) => kept !== undefined) ? 1 : 0;
  const number = version === 2 ? u32 : u16;
  let at = dataStart;
  const rows = items.flatMap(({ id, data, kept }) => {
    const length = data.reduce((sum, part) => sum + part.length, 0);
    const extents = kept?.extents ?? [{ offset: at, length }];
    at += length;
    return [
      number(id),
      version === 0 ? [] : u16(kept === undefined ? 0 : 1),
      u16(0),
      u16(extents.length),
      ...extents.flatMap((extent) => [u32(extent.offset), u32(extent.length)]),
    ];
  });
  return box("iloc", [[version, 0, 0, 0, 0x44, 0], number(items.length), ...rows]);
}

/** `iref`, §8.11.12: what there was, except from items that are replaced, and `cdsc` from the new ones to the picture. */
function writeReferences(
  children: readonly Box[],
  replaced: readonly number[],
  added: readonly Item[],
  primary: number,
): Uint8Array[] {
  const existing = children.find(({ type }) => type === "iref")?.payload();
  const wide = existing !== undefined && existing.u8(0) > 0;
  const number = wide ? u32 : u16;
  const kept =
    existing === undefined
      ? []
      : [...boxes(existing, 4)].filter(({ payload }) => {
          const from = payload();
          return !replaced.includes(wide ? from.u32(0) : from.u16(0));
        });
  const written = [
    ...kept.map(({ type, payload }) => box(type, [payload().bytes])),
    ...added.map(({ id }) => box("cdsc", [number(id), u16(1), number(primary)])),
  ];
  return written.length === 0 ? [] : [box("iref", [[wide ? 1 : 0, 0, 0, 0], ...written])];
}

/** `iprp`, §8.11.14: the properties, with the profile at the end of them or in the place of the old one. */
function writeProperties(iprp: ByteReader, primary: number, icc: Uint8Array | undefined): Uint8Array {
  if (icc === undefined) return box("iprp", [iprp.bytes]);
  const children = [...boxes(iprp)];
  const properties = [...boxes(onlyBox(children, "ipco"))];
  const associations = children
    .filter(({ type }) => type === "ipma")
    .flatMap(({ payload }) => readPropertyAssociations(payload()));
  const ofPrimary = associations.find(({ item }) => item === primary);
  if (ofPrimary === undefined) throw new HeaderError("a picture without properties");
  const old = ofPrimary.properties.find(({ index }) => isProfile(properties[index - 1]))?.index;
  const index = old ?? properties.length + 1;
  const written = properties.map(({ type, payload }) => box(type, [payload().bytes]));
  written[index - 1] = box("colr", ["prof", icc]);
  // Some readers use the first `colr` only.
  const follower = ofPrimary.properties.findIndex((property) =>
    followers.includes(properties[property.index - 1]?.type ?? ""),
  );
  const before = follower < 0 ? ofPrimary.properties.length : follower;
  const extended =
    old === undefined ? ofPrimary.properties.toSpliced(before, 0, { index, essential: false }) : ofPrimary.properties;
  return box("iprp", [
    box("ipco", written),
    writeAssociations(
      associations.map((entry) => (entry === ofPrimary ? { item: primary, properties: extended } : entry)),
      written.length,
    ),
  ]);
}

function isProfile(property: Box | undefined): boolean {
  if (property?.type !== "colr") return false;
  const { bytes } = property.payload();
  return startsWith(bytes, "prof") || startsWith(bytes, "rICC");
}

function writeAssociations(associations: readonly PropertyAssociation[], propertyCount: number): Uint8Array {
  const wideIndex = propertyCount > 127;
  const wideId = associations.some(({ item }) => item > 0xffff);
  const flag = wideIndex ? 0x8000 : 0x80;
  const rows = associations.flatMap(({ item, properties }) => [
    wideId ? u32(item) : u16(item),
    [properties.length],
    ...properties.map(({ index, essential }) => {
      const value = (essential ? flag : 0) | index;
      return wideIndex ? u16(value) : [value];
    }),
  ]);
  return box("ipma", [[wideId ? 1 : 0, 0, 0, wideIndex ? 1 : 0], u32(associations.length), ...rows]);
}

/** Files are held in memory, so that 32 bits of size are always enough. */
function box(type: string, parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return joinBytes([u32(parts.reduce((sum, part) => sum + part.length, boxHeaderBytes)), type, ...parts]);
}
