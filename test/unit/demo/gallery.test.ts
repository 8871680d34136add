import { readFile, readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { reasonOrder } from "../../../src/reasons.ts";

interface Picture {
  readonly path: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}
interface Answer {
  readonly format: string;
  readonly source: string | undefined;
  readonly reason: string | undefined;
  readonly from: number | undefined;
  readonly to: number;
  readonly pending: readonly string[];
  readonly hit: boolean | undefined;
}

// The page's scripts are plain JavaScript, sent as they stand.
const root = new URL("../../../demo/public/", import.meta.url);
const script = async (name: string): Promise<unknown> => await import(new URL(`gallery/${name}`, root).href);
const { pictures } = (await script("pictures.js")) as { pictures: readonly Picture[] };
const { reasonSentences } = (await script("reasons.js")) as { reasonSentences: Record<string, string> };
const { describeAnswer } = (await script("answer.js")) as {
  describeAnswer: (headers: Headers, bytesReceived: number) => Answer;
};
const { formatBytes, percentSaved } = (await script("card.js")) as {
  formatBytes: (bytes: number) => string;
  percentSaved: (from: number, to: number) => number;
};

const imageFiles = (await readdir(root, { recursive: true })).filter((file) => /\.(?:jpg|png|gif|svg)$/.test(file));

describe("pictures", () => {
  it.each(pictures)(
    "$path has the size that the page reserves, and no rotation",
    async ({ path, width, height, alt }) => {
      const metadata = await sharp(fileURLToPath(new URL(`.${path}`, root))).metadata();
      expect([metadata.width, metadata.pageHeight ?? metadata.height, metadata.orientation ?? 1]).toEqual([
        width,
        height,
        1,
      ]);
      expect(alt).not.toBe("");
    },
  );

  it.each(imageFiles)("%s has its source and licence in LICENCES.md", async (file) => {
    expect(await readFile(new URL("../LICENCES.md", root), "utf8")).toContain(`\`${file}\``);
  });

  it("only one is in another colour space than sRGB", async () => {
    const tagged = [];
    for (const { path } of pictures) {
      const { icc } = await sharp(fileURLToPath(new URL(`.${path}`, root))).metadata();
      if (icc !== undefined) tagged.push(path);
    }
    expect(tagged).toEqual(["/photos/blossom-display-p3.jpg"]);
  });

  it("together are about 2 MB", async () => {
    const sizes = await Promise.all(imageFiles.map(async (file) => (await stat(new URL(file, root))).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(1_500_000);
    expect(total).toBeLessThan(2_200_000);
  });
});

describe("reasonSentences", () => {
  it("has a sentence for every reason and for nothing else", () => {
    expect(Object.keys(reasonSentences)).toEqual([...reasonOrder]);
  });
});

describe("describeAnswer()", () => {
  it("reads both headers", () => {
    const headers = new Headers({
      "content-type": "image/webp",
      "edge-imaging":
        "format=webp, source=jpeg, reason=interim, class=avif+webp, from=123, to=45, saved=78, pending=(avif jxl)",
      "cache-status": "edge-imaging; hit; ttl=30",
    });
    expect(describeAnswer(headers, 45)).toEqual({
      format: "webp",
      source: "jpeg",
      reason: "interim",
      from: 123,
      to: 45,
      saved: 78,
      pending: ["avif", "jxl"],
      hit: true,
    });
  });

  it.each([
    ["without our headers", {}],
    ["with headers that cannot be read", { "edge-imaging": "format=,from=x", "cache-status": ",;" }],
    [
      "with members of other types",
      { "edge-imaging": "format=1, from=1.5, pending=avif, reason=(a)", "cache-status": "other; hit" },
    ],
  ])("falls back to the content type %s", (_, fields) => {
    const answer = describeAnswer(new Headers({ "content-type": "image/svg+xml; charset=utf-8", ...fields }), 45);
    expect(answer).toMatchObject({
      format: "svg",
      reason: undefined,
      from: undefined,
      to: 45,
      pending: [],
      hit: undefined,
    });
  });

  it("calls everything but a hit a miss", () => {
    expect(describeAnswer(new Headers({ "cache-status": "edge-imaging; fwd=uri-miss; stored" }), 1).hit).toBe(false);
  });
});

describe("formatBytes() and percentSaved()", () => {
  it.each([
    [999, "999 B"],
    [1000, "1.0 kB"],
    [57_700, "57.7 kB"],
    [299_782, "300 kB"],
    [1_818_000, "1.8 MB"],
  ])("writes %i bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("never claims that everything was saved, and survives an empty original", () => {
    expect(percentSaved(1000, 430)).toBe(57);
    expect(percentSaved(100_000, 1)).toBe(99);
    expect(percentSaved(0, 0)).toBe(0);
  });
});
