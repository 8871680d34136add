import { runAtOnce } from "../../../../src/imaging/steps.ts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnsScratch, writeAnsStream } from "../../../../src/imaging/jpeg-xl/ans-encoder.ts";
import { ansTotal, chooseHistogram } from "../../../../src/imaging/jpeg-xl/ans-histogram.ts";
import { BitWriter, packSigned, writeU32, writeU64 } from "../../../../src/imaging/jpeg-xl/bit-writer.ts";
import { countTokens, createHistograms } from "../../../../src/imaging/jpeg-xl/context-histograms.ts";
import { buildEntropyCode, writeContextMap, writeEntropyCode } from "../../../../src/imaging/jpeg-xl/entropy-code.ts";
import type { EntropyCodeOptions } from "../../../../src/imaging/jpeg-xl/entropy-code.ts";
import {
  candidateTables,
  codableValues,
  finestTokenOf,
  splitValue,
} from "../../../../src/imaging/jpeg-xl/hybrid-uint.ts";
import { BitReader, unpackSigned } from "./bit-reader.ts";
import { EntropyDecoder, readContextMap } from "./entropy-decoder.ts";

/** Writes a code and one stream, reads both, and returns the values and the bits used. */
function roundTrip(
  contextCount: number,
  contexts: readonly number[],
  values: readonly number[],
  options?: EntropyCodeOptions,
): { values: number[]; bits: number } {
  const stream = { length: values.length, contexts: Uint16Array.from(contexts), values: Uint16Array.from(values) };
  const histograms = createHistograms(contextCount);
  countTokens(histograms, stream);
  const code = runAtOnce(buildEntropyCode(histograms, options));
  const writer = new BitWriter();
  writeEntropyCode(writer, code);
  runAtOnce(writeAnsStream(writer, code, stream, new AnsScratch()));
  const bits = writer.bitLength;
  const reader = new BitReader(writer.bytes());
  const decoder = new EntropyDecoder(reader, contextCount);
  decoder.begin(reader);
  const decoded = contexts.map((context) => decoder.read(reader, context));
  decoder.end();
  expect(reader.bitPosition).toBe(bits);
  return { values: decoded, bits };
}

describe("BitWriter", () => {
  test("write() puts the first bit lowest", () => {
    const writer = new BitWriter(1);
    writer.write(1, 1);
    writer.write(3, 0b010);
    writer.write(32, 0xdeadbeef);
    writer.write(0, 0);
    expect([...writer.bytes()]).toEqual([0xf5, 0xee, 0xdb, 0xea, 0x0d]);
  });

  test("fields of any widths can be read again", () => {
    const field = fc
      .integer({ min: 0, max: 32 })
      .chain((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 }).map((value) => [bits, value] as const));
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const writer = new BitWriter(1);
        for (const [bits, value] of fields) writer.write(bits, value);
        const reader = new BitReader(writer.bytes());
        for (const [bits, value] of fields) expect(reader.u(bits)).toBe(value);
      }),
    );
  });

  test("writeBits() appends what does not end on a byte boundary", () => {
    const parts = [new BitWriter(), new BitWriter()];
    parts[0].write(5, 21);
    parts[1].write(23, 0x5a5a5a);
    for (const part of parts) part.write(2, 2);
    parts[0].writeBits(parts[1]);
    const reader = new BitReader(parts[0].bytes());
    expect([reader.u(5), reader.u(2), reader.u(23), reader.u(2)]).toEqual([21, 2, 0x5a5a5a, 2]);
  });

  test.each([0, 1, 16, 17, 272, 273, 4095, 4096, 1 << 20, 2 ** 32 - 1])("writeU64() stores %d", (value) => {
    const writer = new BitWriter();
    writeU64(writer, value);
    const bits = writer.bitLength;
    const reader = new BitReader(writer.bytes());
    expect(reader.u64()).toBe(value);
    expect(reader.bitPosition).toBe(bits);
  });

  test("writeU32() takes the first alternative that fits and refuses what none holds", () => {
    const writer = new BitWriter();
    writeU32(writer, 17, [[4, 0], [4, 16], [8, 0], [8, 1]]); // prettier-ignore
    expect(new BitReader(writer.bytes()).u(6)).toBe(0b000101);
    expect(() => writeU32(writer, 300, [[4, 0], [4, 16], [8, 0], [8, 1]])).toThrow(RangeError); // prettier-ignore
  });

  test.each([0, 1, -1, 2047, -2047])("packSigned() of %d can be unpacked", (value) => {
    expect(unpackSigned(packSigned(value))).toBe(value);
  });
});

describe("hybrid integers", () => {
  test("splitValue() follows the examples worked out from the formula for 4, 2, 0", () => {
    const config = { split: 4, msb: 2, lsb: 0 };
    const examples = [[15, 15, 0], [16, 16, 2], [20, 17, 2], [31, 19, 2], [32, 20, 3], [4095, 47, 9]]; // prettier-ignore
    for (const [value, token, bits] of examples) expect(splitValue(config, value)).toBe(token | (bits << 8));
  });

  test("every config's tokens follow from the finest ones", () => {
    for (const config of candidateTables) {
      for (let value = 0; value < codableValues; value++) {
        if (config.splits[finestTokenOf[value]] !== splitValue(config, value)) expect.fail(`value ${value}`);
      }
    }
  });

  test("finestTokenOf is splitValue() for 5, 2, 1", () => {
    for (let value = 0; value < codableValues; value++) {
      if (finestTokenOf[value] !== (splitValue({ split: 5, msb: 2, lsb: 1 }, value) & 0xff))
        expect.fail(`value ${value}`);
    }
  });
});

describe("chooseHistogram()", () => {
  const population = fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(100_000)), { minLength: 1, maxLength: 96 });

  test("gives every symbol that occurs a count, no other one, and 4096 in all", () => {
    fc.assert(
      fc.property(population, (counts) => {
        const chosen = chooseHistogram(Uint32Array.from(counts)).counts;
        expect(chosen.reduce((sum, count) => sum + count, 0)).toBe(ansTotal);
        if (counts.every((count) => count === 0)) return;
        counts.forEach((count, symbol) => expect((chosen[symbol] ?? 0) > 0).toBe(count > 0));
      }),
    );
  });

  test("makes room for many rare symbols beside two frequent ones", () => {
    const counts = Uint32Array.from({ length: 96 }, (_, i) => (i === 3 || i === 50 ? 1e8 : 1));
    expect(Math.min(...chooseHistogram(counts).counts)).toBe(1);
  });
});

describe("buildEntropyCode()", () => {
  const token = fc.tuple(fc.nat(6), fc.oneof(fc.nat(3), fc.nat(40), fc.nat(16_383)));

  test("codes any values in any contexts", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 300 }), (tokens) => {
        const values = tokens.map(([, value]) => value);
        expect(roundTrip(7, tokens.map(([context]) => context), values).values).toEqual(values); // prettier-ignore
      }),
    );
  });

  test.each([
    ["half and half", [0, 1]],
    ["one far ahead", [...Array.from({ length: 5000 }, () => 0), 1, 2, 3, 16_383]],
    ["a frequent symbol in front of a more frequent one", [0, 0, 0, 1, 1, 1, 1, 2]],
    ["equal counts in long runs", Array.from({ length: 64 }, (_, i) => i % 32)],
    ["steps of a factor", Array.from({ length: 4000 }, (_, i) => Math.clz32(i))],
  ])("codes %s", (_, values) => {
    expect(roundTrip(1, values.map(() => 0), values).values).toEqual(values); // prettier-ignore
  });

  test("comes close to the entropy of contexts that differ", () => {
    const contexts = Array.from({ length: 60_000 }, (_, i) => i % 3);
    // Context 0: always 5; 1: one of two; 2: one of sixteen.
    const values = contexts.map((context, i) => (context === 0 ? 5 : context === 1 ? (i >> 2) & 1 : (i * 7919) & 15));
    const { bits } = roundTrip(3, contexts, values);
    expect(bits).toBeGreaterThan(20_000 + 80_000);
    expect(bits).toBeLessThan(100_000 * 1.005);
  });

  test("a context of zeros only takes no bits", () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i * 31) & 7);
    const contexts = values.map(() => 1);
    const without = roundTrip(3, contexts, values, { zeroContexts: [0] });
    const stream = { length: 0, contexts: new Uint16Array(0), values: new Uint16Array(0) };
    const histograms = createHistograms(3);
    const writer = new BitWriter();
    const code = runAtOnce(buildEntropyCode(histograms, { zeroContexts: [0] }));
    writeEntropyCode(writer, code);
    runAtOnce(writeAnsStream(writer, code, stream, new AnsScratch()));
    const reader = new BitReader(writer.bytes());
    const decoder = new EntropyDecoder(reader, 3);
    decoder.begin(reader);
    for (let i = 0; i < 100; i++) expect(decoder.read(reader, 0)).toBe(0);
    decoder.end();
    expect(without.values).toEqual(values);
  });

  test("never makes more clusters than allowed", () => {
    const contexts = Array.from({ length: 20_000 }, (_, i) => i % 200);
    const values = contexts.map((context, i) => context * 40 + (i & 1));
    const histograms = createHistograms(200);
    countTokens(histograms, {
      length: values.length,
      contexts: Uint16Array.from(contexts),
      values: Uint16Array.from(values),
    });
    expect(runAtOnce(buildEntropyCode(histograms, { maxClusters: 9 })).histograms.length).toBeLessThanOrEqual(9);
    expect(roundTrip(200, contexts, values, { maxClusters: 9 }).values).toEqual(values);
  });
});

test("writeContextMap() stores any map without gaps", () => {
  const map = fc.array(fc.nat(60), { minLength: 2, maxLength: 400 }).map((clusters) => {
    const numbers = [...new Set(clusters)];
    return clusters.map((cluster) => numbers.indexOf(cluster));
  });
  fc.assert(
    fc.property(map, (clusters) => {
      const writer = new BitWriter();
      writeContextMap(writer, Uint8Array.from(clusters), Math.max(...clusters) + 1);
      expect(readContextMap(new BitReader(writer.bytes()), clusters.length)).toEqual(clusters);
    }),
  );
});
