import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { EncodeSettings } from "../../../src/imaging/model/settings.ts";
import type { Pixels } from "../../../src/imaging/model/picture.ts";
import { decodePicture } from "../../../src/imaging/decode/decode.ts";
import { encodePicture } from "../../../src/imaging/encode/encode.ts";
import type { ColourConverter } from "../../../src/imaging/colour/lcms.ts";
import { wrapPng } from "../../../src/imaging/png/embed.ts";
import { grayProfile, wideGamutProfile } from "../../support/profiles.ts";
import { png } from "../samples.ts";

const side = 4;
const gray: Pixels = { data: new Uint8ClampedArray(4 * side * side).fill(255), width: side, height: side };

/** What happened, in order. */
function watchEvents() {
  const events: string[] = [];
  const compute = (name: string): void => void events.push(name);
  return { events, compute, pause: async () => compute("pause") };
}

function converterFor(compute: (name: string) => void): ColourConverter {
  return { convertToSrgb: async () => compute("convert"), liveBytes: () => 0, drop: () => undefined };
}

describe("the library's pause", () => {
  it("is awaited between the decode and a conversion of its colours", async () => {
    const { events, compute, pause } = watchEvents();
    const file = await sharp({ create: { width: side, height: side, channels: 3, background: "#888" } })
      .toColourspace("b-w")
      .png()
      .toBuffer();
    const bytes = await wrapPng(Uint8Array.from(file), { icc: grayProfile(1.8) });
    const decoder = {
      decode: async () => {
        compute("decode");
        return gray;
      },
      liveBytes: () => 0,
      drop: () => undefined,
    };
    const facts = { ...png, width: side, height: side, colour: "gray", profile: "other" } as const;
    await decodePicture(
      bytes,
      facts,
      { png: decoder, webp: decoder, avif: decoder, colours: converterFor(compute) },
      pause,
    );
    expect(events).toEqual(["decode", "pause", "convert"]);
  });

  it("is awaited between a conversion of colours and the encode", async () => {
    const { events, compute, pause } = watchEvents();
    const settings: EncodeSettings = { format: "png", effort: "stream" };
    const encode = async (): Promise<Uint8Array<ArrayBuffer>> => {
      compute("encode");
      return new Uint8Array(1);
    };
    await encodePicture({ pixels: gray, profile: wideGamutProfile() }, settings, encode, converterFor(compute), pause);
    expect(events).toEqual(["convert", "pause", "encode"]);
  });
});
