/** What an AVIF file repeats of the sequence header inside of it (AV1 Codec ISO Media File Format Binding §2.3.3). */
export interface SequenceHeader {
  /** 0 Main (8 or 10 bits, 4:2:0 or monochrome), 1 High (4:4:4 as well), 2 Professional. */
  readonly profile: number;
  readonly level: number;
  readonly tier: number;
}

const obuSequenceHeader = 1;
const obuTemporalDelimiter = 2;

interface Obu {
  readonly type: number;
  /** The whole unit, header included. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The units of one temporal unit as libaom writes them: each with its size (AV1 §5.3.2, §4.10.5). */
function* obusOf(stream: Uint8Array<ArrayBuffer>): Generator<Obu> {
  let at = 0;
  while (at < stream.length) {
    const header = stream[at] ?? 0;
    const hasExtension = (header & 4) !== 0;
    if ((header & 2) === 0) throw new RangeError("a unit without size");
    let size = 0;
    let payloadAt = at + (hasExtension ? 2 : 1);
    for (let shift = 0; shift < 56; shift += 7) {
      const byte = stream[payloadAt++] ?? 0;
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const end = payloadAt + size;
    if (end > stream.length) throw new RangeError("a unit that is cut off");
    yield { type: (header >> 3) & 15, bytes: stream.subarray(at, end), payload: stream.subarray(payloadAt, end) };
    at = end;
  }
}

/** The units that belong into an item: temporal delimiters do not (AV1 Image File Format §2.1). */
export function itemDataOf(stream: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return [...obusOf(stream)].filter(({ type }) => type !== obuTemporalDelimiter).map(({ bytes }) => bytes);
}

/**
 * Reads profile, level and tier (AV1 §5.5.1) of a stream by libaom, which states no timing.
 * @throws RangeError when the stream has no sequence header or one with timing
 */
export function readSequenceHeader(stream: Uint8Array<ArrayBuffer>): SequenceHeader {
  const header = [...obusOf(stream)].find(({ type }) => type === obuSequenceHeader);
  if (header === undefined) throw new RangeError("a stream without sequence header");
  let position = 0;
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, position++)
      value = value * 2 + (((header.payload[position >> 3] ?? 0) >> (7 - (position & 7))) & 1);
    return value;
  };
  const profile = bits(3);
  bits(1); // still_picture
  const isReduced = bits(1) === 1;
  if (isReduced) return { profile, level: bits(5), tier: 0 };
  if (bits(1) === 1) throw new RangeError("a sequence header with timing");
  bits(1 + 5 + 12); // initial_display_delay_present_flag, operating_points_cnt_minus_1, operating_point_idc
  const level = bits(5);
  return { profile, level, tier: level > 7 ? bits(1) : 0 };
}
