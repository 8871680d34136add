import { assert, nat, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { readProfileHeader } from "../../../../src/imaging/colour/icc-header.ts";
import { gamma, grayProfile, pressProfile, profile, wideGamutProfile } from "../../../support/profiles.ts";

const rgb = { space: "RGB ", connection: "XYZ " } as const;

function changed(icc: Uint8Array, change: (view: DataView) => void): Uint8Array {
  change(new DataView(icc.buffer));
  return icc;
}

/** A table of 8 bits with two points in each direction (ICC.1:2022 §10.11). */
const table = [...Buffer.from("mft1"), 0, 0, 0, 0, 3, 3, 2, ...new Uint8Array(37 + 256 * 6 + 8 * 3)];
const rgbByMatrix = { space: "rgb", hasTables: false } as const;

function withClass(icc: Uint8Array, deviceClass: string): Uint8Array {
  icc.set(Buffer.from(deviceClass), 12);
  return icc;
}

/** The profile with another offset, length or number at this place of a tag's entry (0: signature, 4: offset, 8: length). */
function withEntry(icc: Uint8Array, tag: string, at: 4 | 8, value: number): Uint8Array {
  const entry = Buffer.from(icc).indexOf(tag, 132, "latin1");
  return changed(icc, (view) => view.setUint32(entry + at, value));
}

describe("readProfileHeader()", () => {
  it.each([
    ["a display", wideGamutProfile(), { space: "rgb", hasTables: false }],
    ["a gray display", grayProfile(2), { space: "gray", hasTables: false }],
    ["a press", pressProfile(), { space: "cmyk", hasTables: true }],
    ["a scanner", withClass(wideGamutProfile(), "scnr"), { space: "rgb", hasTables: false }],
    ["a colour space", profile({ ...rgb, deviceClass: "spac" }, { A2B1: table }), { space: "rgb", hasTables: true }],
    ["version 4", wideGamutProfile().with(8, 4), { space: "rgb", hasTables: false }],
    ["a white that was rounded", changed(wideGamutProfile(), (view) => view.setInt32(68, 63_000)), rgbByMatrix],
    [
      "padding after the profile",
      new Uint8Array([...wideGamutProfile(), 0, 0, 0, 0]),
      { space: "rgb", hasTables: false },
    ],
  ])("reads %s", (_, icc, expected) => {
    expect(readProfileHeader(icc)).toEqual(expected);
  });

  it.each<[string, Uint8Array]>([
    ["a device link", profile({ ...rgb, deviceClass: "link" }, {})],
    ["an abstract profile", profile({ ...rgb, deviceClass: "abst" }, {})],
    ["named colours", profile({ ...rgb, deviceClass: "nmcl" }, {})],
    ["Lab samples", profile({ ...rgb, space: "Lab " }, {})],
    ["six inks", profile({ ...rgb, space: "6CLR" }, {})],
    ["RGB as the connection", profile({ ...rgb, connection: "RGB " }, {})],
    ["version 5", wideGamutProfile().with(8, 5)],
    ["another white", changed(wideGamutProfile(), (view) => view.setInt32(68, Math.round(0.9505 * 65_536)))],
    [
      "a primary beyond the connection space",
      changed(wideGamutProfile(), (view) => {
        const entry = Buffer.from(view.buffer as ArrayBuffer).indexOf("bXYZ", 132, "latin1");
        view.setInt32(view.getUint32(entry + 4) + 16, 2048 * 65_536 - 1);
      }),
    ],
    ["a tag outside of the profile", withEntry(wideGamutProfile(), "bTRC", 4, 100_000)],
    ["a tag that begins inside of the table", withEntry(wideGamutProfile(), "bTRC", 4, 140)],
    ["a tag that ends outside", withEntry(wideGamutProfile(), "bTRC", 8, 100_000)],
    ["a tag without room for its type", withEntry(wideGamutProfile(), "bTRC", 8, 4)],
    ["no primaries", profile(rgb, { rTRC: gamma(2), gTRC: gamma(2), bTRC: gamma(2) })],
    ["a curve that is none", profile({ ...rgb, space: "GRAY" }, { kTRC: table })],
    [
      "a curve with too many entries",
      profile({ ...rgb, space: "GRAY" }, { kTRC: [...Buffer.from("curv"), 0, 0, 0, 0, 0, 0, 9, 9] }),
    ],
    [
      "a function of no known kind",
      profile({ ...rgb, space: "GRAY" }, { kTRC: [...Buffer.from("para"), 0, 0, 0, 0, 0, 5, 0, 0] }),
    ],
    ["tables of an unknown type", profile(rgb, { A2B0: gamma(2) })],
    ["CMYK without tables", profile({ ...rgb, space: "CMYK" }, {})],
    ["floating point elements", profile(rgb, { rTRC: gamma(2), D2B1: [0, 0, 0, 0] })],
    ["a wrong signature", changed(wideGamutProfile(), (view) => view.setUint8(36, 0))],
    ["a length beyond the data", wideGamutProfile().subarray(0, -1)],
    ["more tags than there is room for", changed(profile(rgb, {}), (view) => view.setUint32(128, 1))],
    [
      "a crowd of tags",
      changed(new Uint8Array([...wideGamutProfile(), ...new Uint8Array(4000)]), (view) => view.setUint32(128, 101)),
    ],
    ["5 MB", new Uint8Array([...wideGamutProfile(), ...new Uint8Array(5_000_000)])],
  ])("wants nothing to do with %s", (_, icc) => {
    expect(readProfileHeader(icc)).toBeUndefined();
  });

  it("throws at nothing", () => {
    assert(property(uint8Array({ maxLength: 300 }), (icc) => void readProfileHeader(icc)));
    const whole = pressProfile();
    assert(
      property(nat(whole.length), nat(300), nat(255), (length, at, value) => {
        const icc = whole.slice(0, length);
        icc[at] = value;
        readProfileHeader(icc);
      }),
    );
  });
});
