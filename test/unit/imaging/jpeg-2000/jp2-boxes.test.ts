import { describe, expect, it } from "vitest";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { type Jp2Description, writeJp2Start } from "../../../../src/imaging/jpeg-2000/jp2-boxes.ts";
import { grayProfile, wideGamutProfile } from "../../../support/profiles.ts";
import { boxesOf } from "./jp2-parts.ts";

const rgb: Jp2Description = { width: 700, height: 300, colours: 3, alpha: false, profile: undefined };
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

/** With a codestream of nothing but its own SOC and EOC. */
function fileOf(description: Partial<Jp2Description>): Uint8Array {
  return Uint8Array.from([...writeJp2Start({ ...rgb, ...description }, 4), 0xff, 0x4f, 0xff, 0xd9]);
}

describe("writeJp2Start()", () => {
  it("writes the boxes of ITU-T T.800 Annex I for RGB, byte for byte", () => {
    expect(hex(writeJp2Start(rgb, 1000))).toBe(
      [
        "0000000c 6a502020 0d0a870a",
        "00000014 66747970 6a703220 00000000 6a703220",
        "0000002d 6a703268",
        "00000016 69686472 0000012c 000002bc 0003 07 07 00 00",
        "0000000f 636f6c72 01 00 00 00000010",
        "000003f0 6a703263",
      ]
        .join("")
        .replaceAll(" ", ""),
    );
  });

  it("takes 85 bytes for RGB", () => {
    expect(writeJp2Start(rgb, 0)).toHaveLength(85);
  });

  it("names gray by its enumerated space", () => {
    expect(hex(boxesOf(fileOf({ colours: 1 })).get("jp2h/colr"))).toBe("01000000000011");
  });

  it.each([
    [3, "0004 000000000001 000100000002 000200000003 000300010000"],
    [1, "0002 000000000001 000100010000"],
  ] as const)("defines the alpha channel after %i colours", (colours, channels) => {
    const boxes = boxesOf(fileOf({ colours, alpha: true }));
    expect(hex(boxes.get("jp2h/cdef"))).toBe(channels.replaceAll(" ", ""));
    expect(hex(boxes.get("jp2h/ihdr")).slice(16, 20)).toBe(`000${colours + 1}`);
  });

  it("embeds a profile by the restricted method, unchanged", () => {
    const profile = wideGamutProfile();
    const colr = boxesOf(fileOf({ profile })).get("jp2h/colr");
    expect(hex(colr?.subarray(0, 3))).toBe("020000");
    expect(colr?.subarray(3)).toEqual(profile);
  });

  it.each<[Partial<Jp2Description>, object]>([
    [{}, { components: 3, colour: "rgb", alpha: false, profile: "none" }],
    [{ colours: 1 }, { components: 1, colour: "gray", alpha: false, profile: "none" }],
    [{ alpha: true }, { components: 4, colour: "rgb", alpha: true, profile: "none" }],
    [{ profile: wideGamutProfile() }, { components: 3, colour: "rgb", alpha: false, profile: "other" }],
    [
      { colours: 1, alpha: true, profile: grayProfile(1.8) },
      { components: 2, colour: "gray", alpha: true, profile: "other" },
    ],
  ])("is understood by the probe: %o", async (description, facts) => {
    expect(await probeImage(fileOf(description))).toMatchObject({
      format: "jp2",
      width: 700,
      height: 300,
      bitDepth: 8,
      ...facts,
    });
  });
});
