import type { BitWriter } from "./bit-writer.ts";

/** Pixel formats of ITU-T T.832 Table A.6: the last byte of their GUIDs. Colours are in the order in which decoders hand them out. */
export const pixelFormat = { gray8: 0x08, bgr24: 0x0c, bgra32: 0x0f } as const;
export type PixelFormat = (typeof pixelFormat)[keyof typeof pixelFormat];

const guidStart = [0x24, 0xc3, 0xdd, 0x6f, 0x03, 0x4e, 0xfe, 0x4b, 0xb1, 0x85, 0x3d, 0x77, 0x76, 0x8d, 0xc9] as const;
const guidAt = 8;
const directoryAt = 0x20;
const entryBytes = 12;

const type = { byte: 1, long: 4, undefined: 7, float: 11 } as const;

/** Resolution that says nothing about the picture, as every writer gives it. */
const dotsPerInch = 96;

export interface ContainerFields {
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  readonly iccProfile: Uint8Array | undefined;
}

/** Places of the fields that are known only after encoding. */
export interface OpenContainer {
  readonly imageAt: number;
  readonly imageFieldAt: number;
  readonly alphaFieldAt: number | undefined;
}

function floatBits(value: number): number {
  return new DataView(Float32Array.of(value).buffer).getUint32(0, true);
}

/** Bytes in front of the image codestream: even, as its offset must be. */
export function containerHeadBytes({ format, iccProfile }: ContainerFields): number {
  const entries = 8 + (format === pixelFormat.bgra32 ? 2 : 0) + (iccProfile ? 1 : 0);
  const directoryEnd = directoryAt + 2 + entryBytes * entries + 4;
  const length = directoryEnd + (iccProfile?.length ?? 0);
  return length + (length % 2);
}

/**
 * Writes the file's head (ITU-T T.832 Annex A): signature, pixel format, directory, colour profile. Offset and length
 * of the codestreams are left 0, for `closeContainer()`. Needs reserved room.
 */
export function openContainer(writer: BitWriter, fields: ContainerFields): OpenContainer {
  const { format, width, height, iccProfile } = fields;
  const imageAt = containerHeadBytes(fields);
  const hasAlpha = format === pixelFormat.bgra32;
  const entries: (readonly [tag: number, type: number, count: number, value: number])[] = [
    [0xbc01, type.byte, 16, guidAt],
    [0xbc02, type.long, 1, 0],
    [0xbc80, type.long, 1, width],
    [0xbc81, type.long, 1, height],
    [0xbc82, type.float, 1, floatBits(dotsPerInch)],
    [0xbc83, type.float, 1, floatBits(dotsPerInch)],
    [0xbcc0, type.long, 1, imageAt],
    [0xbcc1, type.long, 1, 0],
  ];
  const alphaTags = [0xbcc2, 0xbcc3];
  if (hasAlpha) for (const tag of alphaTags) entries.push([tag, type.long, 1, 0]);
  const directoryEnd = directoryAt + 2 + entryBytes * (entries.length + (iccProfile ? 1 : 0)) + 4;
  if (iccProfile) entries.unshift([0x8773, type.undefined, iccProfile.length, directoryEnd]);

  const head = new DataView(new ArrayBuffer(directoryEnd));
  head.setUint32(0, 0x4949bc01);
  head.setUint32(4, directoryAt, true);
  [...guidStart, format].forEach((byte, i) => head.setUint8(guidAt + i, byte));
  head.setUint16(directoryAt, entries.length, true);
  entries.forEach(([tag, valueType, count, value], i) => {
    const at = directoryAt + 2 + entryBytes * i;
    head.setUint16(at, tag, true);
    head.setUint16(at + 2, valueType, true);
    head.setUint32(at + 4, count, true);
    head.setUint32(at + 8, value, true);
  });
  writer.putBytes(new Uint8Array(head.buffer));
  if (iccProfile) writer.putBytes(iccProfile);
  while (writer.byteLength < imageAt) writer.put(0, 8);

  const lengthEntry = directoryAt + 2 + entryBytes * (entries.length - (hasAlpha ? 3 : 1));
  return {
    imageAt,
    imageFieldAt: lengthEntry + 8,
    alphaFieldAt: hasAlpha ? lengthEntry + entryBytes + 8 : undefined,
  };
}

/** Fills in where the codestreams lie. */
export function closeContainer(
  writer: BitWriter,
  { imageFieldAt, alphaFieldAt }: OpenContainer,
  imageBytes: number,
  alpha: { readonly at: number; readonly bytes: number } | undefined,
): void {
  writer.patchU32(imageFieldAt, imageBytes);
  if (alphaFieldAt === undefined || !alpha) return;
  writer.patchU32(alphaFieldAt, alpha.at);
  writer.patchU32(alphaFieldAt + entryBytes, alpha.bytes);
}
