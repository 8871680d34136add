import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { restrictedIccSpace } from "../../../../src/imaging/jpeg-2000/restricted-icc.ts";
import {
  displayP3,
  gamma,
  grayProfile,
  pressProfile,
  profile,
  wideGamutProfile,
  xyz,
} from "../../../support/profiles.ts";

/** The profile that sharp brings along under this name. */
async function profileOf(name: "p3" | "srgb" | "cmyk"): Promise<Uint8Array> {
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } });
  const file = await (name === "cmyk" ? pixel.toColourspace("cmyk") : pixel).withIccProfile(name).jpeg().toBuffer();
  const { icc } = await sharp(file).metadata();
  if (icc === undefined) throw new Error(`sharp has no profile ${name}`);
  return icc;
}

const colorants = { rXYZ: xyz(...displayP3[0]), gXYZ: xyz(...displayP3[1]), bXYZ: xyz(...displayP3[2]) };
const curves = { rTRC: gamma(2.2), gTRC: gamma(2.2), bTRC: gamma(2.2) };
const rgb = { space: "RGB ", connection: "XYZ " };

describe("restrictedIccSpace()", () => {
  it.each(["p3", "srgb"] as const)("allows a display profile by matrix: %s", async (name) => {
    expect(restrictedIccSpace(await profileOf(name))).toBe("rgb");
  });

  it("allows matrix and gray profiles of input devices too", () => {
    expect(restrictedIccSpace(profile({ ...rgb, deviceClass: "scnr" }, { ...colorants, ...curves }))).toBe("rgb");
    expect(restrictedIccSpace(wideGamutProfile())).toBe("rgb");
    expect(restrictedIccSpace(grayProfile(2.2))).toBe("gray");
  });

  it.each<[string, Uint8Array]>([
    ["tables, which overrule the matrix", profile(rgb, { ...colorants, ...curves, A2B0: gamma(1) })],
    ["an output device", profile({ ...rgb, deviceClass: "prtr" }, { ...colorants, ...curves })],
    ["Lab as its connection", profile({ ...rgb, connection: "Lab " }, { ...colorants, ...curves })],
    ["a curve missing", profile(rgb, { ...colorants, rTRC: gamma(2.2), gTRC: gamma(2.2) })],
    ["a colorant of another type", profile(rgb, { ...colorants, gXYZ: gamma(1), ...curves })],
    ["CMYK", pressProfile()],
    ["bytes missing", wideGamutProfile().subarray(0, -4)],
    ["nothing but a header", wideGamutProfile().subarray(0, 128)],
    ["nothing", new Uint8Array(0)],
    ["no signature", wideGamutProfile().fill(0, 36, 40)],
    ["a tag that points beyond the end", pointingAway()],
    ["a tag table of any length", new Uint8Array(wideGamutProfile()).fill(255, 128, 132)],
  ])("refuses a profile with %s", (_, refused) => {
    expect(restrictedIccSpace(refused)).toBeUndefined();
  });

  it("refuses a press profile of the field", async () => {
    expect(restrictedIccSpace(await profileOf("cmyk"))).toBeUndefined();
  });
});

function pointingAway(): Uint8Array {
  const bytes = wideGamutProfile();
  new DataView(bytes.buffer).setUint32(128 + 4 + 4, 0xffff_fff0);
  return bytes;
}
