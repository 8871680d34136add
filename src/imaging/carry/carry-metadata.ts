import { ImagingError } from "../model/error.ts";
import { wrapAvif } from "../avif/embed.ts";
import { insertSegments, metadataSegments } from "../jpeg/embed.ts";
import { wrapJp2 } from "../jpeg-2000/embed.ts";
import { wrapJxl } from "../jpeg-xl/embed.ts";
import { findPngDamage } from "../png/damage.ts";
import { stripPng, wrapPng } from "../png/embed.ts";
import { wrapWebp } from "../webp/embed.ts";
import type { ImageFacts } from "../model/facts.ts";
import type { FormatId } from "../model/formats.ts";
import { HeaderError } from "../bytes/byte-reader.ts";
import { writeExif } from "../metadata/write-exif.ts";
import type { MetadataSetting } from "../model/settings.ts";
import { type SurvivingMetadata, survivingMetadata } from "./surviving-metadata.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How each format takes metadata; one that is left out takes none. */
const wrappers: Partial<Record<FormatId, (file: Bytes, metadata: SurvivingMetadata) => Bytes | Promise<Bytes>>> = {
  jxl: wrapJxl,
  avif: wrapAvif,
  webp: wrapWebp,
  png: wrapPng,
  jp2: (file, { xmp }) => wrapJp2(file, xmp),
  jpeg: (file, metadata) => insertSegments(file, metadataSegments(metadata)),
};

/** Gives a variant the metadata of the source that the setting keeps. */
export async function carryMetadata(
  file: Bytes,
  format: FormatId,
  source: Uint8Array,
  { format: sourceFormat }: ImageFacts,
  setting: MetadataSetting,
): Promise<Bytes> {
  const wrap = wrappers[format];
  if (wrap === undefined || setting === "none") return file;
  return wrap(file, await survivingMetadata(source, sourceFormat, setting, format));
}

/**
 * The source of a PNG that is optimised, without the metadata that the setting drops. The orientation stays.
 * @throws ImagingError when the file is damaged: written again, it would be another, sound picture
 */
export async function withoutMetadata(png: Bytes, facts: ImageFacts, setting: MetadataSetting): Promise<Bytes> {
  if (setting === "keep") return png;
  const damage = findPngDamage(png);
  if (damage !== undefined) throw new ImagingError("damaged", "png", damage);
  return dropMetadata(png, facts, setting);
}

/** The same of a file that is known to be sound. */
export async function dropMetadata(png: Bytes, { orientation }: ImageFacts, setting: MetadataSetting): Promise<Bytes> {
  if (setting === "keep") return png;
  try {
    const bare = stripPng(png);
    return orientation === 1 ? bare : await wrapPng(bare, { exif: writeExif({ orientation, density: undefined }) });
  } catch (error) {
    if (error instanceof HeaderError) throw new ImagingError("damaged", "png", error.message, error);
    throw error;
  }
}
