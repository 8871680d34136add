import { assert, constantFrom, property, record, string, webPath, oneof } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerUrl,
  bytesUrl,
  cacheTag,
  flightName,
  ownAnswerUrl,
  purgeUrl,
  recordUrl,
  type SourceKey,
} from "../../../src/edge/key.ts";
import { listClasses } from "../../../src/edge/negotiate/client-class.ts";
import { type Target, targets } from "../../../src/edge/targets.ts";
import { imageRequest } from "../samples.ts";

const variantIds = (Object.keys(targets) as Target[]).flatMap((target) => [target, `${target}.slow`] as const);

const key: SourceKey = {
  site: "https://images.test",
  sourcePath: "/a/b.jpg?w=1&h=2",
  directives: "",
  fingerprint: "1-x",
};

/** The name that a cache sees: the URL as the platform normalises it. */
function seen(url: string): string {
  return new URL(url).href;
}

/** @param cors the generation and the Origin of answers that are for one Origin only. */
function allUrls(of: SourceKey, cors?: { readonly generation: string; readonly corsOrigin: string }): string[] {
  const tokens = listClasses().map(({ token }) => token);
  const classes = tokens.map((token) => answerUrl(of, token));
  const own =
    cors === undefined ? [] : tokens.map((token) => ownAnswerUrl(of, token, cors.generation, cors.corsOrigin));
  const bytes = ["original" as const, ...variantIds].map((id) => bytesUrl(of, id));
  return [...classes, ...own, ...bytes, recordUrl(of), purgeUrl(of)].map(seen);
}

describe("the URLs of entries", () => {
  it("lie on the Worker's own host below the reserved path", () => {
    for (const url of allUrls(key, { generation: "g", corsOrigin: "https://shop.test" })) {
      expect(new URL(url).host).toBe("images.test");
      expect(new URL(url).pathname).toMatch(/^\/_imaging\/store\//);
    }
  });

  it("differ for each class and each variant", () => {
    const urls = allUrls(key, { generation: "g", corsOrigin: "https://shop.test" });
    expect(urls).toHaveLength(2 * listClasses().length + variantIds.length + 3);
    expect(new Set(urls).size).toBe(urls.length);
  });

  it.each<[string, Partial<SourceKey>]>([
    ["host", { site: "https://other.test" }],
    ["path", { sourcePath: "/a/c.jpg?w=1&h=2" }],
    ["order of the query", { sourcePath: "/a/b.jpg?h=2&w=1" }],
    ["missing query", { sourcePath: "/a/b.jpg" }],
    ["settings", { fingerprint: "1-y" }],
  ])("differ for another %s", (_, change) => {
    const others = new Set(allUrls({ ...key, ...change }));
    expect(allUrls(key).filter((url) => others.has(url))).toEqual([]);
  });

  it("differ for another Origin or generation, where an answer is for one Origin", () => {
    const cors = ["https://shop.test", "null", "", "-", "..", "a=b"].flatMap((corsOrigin) =>
      ["g", "h", "g-1"].map((generation) => ({ generation, corsOrigin })),
    );
    const urls = cors.map(({ generation, corsOrigin }) => ownAnswerUrl(key, "webp", generation, corsOrigin));
    expect(new Set(urls.map(seen)).size).toBe(cors.length);
  });

  it("are not led to another picture's entry by the Origin of a request", () => {
    // Anybody may send any Origin; a browser is not needed for it.
    const victim = imageRequest("https://images.test/photo.jpg", { accept: "image/webp" });
    const victims = new Set(allUrls(victim.key));
    for (const origin of ["..", ".", "../..", "%2e%2e", "..%2f", "/..", "-/../-"]) {
      for (const name of ["-", "webp/-", "avif/-", "baseline/-", "source/-", "original/-"]) {
        const attack = imageRequest(`https://images.test/${name}/photo.jpg`, { accept: "image/webp", origin });
        const own = { generation: "g", corsOrigin: attack.corsOrigin ?? "" };
        expect(
          allUrls(attack.key, own).filter((url) => victims.has(url)),
          `Origin: ${origin}`,
        ).toEqual([]);
      }
    }
  });

  it("are different for any two keys that differ", () => {
    const anyKey = record({
      site: constantFrom("https://a.test", "https://b.test"),
      sourcePath: oneof(webPath(), constantFrom("/", "/-/x", "/x", "/webp/-/x")).map((path) => {
        const url = new URL(`https://a.test/${path}`);
        return url.pathname;
      }),
      directives: constantFrom("", "b1", "d0", "b1d0"),
      fingerprint: constantFrom("1-a", "1-b"),
    });
    assert(
      property(anyKey, anyKey, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        const others = new Set(allUrls(other));
        const shared = allUrls(one).filter((url) => others.has(url));
        expect(shared.length > 0).toBe(isSame);
      }),
    );
  });
});

describe("flightName()", () => {
  it("is one per source", () => {
    expect(flightName(key)).toBe(flightName({ ...key }));
    expect(flightName({ ...key, sourcePath: "/x" })).not.toBe(flightName(key));
  });
});

describe("cacheTag()", () => {
  it("is the same for every query and setting of one image", () => {
    const tag = cacheTag(key);
    expect(tag).toBe("image:images.test/a/b.jpg");
    expect(cacheTag({ ...key, sourcePath: "/a/b.jpg", fingerprint: "2" })).toBe(tag);
    expect(cacheTag({ ...key, sourcePath: "/a/c.jpg" })).not.toBe(tag);
  });

  it("holds neither comma nor space and at most 1024 characters of ASCII, as a purge by tag demands", () => {
    assert(
      property(string({ maxLength: 1500 }), (text) => {
        const url = new URL(`https://images.test/${text.replaceAll(/[?#]/g, "")}.jpg`);
        const tag = cacheTag({ ...key, sourcePath: url.pathname });
        expect(tag).toMatch(/^[\x21-\x2b\x2d-\x7e]{1,1024}$/);
      }),
    );
  });
});
