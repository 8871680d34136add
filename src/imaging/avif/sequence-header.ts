/** What the sequence header of an AV1 stream says (AV1 §5.5). */
export interface SequenceHeader {
  /** 0 Main (8 or 10 bits, 4:2:0 or monochrome), 1 High (4:4:4 as well), 2 Professional. */
  readonly profile: number;
  readonly level: number;
  readonly tier: number;
  /** No picture of the stream is larger. */
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 10 | 12;
  readonly monochrome: boolean;
  /** Chroma samples are 2ˣ pixels wide and 2ʸ high; 1 and 1 for monochrome. */
  readonly chromaShift: readonly [x: number, y: number];
  /** Code points of ITU-T H.273; 2 where the stream does not say. */
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
}

const obuSequenceHeader = 1;
const obuTemporalDelimiter = 2;
/** A frame header with its tiles after it, and both in one unit. */
const obusOfFrames = [3, 6];
const unspecified = 2;

interface Obu {
  readonly type: number;
  /** The whole unit, header included. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The units of one temporal unit (AV1 §5.3.2, §4.10.5). Only the last may be without its size. */
function* obusOf(stream: Uint8Array<ArrayBuffer>): Generator<Obu> {
  let at = 0;
  while (at < stream.length) {
    const header = stream[at] ?? 0;
    const hasExtension = (header & 4) !== 0;
    let payloadAt = at + (hasExtension ? 2 : 1);
    let size = 0;
    if ((header & 2) === 0) size = stream.length - payloadAt;
    else
      for (let shift = 0; shift < 56; shift += 7) {
        const byte = stream[payloadAt++] ?? 0;
        size += (byte & 127) * 2 ** shift;
        if (byte < 128) break;
      }
    const end = payloadAt + size;
    if (size < 0 || end > stream.length) throw new RangeError("a unit that is cut off");
    yield { type: (header >> 3) & 15, bytes: stream.subarray(at, end), payload: stream.subarray(payloadAt, end) };
    at = end;
  }
}

/** The units that belong into an item: temporal delimiters do not (AV1 Image File Format §2.1). */
export function itemDataOf(stream: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return [...obusOf(stream)].filter(({ type }) => type !== obuTemporalDelimiter).map(({ bytes }) => bytes);
}

/** How many frames a decoder holds of a stream: a still with layers has several, of which the last is shown. */
export function countFrames(stream: Uint8Array<ArrayBuffer>): number {
  return [...obusOf(stream)].filter(({ type }) => obusOfFrames.includes(type)).length;
}

/**
 * Reads the sequence header of a stream.
 * @throws RangeError when there is none, when it is cut off, and when there are several that differ
 */
export function readSequenceHeader(stream: Uint8Array<ArrayBuffer>): SequenceHeader {
  const payloads = [...obusOf(stream)].filter(({ type }) => type === obuSequenceHeader).map(({ payload }) => payload);
  const [first] = payloads;
  if (first === undefined) throw new RangeError("a stream without sequence header");
  // A decoder would begin again with each, at a size that nobody has asked about.
  const isRepeated = (other: Uint8Array): boolean =>
    other.length === first.length && other.every((byte, at) => byte === first[at]);
  if (!payloads.every(isRepeated)) throw new RangeError("several sequence headers");
  return parse(new BitReader(first));
}

/** §5.5.1 */
function parse(bits: BitReader): SequenceHeader {
  const profile = bits.read(3);
  bits.skip(1); // still_picture
  const isReduced = bits.flag();
  const { level, tier } = isReduced ? { level: bits.read(5), tier: 0 } : readOperatingPoints(bits);
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  const [width, height] = [bits.read(widthBits) + 1, bits.read(heightBits) + 1];
  // frame_id_numbers_present_flag and its two lengths
  if (!isReduced && bits.flag()) bits.skip(4 + 3);
  // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  bits.skip(3);
  if (!isReduced) skipInterTools(bits);
  // enable_superres, enable_cdef, enable_restoration
  bits.skip(3);
  return { profile, level, tier, width, height, ...readColourConfig(bits, profile) };
}

/** Up to the level of the first operating point, and beyond. */
function readOperatingPoints(bits: BitReader): { level: number; tier: number } {
  let delayBits = 0;
  if (bits.flag()) {
    // timing_info(): num_units_in_display_tick, time_scale, num_ticks_per_picture_minus_1
    bits.skip(32 + 32);
    if (bits.flag()) bits.skipUvlc();
    if (bits.flag()) {
      // decoder_model_info()
      delayBits = bits.read(5) + 1;
      bits.skip(32 + 5 + 5);
    }
  }
  const hasDisplayDelay = bits.flag();
  const count = bits.read(5) + 1;
  let first: { level: number; tier: number } | undefined;
  for (let point = 0; point < count; point++) {
    bits.skip(12); // operating_point_idc
    const level = bits.read(5);
    const tier = level > 7 ? bits.read(1) : 0;
    first ??= { level, tier };
    if (delayBits > 0 && bits.flag()) bits.skip(2 * delayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.skip(4);
  }
  return first ?? { level: 0, tier: 0 };
}

function skipInterTools(bits: BitReader): void {
  // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
  bits.skip(4);
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.skip(2);
  const choosesScreenContent = bits.flag();
  const mayBeScreenContent = choosesScreenContent || bits.flag();
  if (mayBeScreenContent && !bits.flag()) bits.skip(1);
  if (hasOrderHint) bits.skip(3);
}

/** §5.5.2 */
function readColourConfig(
  bits: BitReader,
  profile: number,
): Omit<SequenceHeader, "profile" | "level" | "tier" | "width" | "height"> {
  const isDeep = bits.flag();
  const bitDepth = !isDeep ? 8 : profile === 2 && bits.flag() ? 12 : 10;
  const monochrome = profile !== 1 && bits.flag();
  const [primaries, transfer, matrix] = bits.flag()
    ? ([bits.read(8), bits.read(8), bits.read(8)] as const)
    : ([unspecified, unspecified, unspecified] as const);
  const colours = { bitDepth, monochrome, primaries, transfer, matrix } as const;
  if (monochrome) return { ...colours, fullRange: bits.flag(), chromaShift: [1, 1] };
  // sRGB as green, blue and red
  if (primaries === 1 && transfer === 13 && matrix === 0) return { ...colours, fullRange: true, chromaShift: [0, 0] };
  const fullRange = bits.flag();
  if (profile === 0) return { ...colours, fullRange, chromaShift: [1, 1] };
  if (profile === 1) return { ...colours, fullRange, chromaShift: [0, 0] };
  if (bitDepth < 12) return { ...colours, fullRange, chromaShift: [1, 0] };
  const x = bits.read(1);
  return { ...colours, fullRange, chromaShift: [x, x === 1 ? bits.read(1) : 0] };
}

/** Bits from the most significant one of each byte on; beyond the end it throws a RangeError. */
class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#position++) {
      const byte = this.#bytes[this.#position >> 3];
      if (byte === undefined) throw new RangeError("a sequence header that is cut off");
      value = value * 2 + ((byte >> (7 - (this.#position & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  skip(count: number): void {
    this.#position += count;
  }

  /** §4.10.3 */
  skipUvlc(): void {
    let zeros = 0;
    while (!this.flag()) zeros++;
    this.skip(zeros);
  }
}
