/** Huffman tables against what ITU T.81 demands of them, and against Huffman's own algorithm where it needs no limit. */
import { describe, expect, it } from "vitest";
import { buildHuffmanDecoder } from "../../../../src/imaging/jpeg/decode/huffman-decoder.ts";
import { buildHuffmanEncoder } from "../../../../src/imaging/jpeg/optimise/huffman-encoder.ts";
import { seededNumbers } from "./oracles.ts";

function frequenciesOf(entries: readonly (readonly [symbol: number, frequency: number])[]): Uint32Array {
  const frequencies = new Uint32Array(256);
  for (const [symbol, frequency] of entries) frequencies[symbol] = frequency;
  return frequencies;
}

/** Bits of all symbols in a Huffman code without a limit, one more symbol of weight 0 being coded too. */
function unlimitedCost(frequencies: Uint32Array): number {
  const weights = [0, ...[...frequencies].filter((frequency) => frequency > 0)];
  let cost = 0;
  while (weights.length > 1) {
    weights.sort((a, b) => b - a);
    const sum = (weights.pop() ?? 0) + (weights.pop() ?? 0);
    cost += sum;
    weights.push(sum);
  }
  return cost;
}

function costOf(frequencies: Uint32Array, lengths: Uint8Array): number {
  return frequencies.reduce((sum, frequency, symbol) => sum + frequency * lengths[symbol], 0);
}

function expectSound(frequencies: Uint32Array): void {
  const { counts, symbols, codes, lengths } = buildHuffmanEncoder(frequencies);
  const taken = [...symbols].map((symbol) => codes[symbol].toString(2).padStart(lengths[symbol], "0"));
  expect([...symbols].toSorted((a, b) => a - b)).toEqual([...frequencies.keys()].filter((i) => frequencies[i] > 0));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(symbols.length);
  for (const code of taken) {
    expect(code.length).toBeLessThanOrEqual(16);
    expect(code).toContain("0");
    expect(taken.filter((other) => other.startsWith(code))).toEqual([code]);
  }
}

describe("buildHuffmanEncoder()", () => {
  it("makes prefix codes of at most 16 bits without the code of all ones", () => {
    const random = seededNumbers(5);
    expectSound(frequenciesOf([[7, 3]]));
    expectSound(
      frequenciesOf([
        [0, 1],
        [255, 1],
      ]),
    );
    for (let i = 0; i < 30; i++) {
      const steepness = random() * 20;
      const entries = Array.from(
        { length: 1 + Math.floor(random() * 256) },
        (_, symbol) => [symbol, Math.ceil(Math.exp(random() * steepness))] as const,
      );
      expectSound(frequenciesOf(entries));
    }
  });

  it("limits codes that Huffman's algorithm would make longer than 16 bits", () => {
    const fibonacci = [1, 1];
    while (fibonacci.length < 40) fibonacci.push(fibonacci[fibonacci.length - 1] + fibonacci[fibonacci.length - 2]);
    const frequencies = frequenciesOf(fibonacci.map((frequency, symbol) => [symbol, frequency]));
    expectSound(frequencies);
    expect(Math.max(...buildHuffmanEncoder(frequencies).lengths)).toBe(16);
  });

  it("costs exactly as much as Huffman's algorithm where no code reaches the limit", () => {
    const random = seededNumbers(9);
    for (let i = 0; i < 30; i++) {
      const frequencies = new Uint32Array(256).map(() => (random() < 0.4 ? 0 : 20 + Math.floor(random() ** 4 * 5000)));
      expect(costOf(frequencies, buildHuffmanEncoder(frequencies).lengths)).toBe(unlimitedCost(frequencies));
    }
  });
});

describe("buildHuffmanDecoder()", () => {
  const counts = (...values: readonly number[]) => Uint8Array.from({ length: 16 }, (_, i) => values[i] ?? 0);

  it("refuses the code of all ones and more codes than there are", () => {
    expect(() => buildHuffmanDecoder(counts(2), Uint8Array.of(0, 1))).toThrow("jpeg damaged");
    expect(() => buildHuffmanDecoder(counts(1, 2), Uint8Array.of(0, 1, 2))).toThrow("jpeg damaged");
    expect(() => buildHuffmanDecoder(counts(0, 5), new Uint8Array(5))).toThrow("jpeg damaged");
    expect(() => buildHuffmanDecoder(counts(1, 1, 1), Uint8Array.of(0, 1, 2))).not.toThrow();
  });
});
