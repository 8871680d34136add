/** JPEGs that are not quite what they should be: what is made of them without a look at their pixels shows the same. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { recompressJpeg } from "../../../../src/imaging/recompress/recompress.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { hasBrowser, type Painter, startPainter } from "../../../support/painter.ts";
import { bytes, fixture, segment, u16le, u32le } from "../probe/bytes.ts";

/** The file with these segments after SOI. */
function withSegments(file: Uint8Array, ...segments: readonly Uint8Array[]): Uint8Array {
  return bytes(file.subarray(0, 2), ...segments, file.subarray(2));
}

interface OddFile {
  readonly file: Uint8Array;
  readonly profile: "none" | "srgb" | "other" | "unusable";
  readonly hasJxlForm: boolean;
  readonly hasPixelForm?: false;
}

const odd = (name: string) => fixture(`odd/${name}`);
const plain = odd("adobe0-after-first-sos.jpg");
const icc = (number: number, count: number, data: Uint8Array) => segment(0xe2, "ICC_PROFILE\0", number, count, data);
/** The profile in the only ICC segment of a file that ends with it. */
const profile = (() => {
  const file = Buffer.from(odd("icc-at-end.jpg"));
  const at = file.indexOf("ICC_PROFILE\0");
  return new Uint8Array(file.subarray(at + 14, at - 2 + file.readUInt16BE(at - 2)));
})();

type Field = readonly [tag: number, type: 3 | 4 | 5, value: number];

/** An APP1 segment with one or two directories; a RATIONAL is over 1. */
function exif(first: readonly Field[], own?: readonly Field[]): Uint8Array {
  const directory = (fields: readonly Field[], start: number) => {
    const valuesAt = start + 6 + 12 * fields.length;
    const rationals = fields.filter(([, type]) => type === 5);
    const entries = fields.map((field) => {
      const [tag, type, value] = field;
      return bytes(
        u16le(tag),
        u16le(type),
        u32le(1),
        u32le(type === 5 ? valuesAt + 8 * rationals.indexOf(field) : value),
      );
    });
    return bytes(
      u16le(fields.length),
      ...entries,
      u32le(0),
      ...rationals.map(([, , value]) => bytes(u32le(value), u32le(1))),
    );
  };
  const withPointer = (at: number) => directory([...first, ...(own === undefined ? [] : [[34665, 4, at] as const])], 8);
  const start = 8 + withPointer(0).length;
  return segment(
    0xe1,
    "Exif\0\0II",
    u16le(42),
    u32le(8),
    withPointer(start),
    own === undefined ? [] : directory(own, start),
  );
}

/** 144 pixels per inch and a preferred size, all in the first directory. */
function densityFields(width: number, height: number, ...others: readonly Field[]): Field[] {
  const usual: Field[] = [[282, 5, 144], [283, 5, 144], [296, 3, 2], [40962, 4, width], [40963, 3, height]]; // prettier-ignore
  return [...usual.filter(([tag]) => !others.some(([other]) => other === tag)), ...others];
}

const files: Readonly<Record<string, OddFile>> = {
  "a profile of version 5": { file: odd("icc-version-5.jpg"), profile: "unusable", hasJxlForm: false },
  "a profile for another white": { file: odd("icc-illuminant-d65.jpg"), profile: "unusable", hasJxlForm: false },
  "a profile with a tag outside of it": { file: odd("icc-tag-outside.jpg"), profile: "unusable", hasJxlForm: false },
  "a profile twice": { file: odd("icc-twice.jpg"), profile: "unusable", hasJxlForm: false },
  "a profile and garbage": { file: odd("icc-then-garbage.jpg"), profile: "unusable", hasJxlForm: false },
  "a profile with an empty second part": {
    file: withSegments(plain, icc(1, 2, profile), icc(2, 2, bytes())),
    profile: "unusable",
    hasJxlForm: false,
  },
  "the second half of a profile": {
    file: withSegments(plain, icc(2, 2, profile)),
    profile: "unusable",
    hasJxlForm: false,
  },
  "a sound profile": { file: withSegments(plain, icc(1, 1, profile)), profile: "other", hasJxlForm: true },
  "a profile with padding": {
    file: withSegments(plain, icc(1, 1, bytes(profile, 0, 0, 0, 0))),
    profile: "other",
    hasJxlForm: true,
  },
  "one component and an RGB profile": { file: odd("gray-rgb-profile.jpg"), profile: "other", hasJxlForm: false },
  "an Adobe marker between its scans": { file: plain, profile: "none", hasJxlForm: true },
  "a profile before EOI": { file: odd("icc-at-end.jpg"), profile: "none", hasJxlForm: true },
  "a density of its own": { file: odd("density-144dpi.jpg"), profile: "none", hasJxlForm: false, hasPixelForm: false },
  "a density and an orientation": {
    file: withSegments(plain, exif(densityFields(36, 25, [274, 3, 6]))),
    profile: "none",
    hasJxlForm: false,
    hasPixelForm: false,
  },
  "a density that its preferred size contradicts": {
    file: withSegments(plain, exif(densityFields(40, 25))),
    profile: "none",
    hasJxlForm: true,
  },
  "a density of 72, which changes nothing": {
    file: withSegments(plain, exif(densityFields(72, 50, [282, 5, 72], [283, 5, 72]))),
    profile: "none",
    hasJxlForm: true,
  },
  "an orientation as LONG": { file: odd("orientation-long.jpg"), profile: "none", hasJxlForm: true },
  "an orientation as BYTE": { file: odd("orientation-byte.jpg"), profile: "none", hasJxlForm: true },
  "an empty Exif block before another": { file: odd("exif-empty-then-6.jpg"), profile: "none", hasJxlForm: true },
  "a first Exif block that says nothing": {
    file: withSegments(plain, exif([]), exif([[274, 3, 6]])),
    profile: "none",
    hasJxlForm: true,
  },
  "a first Exif block of garbage": {
    file: withSegments(plain, segment(0xe1, "Exif\0\0garbage"), exif([[274, 3, 6]])),
    profile: "none",
    hasJxlForm: true,
  },
  "an invalid orientation and a valid one": {
    file: withSegments(plain, exif([[274, 3, 9], [274, 3, 6]])), // prettier-ignore
    profile: "none",
    hasJxlForm: true,
  },
  "an orientation in the Exif directory": {
    file: withSegments(plain, exif([], [[274, 3, 6]])),
    profile: "none",
    hasJxlForm: true,
  },
  "more directory entries than there can be": {
    // The upper byte of their number, after marker, length, signature and TIFF header.
    file: withSegments(plain, exif([[274, 3, 6]]).with(19, 0x10)),
    profile: "none",
    hasJxlForm: true,
  },
  "another byte at the end of the signature": {
    file: withSegments(plain, segment(0xe1, "Exif\0x", exif([[274, 3, 6]]).subarray(10))),
    profile: "none",
    hasJxlForm: true,
  },
  // RGB by its identifiers, which JPEG XL has no exact form for.
  "a JFIF marker before EOI": { file: odd("jfif-at-end-rgb.jpg"), profile: "none", hasJxlForm: false },
};

const asked = [
  { format: "jpeg", metadata: "none", recipe: { kind: "recompress", format: "jpeg", exact: true } },
  { format: "jpeg", metadata: "keep", recipe: { kind: "recompress", format: "jpeg", exact: true } },
  { format: "jxl", metadata: "none", recipe: { kind: "recompress", format: "jxl", exact: true, unbiased: false } },
] as const;

function remake(file: Uint8Array, { recipe, metadata }: (typeof asked)[number]): Uint8Array | undefined {
  try {
    return runAtOnce(recompressJpeg(file, recipe, metadata)).bytes;
  } catch (error) {
    if (error instanceof ImagingError && error.kind !== "damaged") return undefined;
    throw error;
  }
}

describe("probeImage() and recompressJpeg() of odd JPEGs", () => {
  it.each(Object.entries(files))(
    "know what can be made of one with %s",
    async (_, { file, hasPixelForm = true, ...expected }) => {
      const facts = await probeImage(file);
      if (facts?.format !== "jpeg") throw new Error("no JPEG");
      expect(facts.profile).toBe(expected.profile);
      expect(facts.jpeg.recompress?.jxlBytes !== null).toBe(expected.hasJxlForm);
      expect(facts.jpeg.recompress?.pixelBytes !== null).toBe(hasPixelForm);
      for (const wanted of asked)
        expect(remake(file, wanted) !== undefined).toBe(wanted.format === "jpeg" || expected.hasJxlForm);
    },
  );
});

describe("recompressJpeg() of blocks that decoders clip", () => {
  /** The first step of the first table, after its marker, length and number. */
  const withStep = (step: number) => {
    const file = fixture("stream.jpg");
    return file.with(Buffer.from(file).indexOf(Buffer.from([0xff, 0xdb])) + 5, step);
  };

  it.each([true, false])("gives them no form in JPEG XL, exact: %s", (exact) => {
    const recipe = exact
      ? ({ kind: "recompress", format: "jxl", exact, unbiased: false } as const)
      : ({ kind: "recompress", format: "jxl", exact, targetScore: 75 } as const);
    const make = (step: number) => runAtOnce(recompressJpeg(withStep(step), recipe, "none")).bytes.length;
    expect(make(3)).toBeGreaterThan(1000);
    expect(() => make(255)).toThrow("coefficient-range");
  });
});

describe.skipIf(!hasBrowser)(`recompressJpeg() in Chromium${hasBrowser ? "" : " (skipped: not installed)"}`, () => {
  const pages = new Map<string, Uint8Array>();
  let server: Server;
  let painter: Painter;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const page = pages.get(request.url ?? "");
      response.setHeader(
        "content-type",
        page === undefined ? "text/html" : (request.url ?? "").endsWith("jxl") ? "image/jxl" : "image/jpeg",
      );
      response.end(page ?? "<!doctype html>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    painter = await startPainter(`http://127.0.0.1:${address.port}/`);
  });

  afterAll(async () => {
    await painter.close();
    server.close();
  });

  it.each(Object.entries(files))("shows one with %s as it was", async (title, { file }) => {
    for (const [i, wanted] of asked.entries()) {
      const made = remake(file, wanted);
      if (made === undefined) continue;
      const [before, after] = [
        `/${encodeURIComponent(title)}.jpeg`,
        `/${encodeURIComponent(title)}-${i}.${wanted.format}`,
      ];
      pages.set(before, file).set(after, made);
      const painted = await painter.compare(before, after);
      expect(painted.after).toEqual(painted.before);
      // Decoders of JPEG XL round otherwise.
      expect(painted.mean, `${wanted.format} ${wanted.metadata}`).toBeLessThan(wanted.format === "jpeg" ? 0.001 : 1.5);
    }
  });
});
