import { boxes } from "../bytes/boxes.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { onlyBox } from "./items.ts";

/** Code points of ITU-T H.273: primaries of BT.709 and the transfer function of sRGB; 2 says nothing. */
const srgb = { primaries: 1, transfer: 13 } as const;
const unspecified = 2;

/** Positions within an `nclx` colour property (ISO/IEC 23008-12 §12.1.5), 16 bits each. */
const primariesAt = 4;
const transferAt = 6;

/**
 * Says of a still AVIF that its colours are sRGB, where it leaves that open. Viewers take it for granted; other readers
 * refuse to guess. The bytes are changed in place, and none is added.
 *
 * @throws HeaderError or RangeError when the file is no AVIF
 */
export function stateSrgb(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const meta = onlyBox([...boxes(new ByteReader(file))], "meta");
  const properties = onlyBox([...boxes(onlyBox([...boxes(meta, 4)], "iprp"))], "ipco");
  for (const { type, payload } of boxes(properties)) {
    if (type !== "colr") continue;
    const colour = payload();
    if (colour.text(0, 4) !== "nclx") continue;
    if (colour.u16(primariesAt) !== unspecified || colour.u16(transferAt) !== unspecified) continue;
    colour.bytes[primariesAt + 1] = srgb.primaries;
    colour.bytes[transferAt + 1] = srgb.transfer;
  }
  return file;
}
