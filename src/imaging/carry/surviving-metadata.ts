import type { JpegMetadata } from "../jpeg/embed.ts";
import type { MetadataSetting } from "../model/settings.ts";
import type { FormatId } from "../model/formats.ts";
import { uprightExif } from "../metadata/exif-rights.ts";
import type { Rights } from "../metadata/rights.ts";
import { readSourceMetadata, rightsIn } from "./read-metadata.ts";
import { uprightXmp, writeXmp } from "../metadata/xmp.ts";

/** What is put into a variant beside pixels and profile. */
export type SurvivingMetadata = Omit<JpegMetadata, "icc">;

interface Carriage {
  readonly exif: boolean;
  readonly iptc: boolean;
  /** Longest XMP packet in bytes. */
  readonly xmp: number;
}

const itemsOfAnySize: Carriage = { exif: true, iptc: false, xmp: Number.POSITIVE_INFINITY };

/** What each format can be given here; one that is left out gets none. A JPEG segment bounds a packet (ISO 16684-3 §6.1). */
const carriage: Partial<Record<FormatId, Carriage>> = {
  webp: itemsOfAnySize,
  avif: itemsOfAnySize,
  png: itemsOfAnySize,
  jxl: itemsOfAnySize,
  jpeg: { exif: true, iptc: true, xmp: 65_502 },
  jp2: { exif: false, iptc: false, xmp: Number.POSITIVE_INFINITY },
};

/**
 * The metadata of a source that goes into a variant.
 *
 * - `none`: nothing.
 * - `copyright`: an XMP packet of a few hundred bytes with the rights, from any place in the source. Places, times
 *   and devices are dropped.
 * - `keep`: the whole Exif, XMP and IPTC blocks as far as the target has room for them; where it has none for the block
 *   with the rights, the packet of `copyright`. That the pixels were turned upright is put right in them.
 */
export async function survivingMetadata(
  source: Uint8Array,
  format: FormatId,
  setting: MetadataSetting,
  target: FormatId,
): Promise<SurvivingMetadata> {
  const room = carriage[target];
  if (setting === "none" || room === undefined) return {};
  const found = await readSourceMetadata(source, format);
  const rights = rightsIn(found);
  if (setting === "copyright") return rightsPacket(rights);
  const isCarried = found.xmp !== undefined && found.xmp.length <= room.xmp;
  return {
    ...(isCarried ? { xmp: uprightXmp(found.xmp) } : rightsPacket(rights)),
    ...(room.exif && found.exif !== undefined ? { exif: uprightExif(found.exif) } : {}),
    ...(room.iptc && found.iptc !== undefined ? { iptc: found.iptc } : {}),
  };
}

function rightsPacket(rights: Rights | undefined): SurvivingMetadata {
  return rights === undefined ? {} : { xmp: writeXmp(rights) };
}
