import { describe, expect, it } from "vitest";
import { formats, type FormatId } from "../../../../src/imaging/model/formats.ts";
import { classifyProfile, decideProfile, type ProfileClass } from "../../../../src/imaging/colour/decide-profile.ts";
import { grayProfile, pressProfile, profile, wideGamutProfile } from "../../../support/profiles.ts";
import * as written from "./profiles.ts";

function tableProfile(): Uint8Array {
  const header = { space: "RGB ", connection: "Lab " } as const;
  return profile(header, {
    A2B0: [...new TextEncoder().encode("mft1"), 0, 0, 0, 0, 3, 3, 2, ...new Uint8Array(37 + 256 * 6 + 8 * 3)],
  });
}

describe("classifyProfile()", () => {
  it.each<[ProfileClass, Parameters<typeof classifyProfile>]>([
    ["none", [undefined, "rgb"]],
    ["none", [undefined, "cmyk"]],
    ["srgb", [written.rgbProfile(written.srgbParametric), "rgb"]],
    ["srgb", [written.rgbProfile(written.srgbParametric), "gray"]],
    ["rgb by matrix", [wideGamutProfile(), "rgb"]],
    ["rgb by matrix", [wideGamutProfile(), "gray"]],
    ["rgb by tables", [tableProfile(), "rgb"]],
    ["gray", [grayProfile(1.8), "gray"]],
    ["cmyk", [pressProfile(), "cmyk"]],
    ["unusable", [grayProfile(1.8), "rgb"]],
    ["unusable", [grayProfile(1.8), "cmyk"]],
    ["unusable", [pressProfile(), "rgb"]],
    ["unusable", [pressProfile(), "gray"]],
    ["unusable", [wideGamutProfile(), "cmyk"]],
    ["unusable", [new Uint8Array(0), "rgb"]],
    ["unusable", [new Uint8Array(500), "gray"]],
  ])("says %s", (expected, [icc, colour]) => {
    expect(classifyProfile(icc, colour)).toBe(expected);
  });
});

describe("decideProfile()", () => {
  const ids = Object.keys(formats) as FormatId[];
  const rgbFiles = ["webp", "avif", "png", "jpeg", "jxl", "jxr"] as const;

  it("converts CMYK for every target, with a profile or without", () => {
    for (const format of ids)
      for (const profileClass of ["none", "cmyk"] as const)
        expect(decideProfile("cmyk", profileClass, { format, gray: false })).toBe("convert");
  });

  it("drops what means sRGB, for every target", () => {
    for (const format of ids)
      for (const colour of ["gray", "rgb"] as const)
        for (const profileClass of ["none", "srgb"] as const)
          for (const gray of [false, true]) expect(decideProfile(colour, profileClass, { format, gray })).toBe("drop");
  });

  it("refuses what cannot be read, for every target", () => {
    for (const format of ids)
      for (const colour of ["gray", "rgb", "cmyk"] as const)
        expect(decideProfile(colour, "unusable", { format, gray: false })).toBe("refuse");
  });

  it("carries RGB profiles into the formats that hold any", () => {
    for (const format of rgbFiles)
      for (const profileClass of ["rgb by matrix", "rgb by tables"] as const)
        expect(decideProfile("rgb", profileClass, { format, gray: false })).toBe("carry");
  });

  it("carries into JP2 only what the restricted method allows", () => {
    expect(decideProfile("rgb", "rgb by matrix", { format: "jp2", gray: false })).toBe("carry");
    expect(decideProfile("rgb", "rgb by tables", { format: "jp2", gray: false })).toBe("convert");
    expect(decideProfile("gray", "gray", { format: "jp2", gray: true })).toBe("carry");
  });

  it("never puts a profile into a file whose channels it does not describe", () => {
    for (const format of rgbFiles) {
      expect(decideProfile("gray", "gray", { format, gray: false })).toBe("convert");
      expect(decideProfile("gray", "rgb by matrix", { format, gray: true })).toBe("convert");
      expect(decideProfile("gray", "rgb by matrix", { format, gray: false })).toBe("carry");
    }
    expect(decideProfile("gray", "gray", { format: "png", gray: true })).toBe("carry");
  });

  it("converts for a format that holds no profile", () => {
    for (const format of ids.filter((id) => ![...rgbFiles, "jp2"].includes(id)))
      expect(decideProfile("rgb", "rgb by matrix", { format, gray: false })).toBe("convert");
  });
});
