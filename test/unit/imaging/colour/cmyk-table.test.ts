import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { assert, constant, oneof, property, tuple, uint8Array, nat } from "fast-check";
import { describe, expect, it } from "vitest";
import { convertUntaggedCmyk } from "../../../../src/imaging/colour/cmyk-table.ts";
import { cmykTableBase64 } from "../../../../src/imaging/colour/cmyk-table.generated.ts";
import { convertWithTransicc, hasTransicc } from "./transicc.ts";

const table = Buffer.from(cmykTableBase64, "base64");
const nodes = [0, 32, 64, 96, 128, 159, 191, 223, 255];
const profile = new URL("../../../../../shared/colour/TR006.icc", import.meta.url);
const hasProfile = existsSync(profile);
const missing = [...(hasProfile ? [] : ["../shared/colour/TR006.icc"]), ...(hasTransicc ? [] : ["transicc"])];

function convert(...samples: readonly number[]): number[] {
  const pixels = Uint8ClampedArray.from(samples);
  convertUntaggedCmyk(pixels);
  return [...pixels];
}

/** Quadrilinear interpolation in floating point, straight from its definition. */
function interpolate(inks: readonly number[], channel: number): number {
  const below = inks.map((ink) =>
    Math.min(
      7,
      nodes.findLastIndex((node) => node <= ink),
    ),
  );
  let sum = 0;
  for (let corner = 0; corner < 16; corner++) {
    let weight = 1;
    let index = 0;
    inks.forEach((ink, axis) => {
      const node = below[axis] ?? 0;
      const above = (ink - (nodes[node] ?? 0)) / ((nodes[node + 1] ?? 0) - (nodes[node] ?? 0));
      const isAbove = (corner >> axis) & 1;
      weight *= isAbove === 1 ? above : 1 - above;
      index = index * 9 + node + isAbove;
    });
    sum += weight * (table[index * 3 + channel] ?? 0);
  }
  return sum;
}

describe("convertUntaggedCmyk()", () => {
  it("has the published table", () => {
    expect(table.length).toBe(9 ** 4 * 3);
    expect(createHash("sha256").update(table).digest("hex")).toMatch(/^704529c5c3fdeee3/);
  });

  it.each([
    ["no ink", [0, 0, 0, 0], [255, 255, 255]],
    ["cyan", [255, 0, 0, 0], [0, 159, 227]],
    ["magenta", [0, 255, 0, 0], [230, 0, 125]],
    ["yellow", [0, 0, 255, 0], [255, 237, 0]],
    ["black", [0, 0, 0, 255], [30, 29, 28]],
    ["half of black", [0, 0, 0, 128], [151, 152, 152]],
    ["blue", [255, 255, 0, 0], [33, 46, 132]],
    ["red", [0, 255, 255, 0], [229, 9, 22]],
    ["green", [255, 0, 255, 0], [0, 152, 70]],
    ["three inks", [255, 255, 255, 0], [52, 51, 50]],
    ["all inks", [255, 255, 255, 255], [3, 0, 0]],
    ["half of all", [128, 128, 128, 128], [87, 78, 77]],
  ])("gives the colour of the control node %s, opaque", (_, inks, rgb) => {
    expect(convert(...inks)).toEqual([...rgb, 255]);
  });

  it("gives every node its own colour", () => {
    const inks = nodes.flatMap((c) => nodes.flatMap((m) => nodes.flatMap((y) => nodes.map((k) => [c, m, y, k]))));
    const rgb = convert(...inks.flat()).filter((_, at) => at % 4 !== 3);
    expect(Buffer.from(rgb).equals(table)).toBe(true);
  });

  it("interpolates between the 16 nearest nodes", () => {
    const inks = oneof(uint8Array({ minLength: 4, maxLength: 4 }), tuple(nat(255), constant(0), nat(255), constant(0)));
    assert(
      property(inks, (ink) => {
        const rgba = convert(...ink);
        for (const channel of [0, 1, 2])
          // Half a step of rounding, and as much again for 8-bit weights.
          expect(Math.abs((rgba[channel] ?? NaN) - interpolate([...ink], channel))).toBeLessThan(1);
        expect(rgba[3]).toBe(255);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives a pixel the same colour at any place", () => {
    const [a, b] = [
      [10, 200, 30, 40],
      [0, 0, 0, 1],
    ] as const;
    const [outA, outB, white] = [convert(...a), convert(...b), convert(0, 0, 0, 0)];
    expect(convert(...a, ...a, ...b, 0, 0, 0, 0, ...b, ...a)).toEqual([
      ...outA,
      ...outA,
      ...outB,
      ...white,
      ...outB,
      ...outA,
    ]);
  });

  it("converts only the strip that it is given", () => {
    const samples = new Uint8ClampedArray(12).fill(255);
    convertUntaggedCmyk(samples.subarray(4, 8));
    expect([...samples]).toEqual([255, 255, 255, 255, 3, 0, 0, 255, 255, 255, 255, 255]);
  });

  it.skipIf(missing.length > 0)(
    `is what LittleCMS makes of the press's profile, within 3 of 255 on average${missing.length > 0 ? ` (skipped: no ${missing.join(", no ")})` : ""}`,
    () => {
      const inks = Uint8Array.from({ length: 4 * 5000 }, (_, at) => (Math.imul(at + 1, 2_654_435_761) >>> 9) & 255);
      const expected = convertWithTransicc(inks, "cmyk", profile.pathname);
      const converted = convert(...inks).filter((_, at) => at % 4 !== 3);
      const differences = converted.map((value, at) => Math.abs(value - (expected[at] ?? NaN)));
      expect(differences.reduce((sum, value) => sum + value) / differences.length).toBeLessThan(1.5);
      expect(Math.max(...differences)).toBeLessThan(16);
    },
  );
});
