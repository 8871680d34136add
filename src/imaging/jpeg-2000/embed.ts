import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import { boxes } from "../bytes/boxes.ts";
import { joinBytes, u32 } from "../bytes/join-bytes.ts";

/** The `uuid` box that holds an XMP packet, ISO 16684-3 §6.3: BE7ACFCB-97A9-42E8-9C71-999491E3AFAC. */
const xmpUuid = [
  0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
] as const;

/**
 * Puts XMP into a JP2 file, in a `uuid` box after the codestream (ITU-T T.800 §I.7.2); an existing one is replaced.
 *
 * @throws HeaderError or RangeError when the file is no JP2
 */
export function wrapJp2(file: Uint8Array<ArrayBuffer>, xmp: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (xmp === undefined) return file;
  const list = [...boxes(new ByteReader(file))];
  if (list[0]?.type !== "jP  ") throw new HeaderError("no JP2 signature");
  const kept = list
    .map(({ type, payload }) => ({ type, bytes: payload().bytes }))
    .filter(({ type, bytes }) => type !== "uuid" || !startsWith(bytes, xmpUuid));
  // Written again, because the last box may end with the file instead of stating its size.
  return joinBytes([
    ...kept.flatMap(({ type, bytes }) => [u32(bytes.length + 8), type, bytes]),
    u32(xmp.length + 24),
    "uuid",
    xmpUuid,
    xmp,
  ]);
}
