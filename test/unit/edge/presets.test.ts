import { describe, expect, test } from "vitest";
import { parsePresets, renderingFor, renderingToken, takePreset } from "../../../src/edge/presets.ts";
import { readConfig } from "../../../src/edge/config.ts";

const seed = { width: 500, height: 500, quality: 85, unsharp: [0.1, 1, 5] };
const known = parsePresets(JSON.stringify({ thumb: seed, banner: { width: 1200 } }));
if (known === undefined) throw new Error("not read");

describe("parsePresets()", () => {
  test("reads a size, a quality and an unsharp mask", () => {
    expect(known.get("thumb")?.rendering).toEqual({
      width: 500,
      height: 500,
      fit: "contain",
      quality: 85,
      sharpen: { amount: 0.1, radius: 1, threshold: 5 },
    });
    expect(known.get("banner")?.rendering).toMatchObject({ width: 1200, height: undefined, quality: 85 });
    expect(parsePresets("")?.size).toBe(0);
  });

  test.each([
    "{",
    "[]",
    "null",
    '{"a": 5}',
    '{"a": {}}',
    '{"a": {"quality": 80}}',
    '{"a": {"width": 0}}',
    '{"a": {"width": 9000}}',
    '{"a": {"width": "500"}}',
    '{"a": {"width": null}}',
    '{"a": {"width": 500, "fit": "stretch"}}',
    '{"a": {"width": 500, "quality": 101}}',
    '{"a": {"width": 500, "heigth": 500}}',
    '{"a": {"width": 500, "unsharp": "0.1,1,5"}}',
    '{"a": {"width": 500, "unsharp": [0.1, 1]}}',
    '{"a": {"width": 500, "unsharp": [0.1, 0, 5]}}',
    '{"a b": {"width": 500}}',
  ])("takes nothing of %s, and everything passes through", (text) => {
    expect(parsePresets(text)).toBeUndefined();
    const config = readConfig({ ORIGIN: "https://origin.test", PRESETS: text });
    expect(config.MODE).toBe("off");
    expect(config.problems).toMatchObject([{ name: "PRESETS" }]);
  });
});

describe("takePreset()", () => {
  const take = (path: string, isOurs = true) => {
    const taken = takePreset(new URL(path, "https://shop.test"), known, isOurs);
    if (taken === undefined) return undefined;
    const { preset, url } = taken;
    return [preset === "unknown" ? preset : preset.name, url.pathname + url.search];
  };

  test.each([
    ["/a.jpg?preset=thumb", ["thumb", "/a.jpg"]],
    ["/a.jpg?$thumb$", ["thumb", "/a.jpg"]],
    ["/a.jpg?v=2&$thumb$&w=%20x", ["thumb", "/a.jpg?v=2&w=%20x"]],
    ["/a.jpg?%24thumb%24=", ["thumb", "/a.jpg"]],
    ["/a.jpg?preset=thumb&preset=banner", ["banner", "/a.jpg"]],
    ["/a.jpg?preset=Thumb", ["unknown", "/a.jpg"]],
    ["/a.jpg?preset=&v=1", ["unknown", "/a.jpg?v=1"]],
    ["/a.jpg?preset=constructor", ["unknown", "/a.jpg"]],
  ])("finds %s", (path, expected) => {
    expect(take(path)).toEqual(expected);
  });

  test.each(["/a.jpg", "/a.jpg?presets=thumb", "/a.jpg?price=$5", "/preset=thumb.jpg"])("leaves %s alone", (path) => {
    expect(take(path)).toBeUndefined();
  });

  test("leaves names that the origin may know to it, and takes its own", () => {
    expect(take("/is/image/a?$zoom$&wid=9", false)).toBeUndefined();
    expect(take("/is/image/a?$thumb$&wid=9", false)).toEqual(["thumb", "/is/image/a?wid=9"]);
  });

  test("leaves everything alone where there are no presets", () => {
    expect(takePreset(new URL("https://shop.test/a.jpg?preset=thumb"), new Map(), true)).toBeUndefined();
  });
});

test("renderingToken() names all that makes another picture", () => {
  const variants = [
    seed,
    { ...seed, width: 501 },
    { ...seed, fit: "cover" },
    { ...seed, quality: 86 },
    { ...seed, unsharp: [0.1, 1, 6] },
    { width: 500, quality: 85 },
    { height: 500, quality: 85 },
  ];
  const tokens = variants.map((each) => {
    const preset = parsePresets(JSON.stringify({ a: each }))?.get("a");
    if (preset === undefined) throw new Error("not read");
    return [renderingToken(preset.rendering), renderingToken(renderingFor(preset, 2))];
  });
  expect(new Set(tokens.flat()).size).toBe(2 * variants.length);
});
