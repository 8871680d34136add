import { describe, expect, it } from "vitest";
import { wrapPng } from "../../../../src/imaging/png/embed.ts";
import { buildMatrixProfile } from "../../../../src/imaging/colour/matrix-profile.ts";
import { readProfile } from "../../../../src/imaging/decode/read-profile.ts";
import { writePng } from "../../../../src/imaging/png/chunks.ts";

describe("wrapPng() in workerd", () => {
  it("deflates profiles of any size so that they inflate again", async () => {
    const header = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0);
    const file = writePng([
      { type: "IHDR", data: [header] },
      { type: "IDAT", data: [] },
    ]);
    const small = buildMatrixProfile("srgb", {
      white: [0.3127, 0.329],
      red: [0.68, 0.32],
      green: [0.265, 0.69],
      blue: [0.15, 0.06],
    });
    const large = Uint8Array.from({ length: 900_000 }, (_, i) => (i * i) >> 7);
    large.set(small ?? []);
    for (const icc of [small ?? new Uint8Array(), large]) {
      expect(await readProfile(await wrapPng(file, { icc }), "png")).toEqual(icc);
    }
  });
});
