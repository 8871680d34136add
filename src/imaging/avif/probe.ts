import { describeProfile, profileSpaceOf } from "../colour/decide-profile.ts";
import type { CodePoints } from "../colour/code-points.ts";
import { type Box, boxes } from "../bytes/boxes.ts";
import type { FactsOf, ImageFacts, Orientation } from "../model/facts.ts";
import { isManifestUuid } from "../metadata/provenance.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";
import { profileOfAvif, unspecified } from "./read-profile.ts";
import { readAvif } from "./read-container.ts";
import { AvifRefused } from "./refusal.ts";

/** Brands of image sequences (AV1-ISOBMFF image §7, ISO/IEC 23008-12 Annex B). */
const sequenceBrands = ["avis", "msf1", "hevc", "hevx", "hevm", "hevs"];

/** Alpha and gain map auxiliary types (ISO/IEC 23000-22 §7.3.5.2, ISO/IEC 23008-12 Annex B.2.4, Apple). */
const alphaTypes = ["urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", "urn:mpeg:hevc:2015:auxid:1\0"];
const gainMapType = "urn:com:apple:photo:2020:aux:hdrgainmap\0";

/** ITU-T H.273: PQ and HLG. */
const hdrTransfers = [16, 18];

/**
 * EXIF orientation for `irot` (quarter turns anticlockwise) followed by `imir` (ISO/IEC 23008-12 §6.5.10, §6.5.12):
 * none, axis 0 (top and bottom exchanged), axis 1.
 */
const orientations: readonly (readonly [Orientation, Orientation, Orientation])[] = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];

interface Meta {
  readonly properties: readonly Box[];
  /** Zero-based indices into `properties` for the primary item. */
  readonly ofPrimary: ReadonlySet<number>;
  readonly hasToneMap: boolean;
}

/** What the item properties of an image say; the fields of `ImageFacts` as far as known. */
interface Draft {
  width: number | undefined;
  height: number | undefined;
  bitDepth: number | undefined;
  channels: number | undefined;
  alpha: boolean;
  animated: boolean;
  hdr: boolean;
  icc: Uint8Array | undefined;
  nclx: CodePoints | undefined;
  provenance: boolean;
  turns: number;
  /** 0 none, 1 + axis otherwise. */
  mirror: number;
}

/**
 * Facts of an AVIF, and whether it is decoded here. What a still says of its colours is in its stream where no property
 * says it. Throws when the `meta` or `moov` box is cut.
 */
export function probeAvif(bytes: Uint8Array): FactsOf<"avif"> {
  const draft = readDraft(bytes);
  const facts = { ...factsOf(draft), format: "avif" } as const;
  // An image sequence has a reason of its own.
  if (draft.animated) return { ...facts, avif: { decodable: false, refusal: "derived" } };
  try {
    const { colour, alpha, codePoints } = readAvif(bytes as Uint8Array<ArrayBuffer>);
    const { header } = colour;
    const hasFullChroma = header.monochrome || header.chromaShift.every((shift) => shift === 0);
    return {
      ...facts,
      avif: { decodable: true, hasFullChroma, layers: Math.max(colour.frames, alpha?.frames ?? 0) },
      // A decoder believes the streams.
      bitDepth: Math.max(header.bitDepth, alpha?.header.bitDepth ?? 0),
      hdr: facts.hdr || hdrTransfers.includes(codePoints.transfer),
      profile: draft.icc === undefined ? describeCodePoints(codePoints) : facts.profile,
    };
  } catch (error) {
    return { ...facts, avif: { decodable: false, refusal: error instanceof AvifRefused ? error.refusal : "damaged" } };
  }
}

/** Facts of a HEIC. Throws when the `meta` or `moov` box is cut. */
export function probeHeic(bytes: Uint8Array): FactsOf<"heic"> {
  return { ...factsOf(readDraft(bytes)), format: "heic" };
}

/** What browsers take the code points for. Where nothing is said, the colours are sRGB's (ISO/IEC 23000-22 §7.3.6.4). */
function describeCodePoints(codePoints: CodePoints): ImageFacts["profile"] {
  if (codePoints.primaries === unspecified && codePoints.transfer === unspecified) return "none";
  const profile = profileOfAvif(codePoints);
  if (profile === undefined) return hdrTransfers.includes(codePoints.transfer) ? "other" : "unusable";
  return profile === "srgb" ? "srgb" : "other";
}

/** What AVIF and HEIC have in common. EXIF orientation does not apply, `irot` and `imir` do (ISO/IEC 23008-12 §6.5.10). */
function factsOf(draft: Draft): Omit<FactsOf<"heic">, "format"> {
  const { width, height, bitDepth, channels, alpha, animated, icc, nclx, hdr, provenance } = draft;
  const colour = channels === 1 ? "gray" : "rgb";
  return {
    width,
    height,
    bitDepth,
    components: channels === undefined ? undefined : channels + (alpha ? 1 : 0),
    colour,
    alpha,
    animated,
    profile:
      icc === undefined
        ? nclx === undefined
          ? "none"
          : describeCodePoints(nclx)
        : describeProfile(icc, profileSpaceOf(colour)),
    hdr,
    provenance,
    orientation: orientations[draft.turns]?.[draft.mirror] ?? 1,
  };
}

/** Of the properties of the primary item, or of the first track of an image sequence that has none (ISO/IEC 23008-12). */
function readDraft(bytes: Uint8Array): Draft {
  const draft: Draft = {
    width: undefined,
    height: undefined,
    bitDepth: undefined,
    channels: undefined,
    alpha: false,
    animated: false,
    hdr: false,
    icc: undefined,
    nclx: undefined,
    provenance: false,
    turns: 0,
    mirror: 0,
  };
  let found = false;
  for (const box of boxes(new ByteReader(bytes))) {
    if (box.type === "ftyp") draft.animated ||= hasSequenceBrand(box.payload());
    else if (box.type === "uuid") draft.provenance ||= isManifestUuid(box.payload().bytes);
    else if (box.type === "meta") {
      readMeta(box.payload(), draft);
      found = true;
    } else if (box.type === "moov") {
      draft.animated = true;
      readMovie(box.payload(), draft);
      found = true;
    }
  }
  if (!found) throw new HeaderError("no meta or moov box");
  return draft;
}

function hasSequenceBrand(ftyp: ByteReader): boolean {
  // Bytes 4 to 7 are the minor version.
  for (let at = 0; at + 4 <= ftyp.length; at += at === 0 ? 8 : 4)
    if (sequenceBrands.includes(ftyp.text(at, 4))) return true;
  return false;
}

function readMeta(payload: ByteReader, draft: Draft): void {
  const meta = readItems(payload);
  draft.hdr ||= meta.hasToneMap;
  for (const [index, property] of meta.properties.entries()) {
    // Alpha and gain maps are items of their own; codec settings belong to the tiles of a grid.
    if (property.type === "auxC") {
      const kind = property.payload().bytes.subarray(4);
      draft.alpha ||= alphaTypes.some((type) => startsWith(kind, type));
      draft.hdr ||= startsWith(kind, gainMapType);
    } else if (meta.ofPrimary.has(index) || property.type === "av1C" || property.type === "hvcC")
      applyProperty(property, draft);
  }
}

/** Children of the `meta` box (ISO/IEC 14496-12 §8.11): `pitm`, `iinf` and `iprp`. */
function readItems(payload: ByteReader): Meta {
  let primary: number | undefined;
  let hasToneMap = false;
  let iprp: ByteReader | undefined;
  for (const box of boxes(payload, 4)) {
    if (box.type === "pitm") primary = readItemId(box.payload(), 4, box.payload().u8(0) > 0);
    else if (box.type === "iinf") hasToneMap = hasItemType(box.payload(), "tmap");
    else if (box.type === "iprp") iprp = box.payload();
  }
  let properties: Box[] = [];
  const ofPrimary = new Set<number>();
  if (iprp !== undefined) {
    for (const box of boxes(iprp)) {
      if (box.type === "ipco") properties = [...boxes(box.payload())];
      else if (box.type === "ipma" && primary !== undefined)
        for (const index of readAssociations(box.payload(), primary)) ofPrimary.add(index);
    }
  }
  return { properties, ofPrimary, hasToneMap };
}

function readItemId(reader: ByteReader, at: number, wide: boolean): number {
  return wide ? reader.u32(at) : reader.u16(at);
}

/** §8.11.6; only version 2 and 3 entries have a type. */
function hasItemType(iinf: ByteReader, wanted: string): boolean {
  for (const box of boxes(iinf, iinf.u8(0) === 0 ? 6 : 8)) {
    if (box.type !== "infe") continue;
    const entry = box.payload();
    const version = entry.u8(0);
    if (version >= 2 && entry.text(version === 2 ? 8 : 10, 4) === wanted) return true;
  }
  return false;
}

/** §8.11.14.2: indices count from 1, 0 means none; the top bit says "essential". */
function readAssociations(ipma: ByteReader, item: number): number[] {
  const wideId = ipma.u8(0) >= 1;
  const wideIndex = (ipma.u8(3) & 1) === 1;
  const entries = ipma.u32(4);
  let at = 8;
  for (let i = 0; i < entries; i++) {
    const id = readItemId(ipma, at, wideId);
    at += wideId ? 4 : 2;
    const count = ipma.u8(at++);
    if (id !== item) {
      at += count * (wideIndex ? 2 : 1);
      continue;
    }
    const first = at;
    return Array.from(
      { length: count },
      (_, j) => (wideIndex ? ipma.u16(first + 2 * j) & 0x7fff : ipma.u8(first + j) & 0x7f) - 1,
    );
  }
  return [];
}

function applyProperty({ type, payload }: Box, draft: Draft): void {
  const apply = propertyReaders[type];
  if (apply !== undefined) apply(payload(), draft);
}

const propertyReaders: Readonly<Record<string, (property: ByteReader, draft: Draft) => void>> = {
  // ISO/IEC 23008-12 §6.5.3
  ispe: (property, draft) => {
    draft.width = property.u32(4);
    draft.height = property.u32(8);
  },
  // §6.5.6
  pixi: (property, draft) => {
    draft.channels = property.u8(4);
    draft.bitDepth = property.u8(5);
  },
  // AV1-ISOBMFF §2.3.3: high_bitdepth, twelve_bit, monochrome in the third byte
  av1C: (property, draft) => {
    const flags = property.u8(2);
    draft.bitDepth ??= (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12;
    draft.channels ??= (flags & 0x10) === 0 ? 3 : 1;
  },
  // ISO/IEC 14496-15 §8.3.3.1: chroma format and luma depth
  hvcC: (property, draft) => {
    draft.bitDepth ??= (property.u8(17) & 7) + 8;
    draft.channels ??= (property.u8(16) & 3) === 0 ? 1 : 3;
  },
  // ISO/IEC 14496-12 §12.1.5
  colr: (property, draft) => {
    if (property.text(0, 4) !== "nclx") {
      draft.icc = property.range(4, property.length);
      return;
    }
    draft.nclx = { primaries: property.u16(4), transfer: property.u16(6) };
    draft.hdr ||= hdrTransfers.includes(draft.nclx.transfer);
  },
  irot: (property, draft) => {
    draft.turns = property.u8(0) & 3;
  },
  imir: (property, draft) => {
    draft.mirror = 1 + (property.u8(0) & 1);
  },
};

/** Tracks of a sequence (ISO/IEC 14496-12 §8.3.2, §8.4.3): the size where no item stated one, and whether one is alpha (`auxv`). */
function readMovie(moov: ByteReader, draft: Draft): void {
  for (const track of boxes(moov)) {
    if (track.type !== "trak") continue;
    for (const box of boxes(track.payload())) {
      if (box.type === "tkhd") {
        const tkhd = box.payload();
        // Width and height end the box, as 16.16 fixed point.
        draft.width ??= tkhd.u16(tkhd.length - 8) || undefined;
        draft.height ??= tkhd.u16(tkhd.length - 4) || undefined;
      } else if (box.type === "mdia") {
        for (const child of boxes(box.payload()))
          if (child.type === "hdlr" && child.payload().text(8, 4) === "auxv") draft.alpha = true;
      }
    }
  }
}
