import { classifyIccProfile } from "../colour/icc.ts";
import { boxes } from "../bytes/boxes.ts";
import type { FactsOf, ImageFacts } from "../model/facts.ts";
import { ByteReader, HeaderError } from "../bytes/byte-reader.ts";

/** Enumerated colour spaces, ITU-T T.800 Table I.10 and T.801 Table M.25. */
const enumeratedColours: Readonly<Record<number, ImageFacts["colour"]>> = {
  12: "cmyk",
  16: "rgb",
  17: "gray",
  18: "rgb",
};

type Writable = { -readonly [K in keyof FactsOf<"jp2">]: FactsOf<"jp2">[K] };

/** Facts of a JP2 file (T.800 Annex I) or a bare JPEG 2000 codestream (T.800 Annex A). */
export function probeJp2(bytes: Uint8Array): FactsOf<"jp2"> {
  const reader = new ByteReader(bytes);
  if (reader.u16(0) === 0xff4f) return readCodestream(reader);
  for (const box of boxes(reader)) if (box.type === "jp2h") return readHeaderBox(box.payload());
  throw new HeaderError("no jp2h box");
}

/** SIZ, T.800 §A.5.1: the size is that of the reference grid after its offset. */
function readCodestream(reader: ByteReader): FactsOf<"jp2"> {
  const components = reader.u16(40);
  return {
    ...describeComponents(components, reader.u8(42)),
    width: reader.u32(8) - reader.u32(16),
    height: reader.u32(12) - reader.u32(20),
  };
}

function readHeaderBox(header: ByteReader): FactsOf<"jp2"> {
  let facts: Writable | undefined;
  let hasColour = false;
  for (const box of boxes(header)) {
    if (box.type === "ihdr") {
      const ihdr = box.payload();
      facts = { ...describeComponents(ihdr.u16(8), ihdr.u8(10)), width: ihdr.u32(4), height: ihdr.u32(0) };
    }
    if (facts === undefined) continue;
    if (box.type === "colr" && !hasColour) {
      hasColour = true;
      readColour(box.payload(), facts);
    } else if (box.type === "pclr") {
      facts.colour = "palette";
      facts.bitDepth = 8;
      facts.alpha = true;
    } else if (box.type === "cdef") facts.alpha ||= definesOpacity(box.payload());
  }
  if (facts === undefined) throw new HeaderError("no ihdr box");
  return facts;
}

/** `depth` is the number of bits less 1, with the sign in bit 7; 255 says that the components differ (§I.5.3.1). */
function describeComponents(components: number, depth: number): Writable {
  return {
    format: "jp2",
    width: undefined,
    height: undefined,
    bitDepth: depth === 255 ? undefined : (depth & 0x7f) + 1,
    components,
    colour: components <= 2 ? "gray" : "rgb",
    alpha: components === 2 || components > 3,
    animated: false,
    profile: "none",
    hdr: false,
    provenance: false,
    orientation: 1,
  };
}

/** §I.5.3.3. */
function readColour(colr: ByteReader, facts: Writable): void {
  const method = colr.u8(0);
  if (method === 1) {
    facts.colour = enumeratedColours[colr.u32(3)] ?? "other";
    facts.profile = facts.colour === "rgb" || facts.colour === "gray" ? "none" : "other";
  } else facts.profile = method === 2 ? classifyIccProfile(colr.range(3, colr.length)) : "other";
}

/** §I.5.3.6: per channel its index, type (1 and 2 are opacity) and association. */
function definesOpacity(cdef: ByteReader): boolean {
  const count = cdef.u16(0);
  for (let i = 0; i < count; i++) if ([1, 2].includes(cdef.u16(4 + 6 * i))) return true;
  return false;
}
