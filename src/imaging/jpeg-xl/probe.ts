import { boxes } from "../bytes/boxes.ts";
import type { FactsOf, ImageFacts, Orientation } from "../model/facts.ts";
import type { U32Alternative } from "./bit-writer.ts";
import { aspectRatios, enumAlternatives, sizeAlternatives } from "./size-header.ts";
import { isManifestStore } from "../metadata/provenance.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";

/** Extra channels: real files have a handful; the field may claim 4096. */
const maxExtraChannels = 256;

/** Enumerated values of the colour encoding (ISO/IEC 18181-1, ColourEncoding; the numbers follow ITU-T H.273). */
const colourSpace = { rgb: 0, gray: 1, xyb: 2 } as const;
const d65 = 1;
const customPoint = 2;
const srgbPrimaries = 1;
const transferFunction = { srgb: 13, pq: 16, hlg: 18 } as const;
const extraChannelType = { alpha: 0, spotColour: 2, black: 4, cfa: 5 } as const;

/** Least significant bit first. */
class BitReader {
  private readonly reader: ByteReader;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.reader = new ByteReader(bytes);
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) value += ((this.reader.u8(this.at >> 3) >> (this.at & 7)) & 1) * 2 ** i;
    return value;
  }

  skip(count: number): void {
    this.at += count;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  u32(...rows: readonly [U32Alternative, U32Alternative, U32Alternative, U32Alternative]): number {
    const [bits, offset] = rows[this.bits(2)] ?? rows[0];
    return this.bits(bits) + offset;
  }

  enumerated(): number {
    return this.u32(...enumAlternatives);
  }
}

/** Facts of a JPEG XL codestream or container (ISO/IEC 18181-1 and -2): the size and image headers, up to the colour encoding. */
export function probeJxl(bytes: Uint8Array): FactsOf<"jxl"> {
  if (startsWith(bytes, [0xff, 0x0a])) return readCodestream(bytes);
  let facts: FactsOf<"jxl"> | undefined;
  let hasGainMap = false;
  let provenance = false;
  for (const box of boxes(new ByteReader(bytes))) {
    if (box.type === "jhgm") hasGainMap = true;
    else if (box.type === "jumb") provenance ||= isManifestStore(box.payload().bytes);
    else if (facts === undefined && (box.type === "jxlc" || box.type === "jxlp")) {
      // A partial codestream box starts with its number.
      facts = readCodestream(box.payload().bytes.subarray(box.type === "jxlp" ? 4 : 0));
    }
  }
  if (facts === undefined) throw new HeaderError("no codestream");
  return { ...facts, hdr: facts.hdr || hasGainMap, provenance };
}

function readCodestream(bytes: Uint8Array): FactsOf<"jxl"> {
  if (!startsWith(bytes, [0xff, 0x0a])) throw new HeaderError("no codestream signature");
  const bits = new BitReader(bytes.subarray(2));
  const { width, height } = readSize(bits);
  const base = { format: "jxl", width, height } as const;
  const allDefault = bits.flag();
  if (allDefault)
    return {
      ...base,
      bitDepth: 8,
      components: 3,
      colour: "rgb",
      alpha: false,
      animated: false,
      profile: "srgb",
      hdr: false,
      provenance: false,
      orientation: 1,
    };
  let orientation = 1;
  let animated = false;
  if (bits.flag()) {
    orientation = bits.bits(3) + 1;
    if (bits.flag()) readSize(bits);
    if (bits.flag()) skipPreviewSize(bits);
    animated = bits.flag();
    if (animated) skipAnimation(bits);
  }
  const bitDepth = readBitDepth(bits);
  bits.flag();
  const extra = readExtraChannels(bits);
  // xyb_encoded: how the samples are stored, not what they mean.
  bits.flag();
  const colour = readColour(bits);
  const colourChannels = colour.gray ? 1 : 3;
  return {
    ...base,
    bitDepth,
    components: colourChannels + extra.count,
    colour: extra.black ? "cmyk" : colour.gray ? "gray" : "rgb",
    alpha: extra.alpha,
    animated,
    profile: colour.profile,
    hdr: colour.hdr,
    provenance: false,
    orientation: orientation as Orientation,
  };
}

function readSize(bits: BitReader): { width: number; height: number } {
  const small = bits.flag();
  const side = () => (small ? (bits.bits(5) + 1) * 8 : bits.u32(...sizeAlternatives));
  const height = side();
  const ratio = aspectRatios[bits.bits(3) - 1];
  return { width: ratio === undefined ? side() : Math.floor((height * ratio[0]) / ratio[1]), height };
}

function skipPreviewSize(bits: BitReader): void {
  const inEights = bits.flag();
  const side = () =>
    inEights ? bits.u32([0, 16], [0, 32], [5, 1], [9, 33]) : bits.u32([6, 1], [8, 65], [10, 321], [12, 1345]);
  side();
  if (bits.bits(3) === 0) side();
}

function skipAnimation(bits: BitReader): void {
  bits.u32([0, 100], [0, 1000], [10, 1], [30, 1]);
  bits.u32([0, 1], [0, 1001], [8, 1], [10, 1]);
  bits.u32([0, 0], [3, 0], [16, 0], [32, 0]);
  bits.flag();
}

function readBitDepth(bits: BitReader): number {
  if (!bits.flag()) return bits.u32([0, 8], [0, 10], [0, 12], [6, 1]);
  const depth = bits.u32([0, 32], [0, 16], [0, 24], [6, 1]);
  bits.bits(4);
  return depth;
}

function readExtraChannels(bits: BitReader): { count: number; alpha: boolean; black: boolean } {
  const count = bits.u32([0, 0], [0, 1], [4, 2], [12, 1]);
  if (count > maxExtraChannels) throw new HeaderError("too many extra channels");
  let alpha = false;
  let black = false;
  for (let i = 0; i < count; i++) {
    if (bits.flag()) {
      // All default: 8-bit alpha.
      alpha = true;
      continue;
    }
    const type = bits.enumerated();
    readBitDepth(bits);
    bits.u32([0, 0], [0, 3], [0, 4], [3, 1]);
    const nameBytes = bits.u32([0, 0], [4, 0], [5, 16], [10, 48]);
    bits.skip(8 * nameBytes);
    if (type === extraChannelType.alpha) {
      alpha = true;
      bits.flag();
    } else if (type === extraChannelType.spotColour) bits.skip(64);
    else if (type === extraChannelType.cfa) bits.u32([0, 1], [2, 0], [4, 3], [8, 19]);
    else if (type === extraChannelType.black) black = true;
  }
  return { count, alpha, black };
}

function readColour(bits: BitReader): { gray: boolean; profile: ImageFacts["profile"]; hdr: boolean } {
  if (bits.flag()) return { gray: false, profile: "srgb", hdr: false };
  const hasIcc = bits.flag();
  const space = bits.enumerated();
  const gray = space === colourSpace.gray;
  // The profile is entropy-coded further on.
  if (hasIcc || (space !== colourSpace.rgb && !gray)) return { gray, profile: "other", hdr: false };
  const whitePoint = bits.enumerated();
  if (whitePoint === customPoint) skipChromaticity(bits);
  const primaries = gray ? srgbPrimaries : bits.enumerated();
  if (primaries === customPoint) for (let i = 0; i < 3; i++) skipChromaticity(bits);
  if (bits.flag()) return { gray, profile: "other", hdr: false };
  const transfer = bits.enumerated();
  const isSrgb = whitePoint === d65 && primaries === srgbPrimaries && transfer === transferFunction.srgb;
  return {
    gray,
    profile: isSrgb ? "srgb" : "other",
    hdr: transfer === transferFunction.pq || transfer === transferFunction.hlg,
  };
}

function skipChromaticity(bits: BitReader): void {
  for (let i = 0; i < 2; i++) bits.u32([19, 0], [19, 524288], [20, 1048576], [21, 2097152]);
}
