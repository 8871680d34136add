import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { box, bytes, u32 } from "../probe/bytes.ts";

/** Fields as [bits, value], least significant bit first (ISO/IEC 18181-1 §B.2). */
function codestream(...fields: readonly (readonly [bits: number, value: number])[]): Uint8Array {
  const flat = fields.flatMap(([bits, value]) => Array.from({ length: bits }, (_, i) => (value >> i) & 1));
  const packed = new Uint8Array(Math.ceil(flat.length / 8) + 2);
  for (const [i, bit] of flat.entries()) packed[i >> 3] = (packed[i >> 3] ?? 0) | (bit << (i & 7));
  return bytes(0xff, 0x0a, packed);
}

async function probe(file: Uint8Array): Promise<ImageFacts | undefined> {
  return probeImage(file);
}

const no = [1, 0] as const;
const yes = [1, 1] as const;
/** 64 × 48: in eighths, height 6 - 1, ratio 3 (4:3). */
const size = [yes, [5, 5], [3, 3]] as const;
/** 8-bit integers (U32 choice 0), no 16-bit hint. */
const eightBits = [no, [2, 0], no] as const;
const noExtra = [[2, 0]] as const;
const xybAndDefaultColour = [yes, yes] as const;

describe("probeImage() of a JPEG XL", () => {
  it.each<[string, Uint8Array, Partial<ImageFacts>]>([
    [
      "all defaults",
      codestream(...size, yes),
      { bitDepth: 8, components: 3, profile: "srgb", orientation: 1, alpha: false },
    ],
    [
      "an orientation",
      codestream(...size, no, yes, [3, 5], no, no, no, ...eightBits, ...noExtra, ...xybAndDefaultColour),
      { orientation: 6, animated: false },
    ],
    [
      "an animation with a preview and an intrinsic size",
      codestream(
        ...size,
        no,
        yes,
        [3, 0],
        yes,
        ...size,
        yes,
        yes,
        [2, 0],
        [3, 1],
        yes,
        [2, 0],
        [2, 0],
        [2, 0],
        no,
        ...eightBits,
        ...noExtra,
        ...xybAndDefaultColour,
      ),
      { animated: true, orientation: 1 },
    ],
    [
      "alpha by default",
      codestream(...size, no, no, ...eightBits, [2, 1], yes, ...xybAndDefaultColour),
      { alpha: true, components: 4 },
    ],
    [
      "10 bits and a named depth channel",
      codestream(
        ...size,
        no,
        no,
        no,
        [2, 1],
        no,
        [2, 1],
        no,
        [2, 1],
        no,
        [2, 0],
        [2, 0],
        [2, 1],
        [4, 2],
        [8, 65],
        [8, 66],
        ...xybAndDefaultColour,
      ),
      { bitDepth: 10, alpha: false, components: 4 },
    ],
    [
      "Display P3",
      codestream(
        ...size,
        no,
        no,
        ...eightBits,
        ...noExtra,
        no,
        no,
        no,
        [2, 0],
        [2, 1],
        [2, 2],
        [4, 9],
        no,
        [2, 2],
        [4, 11],
        [2, 0],
      ),
      { profile: "other", hdr: false },
    ],
    [
      "gray PQ",
      codestream(...size, no, no, ...eightBits, ...noExtra, no, no, no, [2, 1], [2, 1], no, [2, 2], [4, 14], [2, 0]),
      { colour: "gray", components: 1, profile: "other", hdr: true },
    ],
    [
      "custom primaries and a plain gamma",
      codestream(
        ...size,
        no,
        no,
        ...eightBits,
        ...noExtra,
        no,
        no,
        no,
        [2, 0],
        [2, 1],
        [2, 2],
        [4, 0],
        ...Array.from(
          { length: 6 },
          () =>
            [
              [2, 0],
              [19, 7],
            ] as const,
        ).flat(),
        yes,
        [24, 4545454],
      ),
      { profile: "other", hdr: false },
    ],
    ["a profile", codestream(...size, no, no, ...eightBits, ...noExtra, no, no, yes, [2, 0]), { profile: "other" }],
    ["sides written out", codestream(no, [2, 0], [9, 47], [3, 0], [2, 0], [9, 63], yes), {}],
  ])("%s", async (_, file, expected) => {
    expect(await probe(file)).toMatchObject({ format: "jxl", width: 64, height: 48, ...expected });
  });

  const signature = bytes(u32(12), "JXL ", 0x0d, 0x0a, 0x87, 0x0a);
  const plain = codestream(...size, yes);

  it("finds the codestream in a container, whole or in parts", async () => {
    const whole = bytes(signature, box("ftyp", "jxl ", u32(0), "jxl "), box("jxlc", plain));
    expect(await probe(whole)).toMatchObject({ width: 64, height: 48, hdr: false });
    expect(await probe(bytes(signature, box("jxlp", u32(0), plain), box("jxlp", u32(0x80000001))))).toMatchObject({
      width: 64,
    });
  });

  it("sees a gain map box", async () => {
    expect(await probe(bytes(signature, box("jxlc", plain), box("jhgm", 0)))).toMatchObject({ hdr: true });
  });

  it.each<[string, Uint8Array]>([
    ["the signature alone", bytes(0xff, 0x0a)],
    ["a container without a codestream", signature],
    ["a codestream box of something else", bytes(signature, box("jxlc", "nothing"))],
    ["thousands of extra channels", codestream(...size, no, no, ...eightBits, [2, 3], [12, 4095])],
  ])("gives no size with %s", async (_, file) => {
    expect(await probe(file)).toMatchObject({ format: "jxl", width: undefined, height: undefined });
  });
});
