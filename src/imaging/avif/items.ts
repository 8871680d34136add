import { type Box, boxes } from "../bytes/boxes.ts";
import { ByteReader, HeaderError } from "../bytes/byte-reader.ts";
import { joinBytes } from "../bytes/join-bytes.ts";

/** Items of one file: a picture, its alpha, a grid of tiles and metadata; far above what an encoder writes. */
const maxItems = 4096;

/** Pieces of one item's data. */
const maxExtents = 4096;

/** The `mime` items of this type hold XMP. */
export const xmpContentType = "application/rdf+xml";

/** Where the data of an item is (ISO/IEC 14496-12 §8.11.3): in the file, or in the `idat` box. */
export interface ItemData {
  readonly id: number;
  /** 0: offsets count from the start of the file; 1: from the start of `idat`. */
  readonly constructionMethod: 0 | 1;
  readonly extents: readonly { readonly offset: number; readonly length: number }[];
}

export interface ItemEntry {
  readonly id: number;
  /** Four characters, for example `av01`, `mime`, `Exif`. */
  readonly type: string;
  /** Only of type `mime`. */
  readonly contentType: string | undefined;
  /** The payload of the `infe` box, as it is. */
  readonly payload: Uint8Array;
}

export interface PropertyAssociation {
  readonly item: number;
  /** The number of the property, from 1, and whether a reader that does not know it must not show the item. */
  readonly properties: readonly { readonly index: number; readonly essential: boolean }[];
}

/** `pitm`, §8.11.4. */
export function readPrimaryItem(pitm: ByteReader): number {
  return pitm.u8(0) === 0 ? pitm.u16(4) : pitm.u32(4);
}

/** `iloc`, §8.11.3. Throws HeaderError for data in other files or other items. */
export function readLocations(iloc: ByteReader): ItemData[] {
  const version = iloc.u8(0);
  if (version > 2) throw new HeaderError("iloc version");
  const sizes = iloc.u16(4);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  const cursor = new Cursor(iloc, 6);
  const count = cursor.number(version === 2 ? 4 : 2);
  if (count > maxItems) throw new HeaderError("too many items");
  return Array.from({ length: count }, () => {
    const id = cursor.number(version === 2 ? 4 : 2);
    const constructionMethod = version === 0 ? 0 : cursor.number(2) & 15;
    const dataReference = cursor.number(2);
    if (dataReference !== 0) throw new HeaderError("data in another file");
    if (constructionMethod !== 0 && constructionMethod !== 1) throw new HeaderError("data in another item");
    const base = cursor.number(baseSize);
    const extentCount = cursor.number(2);
    if (extentCount > maxExtents) throw new HeaderError("too many extents");
    const extents = Array.from({ length: extentCount }, () => {
      cursor.number(indexSize);
      return { offset: base + cursor.number(offsetSize), length: cursor.number(lengthSize) };
    });
    return { id, constructionMethod, extents };
  });
}

/** The data of one item in one piece, of which there is no copy where the file has it so. */
export function readItemData(
  file: Uint8Array<ArrayBuffer>,
  idat: ByteReader | undefined,
  locations: readonly ItemData[],
  item: number,
): Uint8Array<ArrayBuffer> {
  const location = locations.find(({ id }) => id === item);
  if (location === undefined) throw new HeaderError("an item without data");
  const from = location.constructionMethod === 0 ? new ByteReader(file) : idat;
  if (from === undefined) throw new HeaderError("no idat box");
  // A length of 0 is all that follows (ISO/IEC 14496-12 §8.11.3.3).
  const parts = location.extents.map(({ offset, length }) =>
    from.range(offset, length === 0 ? from.length : offset + length),
  );
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  // Pieces that overlap could make terabytes of a small file.
  if (total > from.length) throw new HeaderError("an item that is larger than the file");
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? (only as Uint8Array<ArrayBuffer>) : joinBytes(parts);
}

/** `iinf` with its `infe` boxes, §8.11.6. Throws HeaderError for other boxes, and entries without a type (version 0 and 1). */
export function readItemEntries(iinf: ByteReader): ItemEntry[] {
  return [...boxes(iinf, iinf.u8(0) === 0 ? 6 : 8)].map(({ type: boxType, payload }) => {
    if (boxType !== "infe") throw new HeaderError("a box that is no entry");
    const entry = payload();
    const version = entry.u8(0);
    if (version !== 2 && version !== 3) throw new HeaderError("infe version");
    const idBytes = version === 2 ? 2 : 4;
    const typeAt = 4 + idBytes + 2;
    const type = entry.text(typeAt, 4);
    return {
      id: version === 2 ? entry.u16(4) : entry.u32(4),
      type,
      contentType: type === "mime" ? secondString(entry.bytes.subarray(typeAt + 4)) : undefined,
      payload: entry.bytes,
    };
  });
}

/** `ipma`, §8.11.14. */
export function readPropertyAssociations(ipma: ByteReader): PropertyAssociation[] {
  const wideId = ipma.u8(0) >= 1;
  const wideIndex = (ipma.u8(3) & 1) === 1;
  const cursor = new Cursor(ipma, 4);
  const count = cursor.number(4);
  if (count > maxItems) throw new HeaderError("too many items");
  return Array.from({ length: count }, () => {
    const item = cursor.number(wideId ? 4 : 2);
    const properties = Array.from({ length: cursor.number(1) }, () => {
      const value = cursor.number(wideIndex ? 2 : 1);
      const flag = wideIndex ? 0x8000 : 0x80;
      return { index: value & (flag - 1), essential: (value & flag) !== 0 };
    });
    return { item, properties };
  });
}

/** The payload of the only box of this type; throws HeaderError when there is none, or more than one. */
export function onlyBox(list: readonly Box[], type: string): ByteReader {
  const found = list.filter((box) => box.type === type);
  const [box] = found;
  if (box === undefined || found.length > 1) throw new HeaderError(`${found.length} ${type} boxes`);
  return box.payload();
}

/** Of an item name and a content type, each ended by a zero byte. */
function secondString(bytes: Uint8Array): string {
  const start = bytes.indexOf(0) + 1;
  const end = bytes.indexOf(0, start);
  return String.fromCharCode(...bytes.subarray(start, end < 0 ? bytes.length : end).subarray(0, 256));
}

/** Reads big-endian numbers of any whole number of bytes, one after the other. */
class Cursor {
  private readonly reader: ByteReader;
  private at: number;

  constructor(reader: ByteReader, at: number) {
    this.reader = reader;
    this.at = at;
  }

  number(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + this.reader.u8(this.at++);
    return value;
  }
}
