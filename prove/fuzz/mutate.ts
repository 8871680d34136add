/** Damage that files really have, and damage that is made on purpose. */
import { crc32, deflateSync, inflateSync } from "node:zlib";
import type { FormatId } from "../../src/imaging/model/formats.ts";
import { type Part, readStructure } from "./parts.ts";
import type { Random } from "./random.ts";

interface Mutation {
  readonly random: Random;
  readonly file: Buffer;
  readonly parts: readonly Part[];
  readonly sides: ReturnType<typeof readStructure>["sides"];
  /** Another file of the same format. */
  readonly other: Buffer;
  readonly otherParts: readonly Part[];
}

/** Values at which lengths, counts and offsets turn into something else. */
const interesting = [
  0,
  1,
  2,
  3,
  7,
  8,
  127,
  128,
  255,
  256,
  1000,
  16_383,
  16_384,
  32_767,
  32_768,
  65_500,
  65_535,
  65_536,
  2 ** 24 - 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 2,
  2 ** 32 - 1,
] as const;

const mutations = {
  flipBits: ({ random, file }) => flip(random, file, 0, file.length),
  flipHeaderBits: ({ random, file }) => flip(random, file, 0, Math.min(file.length, 600)),
  flipPartBits: ({ random, file, parts }) => {
    const part = pickPart(random, parts);
    return part && flip(random, file, part.start, Math.min(part.end, part.start + 64));
  },
  truncate: ({ random, file }) => file.subarray(0, random.below(file.length)),
  truncateALittle: ({ random, file }) => file.subarray(0, Math.max(0, file.length - 1 - random.below(64))),
  splice: ({ random, file, other }) =>
    Buffer.concat([file.subarray(0, random.below(file.length)), other.subarray(random.below(other.length))]),
  spliceInPlace: ({ random, file, other }) => {
    const at = random.below(file.length);
    const length = random.below(Math.min(file.length - at, 4096));
    const from = random.below(Math.max(1, other.length - length));
    return replaceBytes(file, at, at + length, other.subarray(from, from + length));
  },
  repeatPart: ({ random, file, parts }) => {
    const part = pickPart(random, parts);
    if (part === undefined) return undefined;
    const times = random.chance(0.1) ? random.below(40) : 1;
    return insert(
      file,
      part.end,
      Array.from({ length: times }, () => file.subarray(part.start, part.end)),
    );
  },
  removePart: ({ random, file, parts }) => {
    const part = pickPart(random, parts);
    return part && replaceBytes(file, part.start, part.end, Buffer.alloc(0));
  },
  movePart: ({ random, file, parts }) => {
    const [part, target] = [pickPart(random, parts), pickPart(random, parts)];
    if (part === undefined || target === undefined || target.start < part.end) return undefined;
    const moved = file.subarray(part.start, part.end);
    return Buffer.concat([
      file.subarray(0, part.start),
      file.subarray(part.end, target.end),
      moved,
      file.subarray(target.end),
    ]);
  },
  insertPartOfAnother: ({ random, file, other, parts, otherParts }) => {
    const [place, part] = [pickPart(random, parts), pickPart(random, otherParts)];
    return place && part && insert(file, place.start, [other.subarray(part.start, part.end)]);
  },
  lieAboutLength: ({ random, file, parts }) => {
    const length = pickPart(random, parts)?.length;
    if (length === undefined || length.at + length.bytes > file.length) return undefined;
    const now = readNumber(file, length);
    const lie = random.chance(0.5) ? now + random.below(9) - 4 : random.pick(interesting);
    return writeNumber(file, length, lie);
  },
  changeSides: ({ random, file, sides }) => {
    if (sides.length === 0) return undefined;
    const side = random.pick(sides);
    if (side.at + side.bytes > file.length) return undefined;
    const now = readNumber(file, side);
    const changes = [now + random.below(17) - 8, now * 2, now >> 1, random.below(256), random.pick(interesting)];
    return writeNumber(file, side, random.pick(changes));
  },
  writeInteresting: ({ random, file }) => {
    const bytes = random.pick([1, 2, 4] as const);
    if (file.length < bytes) return undefined;
    const within = random.chance(0.7) ? Math.min(file.length, 1024) : file.length;
    const at = random.below(within - bytes + 1);
    return writeNumber(file, { at, bytes, littleEndian: random.chance(0.5) }, random.pick(interesting));
  },
  fill: ({ random, file }) => {
    const at = random.below(file.length);
    const changed = Buffer.from(file);
    return changed.fill(random.pick([0, 0xff, 0x55]), at, at + 1 + random.below(200));
  },
  insertNoise: ({ random, file }) =>
    insert(file, random.below(file.length), [
      Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256))),
    ]),
  /** Filters and samples of a PNG, which a flipped bit in a checked stream would never reach. */
  flipInflated: ({ random, file }) => {
    const [first] = idatChunks(file);
    if (first === undefined) return undefined;
    const chunks = idatChunks(file);
    const last = chunks[chunks.length - 1] ?? first;
    const stream = inflateSync(Buffer.concat(chunks.map(({ start, end }) => file.subarray(start + 8, end - 4))), {
      maxOutputLength: 16e6,
    });
    let changed: Buffer = flip(random, stream, 0, stream.length);
    if (random.chance(0.2)) changed = changed.subarray(0, random.below(changed.length));
    else if (random.chance(0.1)) changed = Buffer.concat([changed, changed.subarray(0, random.below(changed.length))]);
    return replaceBytes(file, first.start, last.end, pngChunk("IDAT", deflateSync(changed, { level: 1 })));
  },
} as const satisfies Record<string, (mutation: Mutation) => Buffer | undefined>;

const names = Object.keys(mutations) as (keyof typeof mutations)[];

export interface Mutated {
  readonly file: Buffer;
  /** What was done to it. */
  readonly names: readonly string[];
}

/** One to three of the mutations, one after the other. */
export function mutate(random: Random, source: Buffer, other: Buffer, format: FormatId | undefined): Mutated {
  let file = source;
  const done: string[] = [];
  const count = random.chance(0.6) ? 1 : 1 + random.below(3);
  for (let attempt = 0; attempt < 10 && done.length < count; attempt++) {
    const name = random.pick(names);
    if (file.length < 4) break;
    const { parts, sides } = readStructure(file, format);
    const otherParts = readStructure(other, format).parts;
    const mutated = tryMutation(name, { random, file, parts, sides, other, otherParts });
    if (mutated === undefined) continue;
    file = mutated;
    done.push(name);
  }
  // An attacker can compute checksums, too.
  const isMended = format === "png" && random.chance(0.7);
  return { file: isMended ? withRightChecksums(file) : file, names: isMended ? [...done, "checksums"] : done };
}

function tryMutation(name: keyof typeof mutations, mutation: Mutation): Buffer | undefined {
  try {
    return mutations[name](mutation);
  } catch {
    // What was already damaged has no such part.
    return undefined;
  }
}

function flip(random: Random, file: Buffer, from: number, to: number): Buffer {
  const changed = Buffer.from(file);
  if (from >= to) return changed;
  const count = random.chance(0.5) ? 1 : 1 + random.below(12);
  for (let bit = 0; bit < count; bit++) {
    const at = from + random.below(to - from);
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  }
  return changed;
}

function pickPart(random: Random, parts: readonly Part[]): Part | undefined {
  return parts.length === 0 ? undefined : random.pick(parts);
}

function replaceBytes(file: Buffer, from: number, to: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([file.subarray(0, from), bytes, file.subarray(to)]);
}

function insert(file: Buffer, at: number, pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat([file.subarray(0, at), ...pieces, file.subarray(at)]);
}

interface NumberField {
  readonly at: number;
  readonly bytes: 1 | 2 | 4;
  readonly littleEndian: boolean;
}

function readNumber(file: Buffer, { at, bytes, littleEndian }: NumberField): number {
  return littleEndian ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes);
}

function writeNumber(file: Buffer, { at, bytes, littleEndian }: NumberField, value: number): Buffer {
  const changed = Buffer.from(file);
  const wrapped = ((value % 256 ** bytes) + 256 ** bytes) % 256 ** bytes;
  if (littleEndian) changed.writeUIntLE(wrapped, at, bytes);
  else changed.writeUIntBE(wrapped, at, bytes);
  return changed;
}

function idatChunks(file: Buffer): readonly Part[] {
  return readStructure(file, "png").parts.filter(
    ({ start }) => file.toString("latin1", start + 4, start + 8) === "IDAT",
  );
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function withRightChecksums(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  for (const { start, end } of readStructure(file, "png").parts)
    if (end <= file.length) changed.writeUInt32BE(crc32(file.subarray(start + 4, end - 4)), end - 4);
  return changed;
}
