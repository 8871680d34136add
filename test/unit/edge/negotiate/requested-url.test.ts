import { describe, expect, it } from "vitest";
import { maxRememberedUrls } from "../../../../src/edge/limits.ts";
import { configOf } from "../../samples.ts";
import { parseRequestedUrl, readRequestedUrl } from "../../../../src/edge/negotiate/requested-url.ts";

const auto = configOf();
const scene7 = "https://images.test/is/image/Shop/shoe?wid=400&bfc=off";

describe("readRequestedUrl()", () => {
  it("reads the same as when nothing is remembered", () => {
    for (const url of [scene7, "http://images.test:8080/a.jpg?v=1&utm_source=x", "https://images.test/page"]) {
      expect(readRequestedUrl(url, auto)).toEqual(parseRequestedUrl(new URL(url), auto));
      expect(readRequestedUrl(url, auto)).toEqual(parseRequestedUrl(new URL(url), auto));
    }
  });

  it("remembers a URL", () => {
    expect(readRequestedUrl(scene7, auto)).toBe(readRequestedUrl(scene7, auto));
  });

  it("does not answer from what was read in another grammar", () => {
    expect(readRequestedUrl(scene7, auto).parsed.optedOut).toBe(true);
    expect(readRequestedUrl(scene7, configOf({ DIALECT: "plain" })).parsed.optedOut).toBe(false);
    expect(readRequestedUrl(scene7, auto).parsed.optedOut).toBe(true);
  });

  it("forgets the oldest, so that the memory has a bound", () => {
    const first = readRequestedUrl("https://images.test/first.jpg", auto);
    for (let index = 0; index < maxRememberedUrls; index++) readRequestedUrl(`https://images.test/${index}.jpg`, auto);
    expect(readRequestedUrl("https://images.test/first.jpg", auto)).not.toBe(first);
  });

  it("does not remember a very long URL", () => {
    const long = `https://images.test/a.jpg?v=${"1".repeat(2000)}`;
    expect(readRequestedUrl(long, auto)).not.toBe(readRequestedUrl(long, auto));
  });

  it.each([
    ["/a.JPG", true],
    ["/is/image/Shop/shoe", true],
    ["/page", false],
    ["/photos.jpg/", false],
  ])("%s looks like an image's: %s", (path, expected) => {
    expect(readRequestedUrl(`https://images.test${path}`, auto).looksLikeImage).toBe(expected);
  });

  it("gives http and https one site, and each port its own", () => {
    const sites = ["http://images.test/a.jpg", "https://images.test/a.jpg", "https://images.test:8443/a.jpg"];
    expect(sites.map((url) => readRequestedUrl(url, auto).site)).toEqual([
      "https://images.test",
      "https://images.test",
      "https://images.test:8443",
    ]);
  });
});
