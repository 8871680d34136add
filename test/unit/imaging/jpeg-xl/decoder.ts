import { BitReader, bitsFor, unpackSigned } from "./bit-reader.ts";
import { EntropyDecoder, readContextMap } from "./entropy-decoder.ts";
import { decodeIcc } from "./icc-decoder.ts";
import { ModularDecoder } from "./modular-decoder.ts";

/** What a JPEG XL file holds that was written from a JPEG. Channels are Y, Cb, Cr. */
export interface DecodedJxl {
  width: number;
  height: number;
  orientation: number;
  gray: boolean;
  iccProfile: Uint8Array | undefined;
  passes: number;
  /** Blocks of the full-resolution grid. */
  blocksWide: number;
  blocksHigh: number;
  channels: readonly DecodedChannel[];
  /** Size of all sections: the rest of the file is headers. */
  sectionBytes: number;
}

export interface DecodedChannel {
  horizontalShift: number;
  verticalShift: number;
  blocksWide: number;
  blocksHigh: number;
  /** 64 per block, in JPEG's natural order. */
  coefficients: Int16Array;
  quantisation: number[];
  /** Step of DC in units of the decoder: 1 / (8 × 255) of it is one level of a JPEG with a quantiser of 1. */
  dcStep: number;
}

const ratios = [[1, 1], [12, 10], [4, 3], [3, 2], [16, 9], [5, 4], [2, 1]]; // prettier-ignore

/** Decodes the subset of ISO/IEC 18181-1 that JPEG recompression needs; throws for everything else, and for slack. */
export function decodeJxl(bytes: Uint8Array): DecodedJxl {
  const reader = new BitReader(bytes);
  if (reader.u(16) !== 0x0aff) throw new RangeError("signature");
  const small = reader.bool();
  const length = (): number => (small ? (reader.u(5) + 1) * 8 : reader.u32([9, 1], [13, 1], [18, 1], [30, 1]));
  const height = length();
  const ratio = reader.u(3);
  const width = ratio === 0 ? length() : Math.floor((height * ratios[ratio - 1][0]) / ratios[ratio - 1][1]);

  if (reader.bool()) throw new RangeError("all default");
  const extra = reader.bool();
  const orientation = extra ? reader.u(3) + 1 : 1;
  if (extra) expect(reader, 3, 0);
  expect(reader, 1, 0);
  expect(reader, 2, 0);
  expect(reader, 1, 1);
  expect(reader, 2, 0);
  expect(reader, 1, 0);
  let gray = false;
  let hasProfile = false;
  if (!reader.bool()) {
    hasProfile = reader.bool();
    gray = reader.enumeration() === 1;
    if (!hasProfile) {
      if (!gray || reader.enumeration() !== 1) throw new RangeError("white point");
      expect(reader, 1, 0);
      if (reader.enumeration() !== 13 || reader.enumeration() !== 1) throw new RangeError("transfer or intent");
    }
  }
  if (extra) expect(reader, 1, 1);
  expect(reader, 2, 0);
  expect(reader, 1, 1);
  const iccProfile = hasProfile ? decodeIcc(reader) : undefined;
  reader.align();

  expect(reader, 1, 0);
  expect(reader, 2, 0);
  expect(reader, 1, 0);
  if (reader.u64() !== 128) throw new RangeError("flags");
  expect(reader, 1, 1);
  const [cbMode, yMode, crMode] = [reader.u(2), reader.u(2), reader.u(2)];
  expect(reader, 2, 0);
  const passes = reader.u(2) + 1;
  if (passes === 2) {
    expect(reader, 2, 0);
    expect(reader, 2, 3);
  }
  expect(reader, 1, 0);
  expect(reader, 2, 0);
  expect(reader, 1, 1);
  expect(reader, 2, 0);
  expect(reader, 1, 0);
  expect(reader, 1, 0);
  expect(reader, 2, 0);
  expect(reader, 2, 0);
  expect(reader, 2, 0);

  const modes = [yMode, cbMode, crMode];
  const horizontal = modes.map((mode) => (mode === 1 || mode === 2 ? 1 : 0));
  const vertical = modes.map((mode) => (mode === 1 || mode === 3 ? 1 : 0));
  const [hMax, vMax] = [Math.max(...horizontal), Math.max(...vertical)];
  const blocksWide = Math.ceil(width / (8 << hMax)) << hMax;
  const blocksHigh = Math.ceil(height / (8 << vMax)) << vMax;
  const channels = modes.map((_, c): DecodedChannel => {
    const [horizontalShift, verticalShift] = [hMax - horizontal[c], vMax - vertical[c]];
    const [wide, high] = [blocksWide >> horizontalShift, blocksHigh >> verticalShift];
    return {
      horizontalShift,
      verticalShift,
      blocksWide: wide,
      blocksHigh: high,
      coefficients: new Int16Array(wide * high * 64),
      quantisation: [],
      dcStep: 0,
    };
  });
  const picture = {
    width,
    height,
    orientation,
    gray,
    iccProfile,
    passes,
    blocksWide,
    blocksHigh,
    channels,
    sectionBytes: 0,
  };
  picture.sectionBytes = readFrame(bytes, reader, picture);
  return picture;
}

function expect(reader: BitReader, bits: number, value: number): void {
  const found = reader.u(bits);
  if (found !== value) throw new RangeError(`${found} at bit ${reader.bitPosition - bits} instead of ${value}`);
}

function readFrame(bytes: Uint8Array, reader: BitReader, picture: DecodedJxl): number {
  const { width, height, passes } = picture;
  const groupsWide = Math.ceil(width / 256);
  const groups = groupsWide * Math.ceil(height / 256);
  const lfGroupsWide = Math.ceil(width / 2048);
  const lfGroups = lfGroupsWide * Math.ceil(height / 2048);
  const single = groups === 1 && passes === 1;
  const count = single ? 1 : 2 + lfGroups + passes * groups;
  expect(reader, 1, 0);
  reader.align();
  const sizes = Array.from({ length: count }, () => reader.u32([10, 0], [14, 1024], [22, 17408], [30, 4211712]));
  reader.align();
  let start = reader.bitPosition / 8;
  if (start + sizes.reduce((sum, size) => sum + size, 0) !== bytes.length) throw new RangeError("sum of sections");
  let section = 0;
  let current = reader;
  const next = (): BitReader => {
    if (single && section > 0) return current;
    if (!single && section > 0) finish(current, start);
    const end = start + sizes[section++];
    current = new BitReader(bytes.subarray(0, end), start * 8);
    start = end;
    return current;
  };

  const lf = readLfGlobal(next(), picture.channels);
  for (let g = 0; g < lfGroups; g++) readLfGroup(next(), picture, lf, g, lfGroupsWide, lfGroups);
  const hf = readHfGlobal(next(), picture, lf, lfGroups, groups);
  for (let g = 0; g < groups; g++) readGroup(next(), picture, lf, hf, g % groupsWide, Math.floor(g / groupsWide));
  finish(current, start);
  if (passes === 2 && sizes.slice(-groups).some((size) => size !== 0)) throw new RangeError("second pass");
  return sizes.reduce((sum, size) => sum + size, 0);
}

function finish(reader: BitReader, end: number): void {
  reader.align();
  if (reader.bitPosition !== end * 8) throw new RangeError("bytes left over in a section");
}

interface LfGlobal {
  thresholds: number[];
  /** By row (Y, Cb, Cr), order and bucket. */
  contextMap: number[];
  contexts: number;
  modular: ModularDecoder;
}

function readLfGlobal(reader: BitReader, [y, cb, cr]: readonly DecodedChannel[]): LfGlobal {
  expect(reader, 1, 0);
  const steps = [cb, y, cr].map(() => reader.f16());
  const scale = reader.u32([11, 1], [11, 2049], [12, 4097], [16, 8193]);
  const quantLf = reader.u32([0, 16], [5, 1], [8, 1], [16, 1]);
  [cb, y, cr].forEach((channel, i) => {
    channel.dcStep = ((steps[i] / 128) * (65536 / scale)) / quantLf;
  });
  expect(reader, 1, 0);
  expect(reader, 4, 0);
  const thresholds = Array.from({ length: reader.u(4) }, () =>
    unpackSigned(reader.u32([4, 0], [8, 16], [16, 272], [32, 65808])),
  );
  expect(reader, 4, 0);
  expect(reader, 4, 0);
  const contextMap = readContextMap(reader, 39 * (thresholds.length + 1));
  const contexts = Math.max(...contextMap) + 1;
  if (contexts > 16) throw new RangeError("block contexts");
  expect(reader, 1, 0);
  expect(reader, 2, 0);
  expect(reader, 16, 0);
  expect(reader, 16, 0);
  expect(reader, 8, 128);
  expect(reader, 8, 128);
  expect(reader, 1, 1);
  return { thresholds, contextMap, contexts, modular: new ModularDecoder(reader) };
}

function readLfGroup(
  reader: BitReader,
  { channels, blocksWide, blocksHigh }: DecodedJxl,
  { modular }: LfGlobal,
  group: number,
  lfGroupsWide: number,
  lfGroups: number,
): void {
  expect(reader, 2, 0);
  const [left, top] = [(group % lfGroupsWide) * 256, Math.floor(group / lfGroupsWide) * 256];
  const [wide, high] = [Math.min(blocksWide - left, 256), Math.min(blocksHigh - top, 256)];
  const dc = modular.read(
    reader,
    1 + group,
    channels.map(({ horizontalShift, verticalShift }) => [wide >> horizontalShift, high >> verticalShift] as const),
  );
  channels.forEach((channel, c) => {
    const { horizontalShift, verticalShift } = channel;
    const width = wide >> horizontalShift;
    dc[c].forEach((value, i) => {
      const x = (left >> horizontalShift) + (i % width);
      const y = (top >> verticalShift) + Math.floor(i / width);
      channel.coefficients[(y * channel.blocksWide + x) * 64] = value;
    });
  });
  const blocks = reader.u(bitsFor(wide * high)) + 1;
  if (blocks !== wide * high) throw new RangeError("number of blocks");
  const tiles = [Math.ceil(wide / 8), Math.ceil(high / 8)] as const;
  const metadata = modular.read(reader, 1 + 2 * lfGroups + group, [tiles, tiles, [blocks, 2], [wide, high]]);
  if (metadata.some((channel) => channel.some((value) => value !== 0))) throw new RangeError("metadata");
}

function readHfGlobal(
  reader: BitReader,
  { channels: [y, cb, cr], passes }: DecodedJxl,
  { modular, contexts }: LfGlobal,
  lfGroups: number,
  groups: number,
): EntropyDecoder {
  expect(reader, 1, 0);
  const encoding = reader.u(3);
  if (encoding === 6) {
    const bands = reader.u(4) + 1;
    for (const channel of [cb, y, cr]) channel.quantisation = readBands(reader, bands);
  } else {
    if (encoding !== 7) throw new RangeError("encoding of the tables");
    const denominator = reader.f16();
    if (Math.abs(denominator * (passes === 2 ? 16320 : 2040) - 1) > 0.001) throw new RangeError("denominator");
    const tables = modular.read(reader, 1 + 3 * lfGroups, [[8, 8], [8, 8], [8, 8]]); // prettier-ignore
    [cb, y, cr].forEach((channel, i) => {
      channel.quantisation = Array.from({ length: 64 }, (_, at) => tables[i][(at % 8) * 8 + Math.floor(at / 8)]);
    });
  }
  for (let table = 1; table < 17; table++) expect(reader, 3, 0);
  expect(reader, bitsFor(groups), 0);
  expect(reader, 2, 2);
  const decoder = new EntropyDecoder(reader, 495 * contexts);
  if (passes === 2) {
    expect(reader, 2, 2);
    if (!new EntropyDecoder(reader, 495 * contexts).prefix) throw new RangeError("second pass");
  }
  return decoder;
}

/** Steps in units of a JPEG's tables, from weights by the distance from DC. */
function readBands(reader: BitReader, count: number): number[] {
  const weights: number[] = [];
  for (let band = 0; band < count; band++) {
    const field = reader.f16();
    const before = weights.at(-1);
    if (before === undefined) weights.push(field * 64);
    else weights.push(field > 0 ? before * (1 + field) : before / (1 - field));
  }
  return Array.from({ length: 64 }, (_, place) => {
    const distance = Math.hypot(place % 8, Math.floor(place / 8)) * ((count - 1) / (7 * Math.SQRT2 + 7e-6));
    const below = Math.floor(distance);
    const [from, to] = [weights[below], weights[Math.min(below + 1, count - 1)]];
    return 2040 / (from * (to / from) ** (distance - below));
  });
}

/** Coding order as places in natural order: zigzag of the transposed block. */
const order: number[] = [];
for (let diagonal = 0; diagonal < 15; diagonal++) {
  for (let j = 0; j <= diagonal; j++) {
    const [x, y] = diagonal % 2 === 1 ? [diagonal - j, j] : [j, diagonal - j];
    if (x < 8 && y < 8) order.push(x * 8 + y);
  }
}

function frequencyContext(k: number): number {
  if (k < 16) return k - 1;
  return k < 32 ? 15 + Math.floor((k - 16) / 2) : 23 + Math.floor((k - 32) / 4);
}

function remainingContext(left: number): number {
  if (left <= 1) return 0;
  if (left <= 2) return 31;
  if (left <= 4) return 62;
  if (left <= 8) return 93;
  if (left <= 12) return 123;
  if (left <= 20) return 152;
  return left <= 32 ? 180 : 206;
}

function readGroup(
  reader: BitReader,
  { channels, blocksWide, blocksHigh }: DecodedJxl,
  { thresholds, contextMap, contexts }: LfGlobal,
  decoder: EntropyDecoder,
  groupX: number,
  groupY: number,
): void {
  const [luma] = channels;
  const counts = channels.map(() => new Map<string, number>());
  decoder.begin(reader);
  for (let by = groupY * 32; by < Math.min(groupY * 32 + 32, blocksHigh); by++) {
    for (let bx = groupX * 32; bx < Math.min(groupX * 32 + 32, blocksWide); bx++) {
      const lumaBlock = (by >> luma.verticalShift) * luma.blocksWide + (bx >> luma.horizontalShift);
      const dc = luma.coefficients[lumaBlock * 64];
      const bucket = thresholds.filter((threshold) => dc > threshold).length;
      channels.forEach((channel, c) => {
        const [x, y] = [bx >> channel.horizontalShift, by >> channel.verticalShift];
        if (x << channel.horizontalShift !== bx || y << channel.verticalShift !== by) return;
        const blockContext = contextMap[c * 13 * (thresholds.length + 1) + bucket];
        const left = counts[c].get(`${x - 1} ${y}`);
        const above = counts[c].get(`${x} ${y - 1}`);
        let predicted = left ?? above ?? 32;
        if (left !== undefined && above !== undefined) predicted = Math.floor((left + above + 1) / 2);
        const context = (predicted < 8 ? predicted : 4 + Math.floor(predicted / 2)) * contexts + blockContext;
        let nonZero = decoder.read(reader, context);
        if (nonZero > 63) throw new RangeError("number of coefficients");
        counts[c].set(`${x} ${y}`, nonZero);
        let previous = nonZero > 4 ? 0 : 1;
        for (let k = 1; nonZero > 0; k++) {
          if (k > 63) throw new RangeError("coefficients missing");
          const place = (remainingContext(nonZero) + frequencyContext(k)) * 2 + previous;
          const value = unpackSigned(decoder.read(reader, 37 * contexts + 458 * blockContext + place));
          channel.coefficients[(y * channel.blocksWide + x) * 64 + order[k]] = value;
          previous = value === 0 ? 0 : 1;
          nonZero -= previous;
        }
      });
    }
  }
  decoder.end();
}
