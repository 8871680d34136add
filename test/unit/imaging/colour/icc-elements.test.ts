import { describe, expect, it } from "vitest";
import { readProfileHeader } from "../../../../src/imaging/colour/icc-header.ts";
import { bytes, u16, u32 } from "../probe/bytes.ts";
import * as written from "./profiles.ts";

const zeros = (count: number) => new Uint8Array(count);
const gamma = written.gamma(2.2);

/** A table of 8 bits with so many points in each direction (ICC.1:2022 §10.11). */
const mft1 = (inputs = 3, outputs = 3, grid = 2) =>
  bytes("mft1", u32(0), inputs, outputs, grid, zeros(37 + 256 * (inputs + outputs) + grid ** inputs * outputs));

/** The same of 16 bits, with curves of so many entries (§10.10). */
const mft2 = (inputs = 3, outputs = 3, before = 2, after = 2) =>
  bytes(
    "mft2",
    u32(0),
    inputs,
    outputs,
    2,
    zeros(37),
    u16(before),
    u16(after),
    zeros(2 * (inputs * before + 2 ** inputs * outputs + outputs * after)),
  );

interface Parts {
  readonly inputs?: number;
  readonly outputs?: number;
  readonly grid?: readonly number[];
  readonly curve?: Uint8Array;
  readonly left?: readonly ("B" | "matrix" | "M" | "table" | "A")[];
}

/** Curves, a table and a matrix one after the other (§10.12, §10.13). */
function pipeline(
  type: "mAB " | "mBA ",
  { inputs = 3, outputs = 3, grid = [2, 2, 2], curve = gamma, left = [] }: Parts,
) {
  const device = type === "mAB " ? inputs : outputs;
  const curves = (count: number) => bytes(...Array.from({ length: count }, () => curve));
  const points = grid.reduce((product, number) => product * number, 1);
  const table = bytes(grid, zeros(16 - grid.length), 2, zeros(3), zeros(2 * points * outputs));
  const all = { B: curves(3), matrix: zeros(48), M: curves(3), table, A: curves(device) };
  let at = 32;
  const places = Object.entries(all).map(([name, { length }]) => {
    if (left.some((each) => each === name)) return 0;
    at += length;
    return at - length;
  });
  const kept = Object.entries(all).filter(([name]) => !left.some((each) => each === name));
  return bytes(type, u32(0), inputs, outputs, zeros(2), places.flatMap(u32), ...kept.map(([, data]) => data));
}

const toLab = (tags: Record<string, Uint8Array>) => written.profile("RGB ", tags, "Lab ");
const matrix = (curve: Uint8Array, others: Record<string, Uint8Array> = {}) =>
  written.profile("RGB ", { ...written.displayP3Colorants, rTRC: curve, gTRC: gamma, bTRC: gamma, ...others });
const cut = (data: Uint8Array, count = 1) => data.subarray(0, -count);

/** Whether a browser shows an AVIF with such a profile: one that it cannot read it does not show at all. (Chromium 156.) */
describe("readProfileHeader(), what browsers read of a profile", () => {
  it.each<[string, Uint8Array]>([
    ["gamma", matrix(written.parametric(0, 2.2))],
    ["a gamma of 0", matrix(written.parametric(0, 0))],
    ["a curve that begins at 0.1", matrix(written.parametric(1, 2.2, 1, -0.1))],
    ["a curve with an offset", matrix(written.parametric(2, 2.2, 1, 0, 0.1))],
    ["a line and a curve", matrix(written.srgbParametric)],
    ["a line and a curve with offsets", matrix(written.parametric(4, 2.4, 1, 0, 0.1, 0.04, -0.1, -0.1))],
    ["a table of 8 bits", toLab({ A2B0: mft1() })],
    ["a table of 16 bits", toLab({ A2B0: mft2(3, 3, 4096, 7) })],
    ["all elements", toLab({ A2B0: pipeline("mAB ", {}) })],
    ["curves alone", toLab({ A2B1: pipeline("mAB ", { left: ["matrix", "M", "table", "A"] }) })],
    ["curves and a matrix", toLab({ A2B1: pipeline("mAB ", { left: ["table", "A"] }) })],
    ["tables both ways", toLab({ A2B0: mft1(), B2A0: mft2(), B2A1: pipeline("mBA ", {}) })],
    ["a matrix and tables", matrix(gamma, { A2B0: mft1() })],
    ["what browsers do not read", matrix(gamma, { gamt: bytes("text", u32(0)), A2B2: bytes("text", u32(0)) })],
    ["code points", matrix(gamma, { cicp: bytes("cicp", u32(0), 1, 13, 0, 1) })],
  ])("takes %s", (_, profile) => {
    expect(readProfileHeader(profile)?.space).toBe("rgb");
  });

  it.each<[string, Uint8Array]>([
    ["a negative gamma", matrix(written.parametric(0, -1))],
    ["a curve that falls", matrix(written.parametric(1, 2.2, -1, 1))],
    ["a curve without a slope", matrix(written.parametric(1, 2.2, 0, 0.5))],
    ["a curve that begins below 0", matrix(written.parametric(1, 2.2, 1, 0.1))],
    ["a line that falls", matrix(written.parametric(3, 2.4, 1, 0, -0.1, 0.04))],
    ["a line that ends below 0", matrix(written.parametric(3, 2.4, 1, 1, 0.1, -0.04))],
    ["a power of a negative number", matrix(written.parametric(3, 2.4, 1, -0.5, 0.1, 0.04))],
    ["a table of 8 bits that is cut", toLab({ A2B0: cut(mft1()) })],
    ["a table of 16 bits that is cut", toLab({ A2B0: cut(mft2()) })],
    ["a table of one point", toLab({ A2B0: mft1(3, 3, 1) })],
    ["curves of one entry", toLab({ A2B0: mft2(3, 3, 1, 2) })],
    ["curves of too many entries", toLab({ A2B0: mft2(3, 3, 2, 4097) })],
    ["four channels of connection", toLab({ A2B0: mft1(3, 4) })],
    ["elements that are cut", toLab({ A2B0: cut(pipeline("mAB ", {}), 4) })],
    ["elements without B curves", toLab({ A2B0: pipeline("mAB ", { left: ["B"] }) })],
    ["M curves without a matrix", toLab({ A2B0: pipeline("mAB ", { left: ["matrix"] }) })],
    ["A curves without a table", toLab({ A2B0: pipeline("mAB ", { left: ["table"] }) })],
    ["a table without A curves", toLab({ A2B0: pipeline("mAB ", { left: ["A"] }) })],
    ["a direction of one point", toLab({ A2B0: pipeline("mAB ", { grid: [2, 1, 2] }) })],
    ["elements with a curve that is none", toLab({ A2B0: pipeline("mAB ", { curve: written.parametric(0, -1) }) })],
    ["tables back that are cut", matrix(gamma, { B2A0: cut(mft1()) })],
    ["tables back that are none", matrix(gamma, { B2A1: gamma })],
    ["elements of the other direction", toLab({ A2B0: pipeline("mBA ", {}) })],
    ["a matrix that is none beside tables", matrix(gamma, { A2B0: mft1(), rXYZ: bytes("text", u32(0), zeros(12)) })],
    ["code points that are cut", matrix(gamma, { cicp: bytes("cicp", u32(0)) })],
    ["a fifth rendering intent", matrix(gamma).with(67, 4)],
    ["a gray curve to lightness", written.profile("GRAY", { kTRC: gamma }, "Lab ")],
    ["nothing but tables that browsers do not use", toLab({ A2B2: mft1() })],
  ])("does not take %s", (_, profile) => {
    expect(readProfileHeader(profile)).toBeUndefined();
  });
});
