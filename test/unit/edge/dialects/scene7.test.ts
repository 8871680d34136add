import { describe, expect, it } from "vitest";
import type { ParsedUrl } from "../../../../src/edge/dialects/parsed-url.ts";
import { read, directivesOf } from "./reading.ts";

function parse(query: string): ParsedUrl {
  return read(`/is/image/Shop/shoe?${query}`, "scene7");
}

describe("parseUrl() of Scene7: fmt", () => {
  it.each([
    ["jpeg", "jpeg"],
    ["jpg", "jpeg"],
    ["pjpeg,rgb", "jpeg"],
    ["png", "png"],
    ["png8-alpha", "png"],
    ["png-alpha,rgb", "png"],
    ["gif-alpha", "gif"],
    ["tif,cmyk,lzw", "tiff"],
    ["tif-alpha,,zip", "tiff"],
    ["webp", "webp"],
    ["webp-alpha", "webp"],
    ["avif-alpha", "avif"],
    ["jpeg2000-alpha", "jp2"],
    ["jpegxr", "jxr"],
    ["heic", "heic"],
    ["PNG-Alpha", "png"],
    ["png%2Dalpha", "png"],
  ])("reads fmt=%s", (value, requestedFormat) => {
    expect(directivesOf(parse(`fmt=${value}`))).toEqual({ requestedFormat });
  });

  it.each([
    ["webp,,lossless", true],
    ["avif,rgb,lossy", false],
    ["tif,rgb,none", undefined],
  ])("reads the compression of fmt=%s", (value, lossless) => {
    expect(parse(`fmt=${value}`).lossless).toBe(lossless);
  });

  it.each(["pdf", "eps", "swf-alpha", "f4m", "m3u8"])(
    "takes fmt=%s for no image request and lets it through",
    (value) => {
      const parsed = parse(`fmt=${value}&bfc=off&wid=9&utm_source=x`);
      expect(directivesOf(parsed)).toEqual({ isImageRequest: false });
      expect(parsed.sourcePath).toBe(`/is/image/Shop/shoe?fmt=${value}&bfc=off&wid=9&utm_source=x`);
      expect(parsed.keyPath).toBe(parsed.sourcePath);
    },
  );

  it.each(["bogus", "", "jpeg,lab", "webp,,best", "jpeg,rgb,lossy,9", "-alpha", "constructor"])(
    "ignores fmt=%s with a note",
    (value) => {
      const parsed = parse(`fmt=${value}`);
      expect(directivesOf(parsed)).toEqual({});
      expect(parsed.notes).toHaveLength(1);
      expect(parsed.notes[0]).toContain(`fmt "${value}"`);
    },
  );
});

describe("parseUrl() of Scene7: qlt", () => {
  it.each([
    ["1", { quality: 1 }],
    ["85", { quality: 85 }],
    ["85,0", { quality: 85, chromaSubsampling: true }],
    ["85,1", { quality: 85, chromaSubsampling: false }],
    ["85%2C1", { quality: 85, chromaSubsampling: false }],
    ["100", { quality: 100, lossless: true }],
    ["100,1", { quality: 100, lossless: true, chromaSubsampling: false }],
  ])("reads qlt=%s", (value, directives) => {
    expect(directivesOf(parse(`qlt=${value}`))).toEqual(directives);
  });

  it.each(["0", "900", "101", "-5", "8.5", "1e2", "abc", "", "80,2", "80,1,1", "%00", "%", "%E0%A4%A", "٨٠", " 80"])(
    "ignores qlt=%s with a note",
    (value) => {
      const parsed = parse(`qlt=${value}`);
      expect(directivesOf(parsed)).toEqual({});
      expect(parsed.notes).toHaveLength(1);
    },
  );

  it("lets the compression of fmt overrule qlt=100, in either order", () => {
    expect(parse("qlt=100&fmt=webp,,lossy").lossless).toBe(false);
    expect(parse("fmt=webp,,lossy&qlt=100").lossless).toBe(false);
  });
});

describe("parseUrl() of Scene7: our own modifiers", () => {
  it.each([
    ["bfc=off", { optedOut: true, optimise: false }],
    ["bfc=on", { optimise: true }],
    ["BFC=ON", { optimise: true }],
    ["dpr=off", { dpr: { allowed: false, value: undefined } }],
    ["dpr=on", { dpr: { allowed: true, value: undefined } }],
    ["dpr=on,1.5", { dpr: { allowed: true, value: 1.5 } }],
    ["network=on", { network: true }],
    ["network=off", { network: false }],
    ["cache=update", { refresh: true }],
    ["imaging=off", { optedOut: true }],
  ])("reads %s and takes it out of the origin's URL", (query, directives) => {
    const parsed = parse(`wid=9&${query}&$web$x`);
    expect(directivesOf(parsed)).toEqual({ width: 9, ...directives });
    expect(parsed.sourcePath).toBe("/is/image/Shop/shoe?wid=9&$web$x");
    expect(parsed.keyPath).toBe(parsed.sourcePath);
  });

  it.each([
    "dpr=on,-3",
    "dpr=on,1e9",
    "dpr=on,0",
    "dpr=on,",
    "dpr=on,6",
    "dpr=on,2,2",
    "dpr=off,2",
    "dpr=2",
    "dpr=",
    "bfc=maybe",
    "bfc",
    "network=1",
  ])("ignores %s with a note, and takes it out all the same", (query) => {
    const parsed = parse(`${query}&wid=9`);
    expect(directivesOf(parsed)).toEqual({ width: 9 });
    expect(parsed.notes).toHaveLength(1);
    expect(parsed.sourcePath).toBe("/is/image/Shop/shoe?wid=9");
  });

  it.each(["cache=on", "cache=off,on", "cache=validate"])("leaves %s to the origin", (query) => {
    const parsed = parse(query);
    expect(directivesOf(parsed)).toEqual({});
    expect(parsed.notes).toEqual([]);
    expect(parsed.sourcePath).toBe(`/is/image/Shop/shoe?${query}`);
  });

  it("does not take a comment or a custom variable for a modifier", () => {
    const query = ".bfc=off&$dpr=off&$qlt=9&xbfc=off";
    const parsed = parse(query);
    expect(directivesOf(parsed)).toEqual({});
    expect(parsed.sourcePath).toBe(`/is/image/Shop/shoe?${query}`);
  });
});

describe("parseUrl() of Scene7: order", () => {
  it("lets the last accepted value count and notes the repetition", () => {
    const parsed = parse("qlt=80&qlt=60&qlt=900&bfc=off&bfc=on");
    expect(directivesOf(parsed)).toEqual({ quality: 60, optimise: true });
    expect(parsed.notes.filter((note) => note.includes("repeated"))).toEqual([
      "qlt is repeated: the last one counts",
      "qlt is repeated: the last one counts",
      "bfc is repeated: the last one counts",
    ]);
  });

  it("forgets values that a preset may override, and keeps values after it", () => {
    expect(directivesOf(parse("qlt=100&wid=10&fmt=pdf&$Large-1.2$&hei=30"))).toEqual({
      preset: "Large-1.2",
      height: 30,
    });
  });

  it.each([
    "is(Shop/mask?wid=20&hei=20&qlt=3)",
    "is{a?src=is{b?wid=1&qlt=2}&bfc=off}",
    "{http://x.test/a?bfc=off&qlt=9}",
  ])("leaves the nested request src=%s alone", (nested) => {
    const query = `layer=1&src=${nested}&qlt=70&bfc=on`;
    const parsed = parse(query);
    expect(directivesOf(parsed)).toEqual({ quality: 70, optimise: true });
    expect(parsed.sourcePath).toBe(`/is/image/Shop/shoe?layer=1&src=${nested}&qlt=70`);
  });

  it("takes an unclosed bracket for a part of the value", () => {
    expect(directivesOf(parse("src=is(a&qlt=70&mask=is(b)&wid=9"))).toEqual({ quality: 70, width: 9 });
  });
});

describe("parseUrl() of Scene7: req", () => {
  it.each(["imageprops", "props,json", "exists,text", "tmb", "mask", "imgx", "xmp"])(
    "lets req=%s through untouched",
    (value) => {
      const path = `/is/image/Shop/shoe?cache=update&bfc=off&req=${value}&utm_source=x&imaging=off`;
      const parsed = read(path, "scene7");
      expect(directivesOf(parsed)).toEqual({ isImageRequest: false });
      expect([parsed.sourcePath, parsed.keyPath]).toEqual([path, path]);
    },
  );

  it.each(["img", "IMG", "img,text"])("takes req=%s for an image request", (value) => {
    expect(parse(`req=${value}&qlt=9`)).toMatchObject({ isImageRequest: true, quality: 9 });
  });
});

describe("the format that a URL asks for", () => {
  it.each([
    ["fmt=tif", "tiff", undefined],
    ["fmt=tif&bfc=off", "tiff", false],
    ["fmt=tif&bfc=on", "tiff", true],
    ["bfc=on", undefined, true],
    ["qlt=80", undefined, undefined],
    ["fmt=tif&$web$", undefined, undefined],
  ])("of %s is %s, and optimising is %s", (query, requestedFormat, optimise) => {
    expect(parse(query)).toMatchObject({ requestedFormat, optimise });
  });
});
