import { constants, deflateRawSync, deflateSync, inflateSync, type ZlibOptions } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Inflater } from "../../../../src/imaging/bytes/inflate.ts";
import { InflateError } from "../../../../src/imaging/bytes/inflate-error.ts";
import { inflateZlib } from "../../../../src/imaging/bytes/inflate-zlib.ts";
import { allocatedBytes } from "../../../support/allocated-bytes.ts";
import { bytes, seededRandom } from "../probe/bytes.ts";

const random = seededRandom(1);
const noise = Uint8Array.from({ length: 50_000 }, () => Math.floor(random() * 256));
/** Has matches of all lengths and distances up to the window's size, and codes of all lengths. */
const mixed = new Uint8Array(300_000);
for (let at = 0; at < mixed.length;) {
  const length = 1 + Math.floor(random() ** 3 * 300);
  const from = Math.floor(random() * at);
  if (random() < 0.4) mixed.copyWithin(at, from, from + length);
  else mixed.fill(Math.floor(random() ** 6 * 256), at, at + 1 + Math.floor(random() ** 2 * length));
  at += length;
}

const ways: readonly [string, ZlibOptions][] = [
  ["stored", { level: 0 }],
  ["quick", { level: 1 }],
  ["usual", { level: 6 }],
  ["best", { level: 9, memLevel: 9 }],
  ["fixed codes", { strategy: constants.Z_FIXED }],
  ["no matches", { strategy: constants.Z_HUFFMAN_ONLY }],
  ["runs", { strategy: constants.Z_RLE }],
  ["small blocks", { memLevel: 1 }],
  ["a small window", { windowBits: 9 }],
];

describe("inflateZlib()", () => {
  it.each(ways)("gives back what zlib deflated: %s", (_, options) => {
    for (const data of [bytes(), bytes("a"), bytes("abc"), new Uint8Array(200_000), noise, mixed])
      expect(inflateZlib(deflateSync(data, options), 300_000)).toEqual(new Uint8Array(data));
  });

  it("allows exactly the given number of bytes", () => {
    const deflated = deflateSync(new Uint8Array(20_000));
    expect(inflateZlib(deflated, 20_000)).toHaveLength(20_000);
    expect(inflateZlib(deflated, 19_999)).toBeUndefined();
    expect(inflateZlib(deflateSync(bytes()), 0)).toEqual(bytes());
    expect(inflateZlib(deflateSync(bytes("a")), 0)).toBeUndefined();
  });

  it.each<[string, Uint8Array]>([
    ["no bytes", bytes()],
    ["a cut stream", deflateSync(noise).subarray(0, -100)],
    ["a stream without its checksum", deflateSync(noise).subarray(0, -4)],
    ["a wrong checksum", bytes(deflateSync(bytes("abc")).subarray(0, -1), 0)],
    ["a stream without the zlib header", deflateRawSync(noise)],
    ["a preset dictionary", deflateSync(bytes("abc"), { dictionary: Buffer.from("abc") })],
    ["bytes after the stream", bytes(deflateSync(bytes("abc")), 0)],
    ["noise", noise],
  ])("is undefined for %s", (_, compressed) => {
    expect(inflateZlib(compressed, 100_000)).toBeUndefined();
  });

  it("accepts and refuses the same damaged streams as zlib, with the same bytes", () => {
    const streams = ways.map(([, options]) => deflateSync(mixed.subarray(0, 3000), options));
    let accepted = 0;
    for (let round = 0; round < 2500; round++) {
      const damaged = Uint8Array.from(streams[round % streams.length] ?? []);
      // The header of a block decides most: change it often.
      const at = Math.floor(random() ** 3 * damaged.length);
      damaged[at] = Math.floor(random() * 256);
      const expected = inflateWithoutChecksum(damaged);
      if (expected !== undefined) accepted++;
      expect(readAll(damaged), `round ${round}`).toEqual(expected);
    }
    expect(accepted).toBeGreaterThan(120);
    expect(accepted).toBeLessThan(2380);
  });

  it("holds no more for a stream that expands beyond the bound than for one that keeps it", async () => {
    const bomb = deflateSync(new Uint8Array(200 << 20), { level: 1 });
    const allocated = await allocatedBytes(() => {
      expect(inflateZlib(bomb, 1 << 20)).toBeUndefined();
    });
    expect(allocated).toBeLessThan(4 << 20);
  });

  it("gives up blocks without content, whose codes take time to build", () => {
    // Empty blocks with fixed codes: 10 bits each.
    const empty = new Uint8Array(1_000_000).fill(0);
    for (let bit = 0; bit < 8 * empty.length; bit += 10)
      empty[(bit + 1) >> 3] = (empty[(bit + 1) >> 3] ?? 0) | (1 << ((bit + 1) & 7));
    const inflater = new Inflater(bytes(0x78, 0x9c, empty));
    expect(() => inflater.read(new Uint8Array(1))).toThrow("blocks without content");
  });
});

describe("Inflater", () => {
  it("hands over pieces of any size, and knows its end", () => {
    const inflater = new Inflater(deflateSync(mixed));
    const read = new Uint8Array(mixed.length + 10);
    let at = 0;
    for (let size = 1; !inflater.isAtEnd(); size = (size * 7) % 70_001) {
      const piece = new Uint8Array(size);
      const count = inflater.read(piece);
      expect(count === size || inflater.isAtEnd()).toBe(true);
      read.set(piece.subarray(0, count), at);
      at += count;
    }
    expect(read.subarray(0, at)).toEqual(mixed);
    expect(inflater.read(new Uint8Array(5))).toBe(0);
  });

  it("reads a stream that lies in parts as if it were whole", () => {
    const streams = [deflateSync(mixed), deflateSync(mixed, { level: 0 }), deflateSync(mixed, { strategy: 4 })];
    for (const whole of streams.map((stream) => bytes(stream, "rest"))) {
      for (const sizes of [[1], [0, 2, 3], [1, 0, 70_001], [8192], [65_536, 1]]) {
        const inflater = new Inflater(cut(whole, sizes));
        const read = new Uint8Array(mixed.length + 1);
        expect(read.subarray(0, inflater.read(read))).toEqual(mixed);
        expect(inflater.restBytes).toBe(4);
      }
    }
  });

  it("reads its last bytes, wherever a part ends among them, and says how many follow in other parts", () => {
    // Of two values and an end, codes are so short that several bytes have been read too early at the end.
    const short = Uint8Array.from({ length: 600 }, () => Math.floor(random() * 2));
    const noMatches = { strategy: constants.Z_HUFFMAN_ONLY };
    for (const [data, options] of [
      [mixed.subarray(0, 3000), {}],
      [mixed.subarray(0, 3000), { level: 0 }],
      [mixed.subarray(0, 3000), { strategy: constants.Z_FIXED }],
      ...Array.from({ length: 64 }, (_, less) => [short.subarray(less), noMatches] as const),
    ] as const) {
      const stream = Uint8Array.from(deflateSync(data, options));
      for (let last = 0; last < 12; last++) {
        const inflater = new Inflater([...cut(stream, [stream.length - last]), bytes("re"), bytes("st")]);
        const read = new Uint8Array(4000);
        expect(read.subarray(0, inflater.read(read)), `${data.length}, ${last}`).toEqual(data);
        expect(inflater.restBytes).toBe(4);
      }
    }
  });

  it("says of a cut stream in parts what it says of one that is whole", () => {
    for (const level of [0, 6]) {
      const stream = Uint8Array.from(deflateSync(mixed.subarray(0, 3000), { level }));
      for (let length = 0; length < stream.length; length += 7) {
        const parts = cut(stream.subarray(0, length), [5, 1, 0, 40]);
        expect(() => new Inflater(parts).read(new Uint8Array(4000)), String(length)).toThrow(InflateError);
      }
    }
  });

  it("says how many bytes follow the stream", () => {
    const inflater = new Inflater(bytes(deflateSync(bytes("abc")), "padding"));
    expect(inflater.read(new Uint8Array(9))).toBe(3);
    expect(inflater.restBytes).toBe(7);
  });
});

/** Parts of these sizes, again and again. */
function cut(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    parts.push(stream.subarray(at, at + size));
    at += size;
  }
  return parts;
}

/** All that a stream gives, whether its checksum is right or not; undefined for a damaged one. */
function inflateWithoutChecksum(stream: Uint8Array): Uint8Array | undefined {
  try {
    return Uint8Array.from(inflateSync(stream));
  } catch (error) {
    if (!String(error).includes("incorrect data check")) return undefined;
    return Uint8Array.of();
  }
}

function readAll(stream: Uint8Array): Uint8Array | undefined {
  try {
    const inflater = new Inflater(stream);
    const target = new Uint8Array(1 << 20);
    return target.slice(0, inflater.read(target));
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    return error.message === "checksum" ? Uint8Array.of() : undefined;
  }
}
