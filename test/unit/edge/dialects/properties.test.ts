import { array, assert, constantFrom, integer, oneof, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { dialectIds, type ParsedUrl } from "../../../../src/edge/dialects/parsed-url.ts";
import { isTrackingParameter } from "../../../../src/edge/dialects/tracking.ts";
import { read, directivesOf } from "./reading.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

const dialect = constantFrom("auto" as const, ...dialectIds);
const unit = constantFrom(...Array.from('abdfhimpqrstw=+%2F0189$;,:.@!*(){}~_-?/&[]|\\^`é"'));

/** Modifiers that no dialect may lose, change or mistake. */
const modifier = constantFrom(
  "qlt=80,1",
  "qlt=900",
  "fmt=png-alpha",
  "fmt=tif,cmyk,lzw",
  "wid=300",
  "hei=200",
  "scl=2",
  "$web$",
  "cache=off",
  "req=img",
  "auto=format",
  "fm=jpg",
  "q=50",
  "q=abc",
  "w=100",
  "h=0.5",
  "lossless=1",
);
const ours = constantFrom("dpr=2", "bfc=on", "bfc=maybe", "dpr=on,2", "dpr=on,-3", "network=off", "cache=update");
const foreign = oneof(
  constantFrom(
    "",
    "x",
    "x=",
    "=",
    "v=3",
    "%00",
    "%",
    "%E0%A4%A",
    "xqlt=5",
    "qlt2=9",
    "a=%26qlt=5",
    "id=$x$y",
    ".comment=wid=9",
  ),
  string({ unit, maxLength: 10 }).map((text) => `z${text.replaceAll(/[&()?#{}$]/g, "")}`),
);
const tracking = oneof(
  constantFrom("gclid=a", "fbclid=%20", "mc_eid", "_ga=1.2", "utm_=", "__hssc=1"),
  string({ unit, maxLength: 6 }).map((text) => `utm_${text.replaceAll(/[&#]/g, "")}`),
);

const paths = constantFrom("/is/image/Shop/shoe", "/a.jpg", "/image/upload/f_auto,q_80/w_300/v1/a.jpg", "/%2e%00/ä//b");

function withQuery(path: string, parameters: readonly string[]): string {
  return parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
}

/** As the platform writes it, so that only our changes remain. */
function normalised(path: string): string {
  const url = new URL(path, "https://images.test");
  // An empty query loses its question mark.
  return url.pathname + url.search;
}

function sameDirectives(one: ParsedUrl, other: ParsedUrl): void {
  expect(directivesOf(one)).toEqual(directivesOf(other));
  expect(one.dialect).toBe(other.dialect);
}

describe("parseUrl()", () => {
  it("keeps every byte of path and query apart from its own modifiers", () => {
    const parameter = oneof(
      tuple(modifier, constantFrom(false)),
      tuple(foreign, constantFrom(false)),
      tuple(ours, constantFrom(true)),
    );
    assert(
      property(paths, array(parameter, { maxLength: 8 }), (path, parameters) => {
        const kept = parameters.filter(([, isOurs]) => !isOurs).map(([text]) => text);
        const parsed = read(
          withQuery(
            path,
            parameters.map(([text]) => text),
          ),
          "scene7",
        );
        const expected = normalised(withQuery(path, kept));
        expect(parsed.sourcePath.replace(/\?$/, "")).toBe(expected);
        expect(parsed.keyPath).toBe(parsed.sourcePath);
      }),
    );
  });

  it("takes nothing out but imaging=off in the other dialects", () => {
    const parameter = oneof(modifier, foreign, ours);
    assert(
      property(
        paths,
        array(parameter, { maxLength: 8 }),
        constantFrom("plain" as const, "imgix" as const, "cloudinary" as const),
        (path, kept, id) => {
          const parameters = kept.flatMap((text, index) => (index % 3 === 1 ? ["imaging=off", text] : [text]));
          const parsed = read(withQuery(path, parameters), id);
          expect(parsed.sourcePath.replace(/\?$/, "")).toBe(normalised(withQuery(path, kept)));
          expect(parsed.optedOut).toBe(kept.length > 1);
        },
      ),
    );
  });

  it("reads the same with foreign parameters at any place", () => {
    assert(
      property(
        paths,
        array(oneof(modifier, ours), { maxLength: 5 }),
        array(tuple(foreign, integer({ min: 0, max: 5 })), { maxLength: 5 }),
        dialect,
        (path, own, others, id) => {
          const bare = read(withQuery(path, own), id);
          const mixed: string[] = [...own];
          for (const [text, place] of others) mixed.splice(place, 0, text);
          sameDirectives(read(withQuery(path, mixed), id), bare);
          sameDirectives(read(withQuery(path, [...others.map(([text]) => text), ...own]), id), bare);
        },
      ),
    );
  });

  it("keeps tracking parameters out of the key and in the origin's URL, at any place", () => {
    const inserted = array(tuple(tracking, integer({ min: 0, max: 6 })), { minLength: 1, maxLength: 4 });
    assert(
      property(
        paths,
        array(oneof(modifier, ours, foreign), { maxLength: 6 }),
        inserted,
        dialect,
        (path, own, trackers, id) => {
          const bare = read(withQuery(path, own), id);
          const tracked: string[] = [...own];
          for (const [text, place] of trackers) tracked.splice(place, 0, text);
          const parsed = read(withQuery(path, tracked), id);
          sameDirectives(parsed, bare);
          if (!parsed.isImageRequest) return;
          // `/a?` and `/a` are one URL to the platform, but not when something came after the question mark.
          expect(parsed.keyPath.replace(/\?$/, "")).toBe(bare.keyPath.replace(/\?$/, ""));
          for (const [text] of trackers)
            expect(`${parsed.sourcePath}&`).toContain(`${normalised(`/?${text}`).slice(2)}&`);
        },
      ),
    );
  });

  it.each(["sutm_source=1", "xgclid=1", "gclidx=1", "UTM_source=1", "ref=a", "pk_id=4", "_gab=1"])(
    "keeps %s in the key",
    (text) => {
      expect(read(`/a.jpg?${text}&gclid=1`, "auto").keyPath).toBe(`/a.jpg?${text}`);
      expect(isTrackingParameter(text.split("=")[0] ?? "")).toBe(false);
    },
  );

  it("answers every URL, however strange, with a path that starts where the URL's does", () => {
    const text = string({ unit, maxLength: 60 });
    assert(
      property(text, text, dialect, (path, query, id) => {
        const url = new URL(`https://images.test/${path.replaceAll(/[?#\\/]/g, "/")}?${query}`);
        const parsed = read(url.href, id);
        expect(parsed.sourcePath.startsWith(url.pathname)).toBe(true);
        expect(parsed.keyPath.startsWith(url.pathname)).toBe(true);
        expect(parsed.sourcePath.length).toBeLessThanOrEqual(url.pathname.length + url.search.length);
        if (parsed.quality !== undefined) expect(parsed.quality >= 1 && parsed.quality <= 100).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("parseUrl() under hostile input", () => {
  it.each<[string, (size: number) => string]>([
    ["one long value", (size) => `qlt=${"9".repeat(size)}`],
    ["many bad values", (size) => "qlt=900&".repeat(size / 8)],
    ["many ampersands", (size) => "&".repeat(size)],
    ["many equals signs", (size) => "=".repeat(size)],
    ["many tracking parameters", (size) => "utm_a=1&".repeat(size / 8)],
    ["one long tracking name", (size) => `utm_${"a".repeat(size)}`],
    ["many unclosed nestings", (size) => "src=is(&".repeat(size / 8)],
    ["deep nesting", (size) => `src=is${"(".repeat(size / 2)}${")".repeat(size / 2)}`],
    ["many dollars", (size) => "$".repeat(size)],
    ["many presets", (size) => "$a$&".repeat(size / 4)],
    ["many commas", (size) => `auto=${",".repeat(size)}&fmt=${",".repeat(size)}`],
    ["many malformed escapes", (size) => `qlt=${"%".repeat(size)}`],
    ["many zero bytes", (size) => `fmt=${"%00".repeat(size / 3)}`],
  ])("reads %s in linear time, with few and short notes", async (_, query) => {
    for (const id of ["auto", ...dialectIds] as const) {
      for (const path of [() => "/a.jpg", () => "/is/image/a", manySteps]) {
        const parse = (size: number): ParsedUrl => read(`${path(size)}?${query(size)}`, id);
        const { notes } = parse(8192);
        expect(notes.length).toBeLessThanOrEqual(16);
        for (const note of notes) expect(note.length).toBeLessThan(500);
        await expectLinear(parse, 8192);
      }
    }
  });

  const manySteps = (size: number): string => `/image/upload/f_auto/${"w_1,".repeat(size / 4)}w_1/a.jpg`;

  it("searches for the end of a nested request once, not once per opening", async () => {
    await expectLinear((size) => read(`/is/image/a?qlt=5&${"src=is(&".repeat(size / 8)}`, "scene7"), 131_072);
  });

  it("does not take names of Object.prototype for modifiers", () => {
    const query = "constructor=1&__proto__=2&toString=3&qlt=80";
    expect(directivesOf(read(`/is/image/a?${query}`, "scene7"))).toEqual({ quality: 80 });
    expect(directivesOf(read("/image/upload/f_constructor,q_80/a.jpg", "cloudinary"))).toEqual({ quality: 80 });
    expect(directivesOf(read("/a.jpg?fm=constructor&q=80", "imgix"))).toEqual({ quality: 80 });
  });
});
