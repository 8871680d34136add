import { type BytePart, joinBytes, u16, u32 } from "../bytes/join-bytes.ts";
import { itemDataOf, readSequenceHeader, type SequenceHeader } from "./sequence-header.ts";
import type { PlaneLayout } from "./planes.ts";

/** One AV1 picture as it came from the encoder. */
export interface CodedPicture {
  readonly stream: Uint8Array<ArrayBuffer>;
  readonly layout: PlaneLayout;
  readonly bitDepth: 8 | 10;
}

const box = (type: string, ...parts: readonly BytePart[]): Uint8Array<ArrayBuffer> =>
  joinBytes([u32(parts.reduce((sum, part) => sum + part.length, 8)), type, ...parts]);

const fullBox = (type: string, version: number, flags: number, ...parts: readonly BytePart[]) =>
  box(type, [version, 0, 0, flags], ...parts);

/** Item numbers. */
const colourItem = 1;
const alphaItem = 2;

const essential = 0x80;

/**
 * A still AVIF (AV1 Image File Format, ISO/IEC 23008-12): the picture, and its alpha as an auxiliary item. Of its
 * colours it says that they are full-range BT.601 (CICP 2/2/6, ITU-T H.273); a profile or `stateSrgb()` says the rest.
 */
export function writeAvif(
  width: number,
  height: number,
  colour: CodedPicture,
  alpha: CodedPicture | undefined,
): Uint8Array<ArrayBuffer> {
  const items = [
    { id: colourItem, name: "Color", picture: colour },
    ...(alpha === undefined ? [] : [{ id: alphaItem, name: "Alpha", picture: alpha }]),
  ].map((item) => ({
    ...item,
    data: joinBytes(itemDataOf(item.picture.stream)),
    header: readSequenceHeader(item.picture.stream),
  }));
  const isHigh = items.some(({ header }) => header.profile > 0);
  const ftyp = box("ftyp", "avif", u32(0), "avifmif1miaf", isHigh ? "MA1A" : "MA1B");

  const properties: Uint8Array[] = [box3("ispe", u32(width, height))];
  const add = (property: Uint8Array, flag = 0): number => properties.push(property) | flag;
  const associations = items.flatMap(({ id, picture, header }) => {
    const own = [
      add(pixelInformation(picture)),
      add(codecConfiguration(picture, header), essential),
      id === colourItem
        ? add(box("colr", "nclx", u16(2, 2, 6), [0x80]))
        : add(box3("auxC", "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")),
    ];
    return [...u16(id), own.length + 1, 1, ...own];
  });

  const metaWith = (dataAt: number): Uint8Array => {
    let at = dataAt;
    const locations = items.flatMap(({ id, data }) => {
      const row = [...u16(id), ...u16(0), ...u16(1), ...u32(at), ...u32(data.length)];
      at += data.length;
      return row;
    });
    return fullBox(
      "meta",
      0,
      0,
      box3("hdlr", u32(0), "pict", u32(0, 0, 0), [0]),
      box3("pitm", u16(colourItem)),
      box3("iloc", [0x44, 0], u16(items.length), locations),
      box3(
        "iinf",
        u16(items.length),
        ...items.map(({ id, name }) => fullBox("infe", 2, 0, u16(id, 0), "av01", `${name}\0`)),
      ),
      ...(alpha === undefined ? [] : [box3("iref", box("auxl", u16(alphaItem, 1, colourItem)))]),
      box("iprp", box("ipco", ...properties), box3("ipma", u32(items.length), associations)),
    );
  };
  // Its length does not depend on the offsets in it.
  const dataAt = ftyp.length + metaWith(0).length + 8;
  return joinBytes([ftyp, metaWith(dataAt), box("mdat", ...items.map(({ data }) => data))]);
}

const box3 = (type: string, ...parts: readonly BytePart[]) => fullBox(type, 0, 0, ...parts);

/** `pixi`, ISO/IEC 23008-12 §6.5.6. */
function pixelInformation({ layout, bitDepth }: CodedPicture): Uint8Array {
  const channels = layout === "monochrome" ? 1 : 3;
  return box3("pixi", [channels, ...Array.from({ length: channels }, () => bitDepth)]);
}

/** `av1C`, AV1 Codec ISO Media File Format Binding §2.3.3. */
function codecConfiguration({ layout, bitDepth }: CodedPicture, { profile, level, tier }: SequenceHeader): Uint8Array {
  const isSubsampled = layout !== "4:4:4";
  return box("av1C", [
    0x81,
    (profile << 5) | level,
    (tier << 7) | (bitDepth === 10 ? 0x40 : 0) | (layout === "monochrome" ? 0x10 : 0) | (isSubsampled ? 0x0c : 0),
    0,
  ]);
}
