import { ByteReader, startsWith } from "../bytes/byte-reader.ts";
import { decodeText } from "./decode-text.ts";
import type { FoundRights } from "./rights.ts";

/** Photoshop image resources in one block: real files have about 30. */
const maxResources = 1000;
/** Datasets of one record set: keywords are repeated, but not by the thousand. */
const maxDatasets = 10_000;

/** The image resource that holds IPTC-IIM (Adobe Photoshop file format, image resource IDs). */
const iptcResource = 0x0404;

/** IPTC-NAA IIM 4.2: dataset numbers of record 2. */
const dataset = { byLine: 80, credit: 110, copyright: 116 } as const;

/**
 * The IIM datasets in a block of Photoshop image resources, as APP13 of a JPEG and tag 34377 of a TIFF hold them:
 * `8BIM`, number, name, length, data, the last three padded to an even length. Undefined when there are none.
 */
export function findIptc(resources: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(resources);
  try {
    for (let at = 0, count = 0; startsWith(resources, "8BIM", at) && count < maxResources; count++) {
      const nameBytes = (reader.u8(at + 6) + 2) & ~1;
      const sizeAt = at + 6 + nameBytes;
      const size = reader.u32(sizeAt);
      if (reader.u16(at + 4) === iptcResource) return reader.range(sizeAt + 4, sizeAt + 4 + size);
      at = sizeAt + 4 + size + (size & 1);
    }
  } catch {
    return undefined;
  }
  return undefined;
}

/** By-line, credit and copyright notice; those before the damage when the datasets are broken (IIM 4.2 §1.6). */
export function readIptcRights(iptc: Uint8Array): FoundRights {
  const texts: Record<number, string[]> = {};
  const reader = new ByteReader(iptc);
  try {
    for (let at = 0, count = 0; iptc[at] === 0x1c && count < maxDatasets; count++) {
      const size = reader.u16(at + 3);
      // Bit 15 marks a length of several bytes: nothing that is wanted here is so long.
      if (size > 0x7fff) break;
      const end = at + 5 + size;
      if (reader.u8(at + 1) === 2) (texts[reader.u8(at + 2)] ??= []).push(decodeText(reader.range(at + 5, end)));
      at = end;
    }
  } catch {
    // Fields before the damage still count.
  }
  return {
    creators: texts[dataset.byLine] ?? [],
    copyright: texts[dataset.copyright]?.[0],
    credit: texts[dataset.credit]?.[0],
  };
}
