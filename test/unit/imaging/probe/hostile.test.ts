/** Files that lie, end early or are not what they seem: no throw, no endless loop, no wrong size. */
import { readdirSync, readFileSync } from "node:fs";
import { assert, asyncProperty, constantFrom, nat, uint8Array } from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { hasEndMarker } from "../../../../src/imaging/probe/end-marker.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import {
  box,
  bytes,
  chunk,
  fixture,
  frame,
  ihdr,
  jpeg,
  pngSignature,
  seededRandom,
  segment,
  soi,
  u16,
  u16le,
  u32,
  u32le,
} from "./bytes.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

const fixtures = readdirSync(new URL("../../../fixtures/", import.meta.url), {
  encoding: "utf8",
  recursive: true,
}).filter((name) => /\.(?!md)\w+$/.test(name));
const corpusPaths = hasCorpus ? Object.keys(JSON.parse(readFileSync(`${corpus}expected.json`, "utf8")) as object) : [];
// Without the corpus (../shared/corpus) the fixtures remain.
const sources: [string, () => Uint8Array][] = [
  ...fixtures.map((name): [string, () => Uint8Array] => [`fixture ${name}`, () => fixture(name)]),
  ...corpusPaths.map((path): [string, () => Uint8Array] => [
    path,
    () => new Uint8Array(readFileSync(`${corpus}${path}`)),
  ]),
];

async function probeWhole(file: Uint8Array): Promise<ImageFacts | undefined> {
  const facts = await probeImage(file);
  if (facts !== undefined) hasEndMarker(facts.format, file);
  return facts;
}

/** Short lengths one by one, longer ones spread out. */
function* cuts(length: number): Generator<number> {
  for (let at = 0; at < length; at += at < 64 ? 1 : Math.ceil(at / 12)) yield at;
  if (length > 0) yield length - 1;
}

/** Files that were recognised: with none nothing would be proved. */
let recognised = 0;
beforeEach(() => (recognised = 0));

function expectBelievable(facts: ImageFacts | undefined): void {
  if (facts === undefined) return;
  recognised++;
  expect((facts.width === undefined) === (facts.height === undefined)).toBe(true);
  if (facts.width !== undefined && facts.height !== undefined) {
    expect(Number.isSafeInteger(facts.width) && facts.width > 0).toBe(true);
    expect(Number.isSafeInteger(facts.height) && facts.height > 0).toBe(true);
  }
  expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(facts.orientation);
  const quality = facts.format === "jpeg" ? facts.jpeg.quality : undefined;
  if (quality !== undefined) expect(quality >= 1 && quality <= 100).toBe(true);
}

/** Without what only a whole file says: how much work it is, and whether it is decoded here. */
function headerFacts(facts: ImageFacts | undefined): unknown {
  return {
    ...facts,
    animation: undefined,
    pictureBytes: undefined,
    jpeg: facts?.format === "jpeg" && { ...facts.jpeg, recompress: undefined },
    // What no property says is in the stream, which may be cut off.
    ...(facts?.format === "avif" && { avif: undefined, profile: undefined }),
  };
}

describe("probeImage() of cut files", () => {
  it.each(sources)("gives no size or the same facts for every cut of %s", async (_, read) => {
    const file = read();
    const whole = await probeWhole(file);
    for (const length of cuts(file.length)) {
      const facts = await probeWhole(file.subarray(0, length));
      if (facts?.width !== undefined) expect([length, headerFacts(facts)]).toEqual([length, headerFacts(whole)]);
    }
  });
});

describe("probeImage() of damaged files", () => {
  it.each(sources)("survives bit flips in %s", async (_, read) => {
    const original = read();
    const random = seededRandom(original.length);
    for (let round = 0; round < 12 && original.length > 0; round++) {
      const file = original.slice();
      // Half of the rounds only in the header, where it counts.
      const reach = round % 2 === 0 ? Math.min(file.length, 400) : file.length;
      for (let flips = 1 << (round % 6); flips > 0; flips--) {
        const at = Math.floor(random() * reach);
        file[at] = (file[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      }
      expectBelievable(await probeWhole(file));
    }
  });

  const signatures = fixtures.map((name) => fixture(name).subarray(0, 40));

  it("survives random bytes after every signature", async () => {
    await assert(
      asyncProperty(
        constantFrom(...signatures),
        nat(40),
        uint8Array({ maxLength: 600 }),
        async (start, keep, noise) => {
          expectBelievable(await probeWhole(bytes(start.subarray(0, keep), noise)));
        },
      ),
      { seed: 20261122, numRuns: 1500 },
    );
    expect(recognised).toBeGreaterThan(300);
  });

  it("survives lengths and offsets set to extremes", async () => {
    const extremes = [
      [0, 0, 0, 0],
      [255, 255, 255, 255],
      [127, 255, 255, 255],
      [0, 0, 0, 1],
      [1, 0, 0, 0],
    ];
    for (const name of fixtures) {
      const original = fixture(name);
      // Every place where most fields of a header are, then a third of them.
      for (let at = 0; at < Math.min(original.length, 300); at += at < 64 ? 1 : 3) {
        for (const extreme of extremes) {
          const file = original.slice();
          file.set(extreme.slice(0, file.length - at), at);
          expectBelievable(await probeWhole(file));
        }
      }
    }
    expect(recognised).toBeGreaterThan(1000);
  });
});

describe("probeImage() of files built to take long", () => {
  type Repeat = (unit: Uint8Array) => Uint8Array;
  const repeatTo =
    (size: number): Repeat =>
    (unit) => {
      const filled = new Uint8Array(Math.floor(size / unit.length) * unit.length);
      for (let at = 0; at < filled.length; at += unit.length) filled.set(unit, at);
      return filled;
    };
  const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  const ftyp = box("ftyp", "avif", u32(0), "mif1");
  const largeBox = (type: string, content: Uint8Array) => concat(bytes(u32(content.length + 8), type), content);
  const multiPictureIndex = bytes(
    "MPF\0II",
    u16le(42),
    u32le(8),
    u16le(4000),
    ...Array.from({ length: 4000 }, () => bytes(u16le(0xb002), u16le(7), u32le(47000), u32le(100))),
    u32le(0),
  );

  it.each<[string, (repeat: Repeat) => Uint8Array]>([
    ["empty JPEG segments", (repeat) => concat(soi, repeat(segment(0xfe)))],
    ["JPEG fill bytes", (repeat) => concat(soi, repeat(bytes(0xff)))],
    ["stuffed JPEG bytes", (repeat) => concat(jpeg(frame()).subarray(0, -2), repeat(bytes(0xff, 0)))],
    ["JPEG restart markers", (repeat) => concat(soi, repeat(bytes(0xff, 0xd0)))],
    ["JPEG segments after the scan", (repeat) => concat(jpeg(frame()).subarray(0, -2), repeat(segment(0xfe)))],
    ["JPEG quantisation tables", (repeat) => concat(soi, repeat(segment(0xdb, 0, new Uint8Array(64).fill(9))))],
    [
      "JPEG profile chunks",
      (repeat) => concat(soi, repeat(segment(0xe2, "ICC_PROFILE\0", 1, 255, new Uint8Array(200))), frame()),
    ],
    ["Multi-Picture indices", (repeat) => concat(soi, repeat(segment(0xe2, multiPictureIndex)), frame())],
    ["empty PNG chunks", (repeat) => concat(pngSignature, ihdr(), repeat(chunk("tEXt")))],
    ["empty IDAT chunks", (repeat) => concat(pngSignature, ihdr(), repeat(chunk("IDAT")))],
    [
      "GIF sub-blocks of one byte",
      (repeat) => concat(bytes("GIF89a", u16le(9), u16le(9), 0, 0, 0, 0x21, 0xfe), repeat(bytes(1, 1))),
    ],
    [
      "empty GIF extensions",
      (repeat) => concat(bytes("GIF89a", u16le(9), u16le(9), 0, 0, 0), repeat(bytes(0x21, 0xfe, 0))),
    ],
    ["empty boxes", (repeat) => concat(ftyp, repeat(box("free")))],
    ["meta boxes", (repeat) => concat(ftyp, repeat(box("meta", u32(0), box("iprp", box("ipco")))))],
    [
      "properties of the primary item",
      (repeat) => {
        const properties = repeat(box("ispe", u32(0), u32(9), u32(9)));
        const list = largeBox("ipco", properties.subarray(0, 20 * 9000));
        const associations = repeat(box("ipma", u32(1), u32(1), u16(1), 255, new Uint8Array(510).fill(1)));
        return concat(
          ftyp,
          largeBox(
            "meta",
            concat(bytes(u32(0)), box("pitm", u32(0), u16(1)), largeBox("iprp", concat(list, associations))),
          ),
        );
      },
    ],
    [
      "associations of other items",
      (repeat) =>
        concat(
          ftyp,
          largeBox(
            "meta",
            concat(
              bytes(u32(0)),
              box("pitm", u32(0), u16(1)),
              largeBox("iprp", largeBox("ipma", concat(bytes(u32(0), u32(0xffffffff)), repeat(bytes(u16(2), 0))))),
            ),
          ),
        ),
    ],
    [
      "WebP chunks before the profile",
      (repeat) =>
        concat(
          bytes("RIFF", u32le(0), "WEBPVP8X", u32le(10), 0x20, new Uint8Array(9)),
          repeat(bytes("ABCD", u32le(0))),
        ),
    ],
    ["TIFF fields", (repeat) => concat(bytes("II", u16le(42), u32le(8), u16le(65535)), repeat(bytes(1, 1)))],
    ["JPEG XL channel names", (repeat) => concat(bytes(0xff, 0x0a), repeat(bytes(0b10110110, 0xff)))],
    ["spaces", (repeat) => repeat(bytes(" "))],
  ])("needs linear time for %s", async (_, build) => {
    const files = new Map<number, Uint8Array>();
    await expectLinear((size) => {
      const file = files.get(size) ?? build(repeatTo(size));
      files.set(size, file);
      return probeWhole(file);
    }, 2 << 20);
  });
});
