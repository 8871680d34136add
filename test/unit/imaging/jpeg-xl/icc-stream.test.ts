import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BitWriter } from "../../../../src/imaging/jpeg-xl/bit-writer.ts";
import { predictProfile } from "../../../../src/imaging/jpeg-xl/icc-prediction.ts";
import { canCarryProfile, writeIccStream } from "../../../../src/imaging/jpeg-xl/icc-stream.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { hasCorpus } from "../../../support/pictures.ts";
import { BitReader } from "./bit-reader.ts";
import { decodeJxl } from "./decoder.ts";
import { decodeIcc } from "./icc-decoder.ts";
import { djxlProfile, hasJxlTools, withoutJxlTools } from "./oracle.ts";
import { grayProfile, pressProfile, wideGamutProfile } from "../../../support/profiles.ts";
import { synthetic, syntheticFrame, writeDense } from "./synthetic.ts";
import type { Factors } from "./synthetic.ts";
import { corpusJpegs, readCorpus, withoutCorpus } from "../jpeg/oracles.ts";

function roundTrip(profile: Uint8Array): Uint8Array {
  const writer = new BitWriter();
  runAtOnce(writeIccStream(writer, profile));
  const bits = writer.bitLength;
  const reader = new BitReader(writer.bytes());
  const decoded = decodeIcc(reader);
  expect(reader.bitPosition).toBe(bits);
  return decoded;
}

interface Element {
  readonly tag: string;
  readonly data: Uint8Array;
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** A profile of any elements; tags whose data are the same object share it. */
function makeProfile(elements: readonly Element[], header: Readonly<Record<number, string>> = {}): Uint8Array {
  const distinct = [...new Set(elements.map(({ data }) => data))];
  const begin = 132 + 12 * elements.length;
  const offsets = new Map<Uint8Array, number>();
  let end = begin;
  for (const data of distinct) {
    offsets.set(data, end);
    end += data.length;
  }
  const profile = new Uint8Array(end);
  const view = new DataView(profile.buffer);
  view.setUint32(0, end);
  const fields: Record<number, string> = {
    4: "lcms",
    12: "mntrRGB XYZ ",
    36: "acsp",
    40: "APPL",
    80: "lcms",
    ...header,
  };
  for (const [at, text] of Object.entries(fields)) profile.set(ascii(text), Number(at));
  view.setUint32(128, elements.length);
  elements.forEach(({ tag, data }, i) => {
    const at = 132 + 12 * i;
    profile.set(ascii(tag), at);
    view.setUint32(at + 4, offsets.get(data) ?? 0);
    view.setUint32(at + 8, data.length);
    profile.set(data, offsets.get(data));
  });
  return profile;
}

function typed(type: string, rest: readonly number[]): Uint8Array {
  return Uint8Array.from([...ascii(type), 0, 0, 0, 0, ...rest]);
}

const xyz = (value: number): Uint8Array =>
  typed(
    "XYZ ",
    Array.from({ length: 12 }, (_, i) => (value * i) & 255),
  );
const curve = typed("curv", [
  0, 0, 2, 0,
  ...Array.from({ length: 512 }, (_, i) => Math.round(65_535 * (i / 511) ** 2.2)).flatMap((v) => [v >> 8, v & 255]),
]); // prettier-ignore

const usual: readonly Element[] = [
  { tag: "desc", data: typed("desc", ascii("\0\0\0\x10Some description")) },
  { tag: "cprt", data: typed("text", ascii("Nobody's\0")) },
  { tag: "wtpt", data: xyz(3) },
  { tag: "rXYZ", data: xyz(5) },
  { tag: "gXYZ", data: xyz(7) },
  { tag: "bXYZ", data: xyz(11) },
  { tag: "rTRC", data: curve },
  { tag: "gTRC", data: curve },
  { tag: "bTRC", data: curve },
];

describe("writeIccStream()", () => {
  test("carries a usual profile, smaller than it is", () => {
    const profile = makeProfile(usual);
    expect(Buffer.compare(roundTrip(profile), profile)).toBe(0);
    const writer = new BitWriter();
    runAtOnce(writeIccStream(writer, profile));
    expect(writer.bitLength / 8).toBeLessThan(profile.length / 2);
  });

  test.each([
    ["no tags", []],
    ["unknown tags", [{ tag: "qqqq", data: typed("zzzz", [1, 2, 3]) }]],
    ["curves that differ", usual.map((element) => ({ ...element, data: element.data.slice() }))],
    ["the same in reverse", usual.toReversed()],
    ["primaries that are not in a row", usual.filter(({ tag }) => tag !== "gXYZ")],
    [
      "an odd number of bytes in a curve",
      [
        {
          tag: "kTRC",
          data: typed(
            "curv",
            Array.from({ length: 41 }, (_, i) => i),
          ),
        },
      ],
    ],
    ["an XYZ element that is too short", [{ tag: "wtpt", data: typed("XYZ ", [1, 2]) }]],
    ["an empty element", [{ tag: "wtpt", data: new Uint8Array(0) }, ...usual]],
  ])("carries %s", (_, elements) => {
    const profile = makeProfile(elements);
    expect(Buffer.compare(roundTrip(profile), profile)).toBe(0);
  });

  test.each(["APPL", "MSFT", "SGI ", "SUNW", "SXYZ", "AAAA", "TGNT", "\0\0\0\0"])(
    "carries the platform %j",
    (platform) => {
      const profile = makeProfile(usual, { 40: platform });
      expect(Buffer.compare(roundTrip(profile), profile)).toBe(0);
    },
  );

  test("carries any bytes after a tag count that fits", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 132, maxLength: 700 }), fc.nat(20), (bytes, count) => {
        const profile = bytes.slice();
        const tags = Math.min(count, Math.floor((profile.length - 132) / 12));
        new DataView(profile.buffer).setUint32(128, tags);
        expect(Buffer.compare(roundTrip(profile), profile)).toBe(0);
      }),
    );
  });

  test("predictProfile() begins with the length and that of the commands", () => {
    // 144 bytes: two bytes each; a list without entries is two bytes, and so is one insertion of 12 bytes.
    const profile = new Uint8Array(144);
    expect([...predictProfile(profile).subarray(0, 7)]).toEqual([0x90, 0x01, 4, 1, 0, 1, 12]);
  });
});

const full: Factors = [[1, 1], [1, 1], [1, 1]]; // prettier-ignore

describe("canCarryProfile()", () => {
  const gray = { components: syntheticFrame(9, 9, [[1, 1]]).components, hasIcc: true };
  const rgb = { ...syntheticFrame(9, 9, full), hasIcc: true };

  test("takes profiles that fit the number of components only", () => {
    expect([canCarryProfile(rgb, wideGamutProfile()), canCarryProfile(gray, grayProfile(2))]).toEqual([true, true]);
    expect([canCarryProfile(gray, wideGamutProfile()), canCarryProfile(rgb, grayProfile(2))]).toEqual([false, false]);
    expect(canCarryProfile(rgb, pressProfile())).toBe(false);
  });

  test("refuses what decoders do not take for a profile, and what could not be joined", () => {
    expect(canCarryProfile(rgb, undefined)).toBe(false);
    expect(canCarryProfile({ ...rgb, hasIcc: false }, undefined)).toBe(true);
    expect(canCarryProfile(rgb, wideGamutProfile().with(8, 5))).toBe(false);
    expect(canCarryProfile(rgb, new Uint8Array([...wideGamutProfile(), ...new Uint8Array(1 << 20)]))).toBe(false);
  });
});

test("writeJxl() refuses a profile that does not fit, rather than to leave it out", () => {
  const iccProfile = grayProfile(2);
  expect(() => writeDense(synthetic(9, 9, full), { iccProfile })).toThrow("icc-profile");
  expect(decodeJxl(writeDense(synthetic(9, 9, [[1, 1]]), { iccProfile })).iccProfile).toEqual(iccProfile);
});

test("writeJxl() carries the profile of a photograph", () => {
  const file = readFileSync(new URL("../../../fixtures/sideways_bench_orient5_icc.jpg", import.meta.url));
  const { iccProfile } = readJpegFrame(new Uint8Array(file));
  expect(iccProfile).toBeDefined();
  expect(decodeJxl(writeDense(synthetic(9, 9, full), { iccProfile })).iccProfile).toEqual(iccProfile);
});

describe.skipIf(!hasJxlTools)(`djxl${withoutJxlTools}`, () => {
  test.skipIf(!hasCorpus)(`hands out the profiles of the corpus byte by byte${withoutCorpus}`, () => {
    let seen = 0;
    for (const path of corpusJpegs) {
      if (path.startsWith("jpeg-cmyk")) continue;
      const frame = readJpegFrame(readCorpus(path));
      const { iccProfile } = frame;
      const gray = frame.components.length === 1;
      if (iccProfile === undefined || !canCarryProfile(frame, iccProfile)) continue;
      const picture = synthetic(9, 9, gray ? [[1, 1]] : full);
      expect(Buffer.compare(djxlProfile(writeDense(picture, { iccProfile })), iccProfile)).toBe(0);
      seen++;
    }
    expect(seen).toBeGreaterThan(5);
  });
});
