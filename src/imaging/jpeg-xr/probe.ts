import type { FactsOf, ImageFacts } from "../model/facts.ts";
import { type IfdEntry, ifdEntries, type TiffStructure, unsignedValue } from "../bytes/ifd.ts";
import { ByteReader } from "../bytes/byte-reader.ts";

/** ITU-T T.832 Table A.4. */
const tag = { pixelFormat: 0xbc01, width: 0xbc80, height: 0xbc81 } as const;

interface PixelFormat {
  readonly colour: ImageFacts["colour"];
  readonly bitDepth: number;
  readonly components: number;
  readonly alpha: boolean;
}

/** Last byte of the pixel format's GUID, T.832 Table A.6: the integer formats. */
const pixelFormats: Readonly<Record<number, PixelFormat>> = {
  0x05: { colour: "gray", bitDepth: 1, components: 1, alpha: false },
  0x08: { colour: "gray", bitDepth: 8, components: 1, alpha: false },
  0x0b: { colour: "gray", bitDepth: 16, components: 1, alpha: false },
  0x0c: { colour: "rgb", bitDepth: 8, components: 3, alpha: false },
  0x0d: { colour: "rgb", bitDepth: 8, components: 3, alpha: false },
  0x0e: { colour: "rgb", bitDepth: 8, components: 3, alpha: false },
  0x0f: { colour: "rgb", bitDepth: 8, components: 4, alpha: true },
  0x10: { colour: "rgb", bitDepth: 8, components: 4, alpha: true },
  0x15: { colour: "rgb", bitDepth: 16, components: 3, alpha: false },
  0x16: { colour: "rgb", bitDepth: 16, components: 4, alpha: true },
  0x17: { colour: "rgb", bitDepth: 16, components: 4, alpha: true },
  0x1c: { colour: "cmyk", bitDepth: 8, components: 4, alpha: false },
};

/** Facts of a JPEG XR file (T.832 Annex A): a TIFF-like directory, always little-endian, at the offset in bytes 4 to 7. */
export function probeJxr(bytes: Uint8Array): FactsOf<"jxr"> {
  const reader = new ByteReader(bytes, true);
  const structure: TiffStructure = { reader, bigTiff: false, firstIfd: reader.u32(4) };
  const fields = new Map<number, IfdEntry>();
  for (const entry of ifdEntries(structure, structure.firstIfd))
    if (!fields.has(entry.tag)) fields.set(entry.tag, entry);
  const value = (wanted: number): number | undefined => {
    const entry = fields.get(wanted);
    return entry && unsignedValue(reader, entry);
  };
  const guid = fields.get(tag.pixelFormat);
  const pixelFormat = guid === undefined ? undefined : pixelFormats[reader.u8(guid.valueAt + 15)];
  return {
    format: "jxr",
    width: value(tag.width),
    height: value(tag.height),
    bitDepth: pixelFormat?.bitDepth,
    components: pixelFormat?.components,
    colour: pixelFormat?.colour ?? "unknown",
    alpha: pixelFormat?.alpha ?? true,
    animated: false,
    profile: "other",
    hdr: false,
    provenance: false,
    orientation: 1,
  };
}
