import { assert, nat, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { readProfileHeader } from "../../../../src/imaging/colour/icc-header.ts";
import { gamma, grayProfile, pressProfile, profile, wideGamutProfile } from "../../../support/profiles.ts";

const rgb = { space: "RGB ", connection: "XYZ " } as const;

function changed(icc: Uint8Array, change: (view: DataView) => void): Uint8Array {
  change(new DataView(icc.buffer));
  return icc;
}

describe("readProfileHeader()", () => {
  it.each([
    ["a display", wideGamutProfile(), { space: "rgb", hasTables: false }],
    ["a gray display", grayProfile(2), { space: "gray", hasTables: false }],
    ["a press", pressProfile(), { space: "cmyk", hasTables: true }],
    ["a scanner", profile({ ...rgb, deviceClass: "scnr" }, {}), { space: "rgb", hasTables: false }],
    ["a colour space", profile({ ...rgb, deviceClass: "spac" }, { A2B1: [] }), { space: "rgb", hasTables: true }],
    [
      "padding behind the profile",
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
