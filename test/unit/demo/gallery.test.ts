import { readFile, readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { probeJpeg } from "../../../src/imaging/jpeg/probe.ts";
import { classifyClient, readAccept } from "../../../src/edge/negotiate/client-class.ts";
import { minLossySourceQuality } from "../../../src/edge/plan/quality-map.ts";
import { reasonOrder } from "../../../src/edge/reasons.ts";

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

// The page's scripts are plain JavaScript, sent as they are.
const root = new URL("../../../demo/public/", import.meta.url);
const script = async (name: string): Promise<unknown> => await import(new URL(`gallery/${name}`, root).href);
const { pictures } = (await script("pictures.js")) as { pictures: readonly Picture[] };
const { reasonSentences } = (await script("reasons.js")) as { reasonSentences: Record<string, string> };
const { describeAnswer } = (await script("answer.js")) as {
  describeAnswer: (headers: Headers, bytesReceived: number) => Answer;
};
const { acceptOfClient } = (await script("client.js")) as { acceptOfClient: Record<string, string> };
const { describeReason, formatBytes, percentSaved } = (await script("card.js")) as {
  describeReason: (answer: Pick<Answer, "format" | "source" | "reason" | "pending">) => string;
  formatBytes: (bytes: number) => string;
  percentSaved: (from: number, to: number) => number;
};

const imageFiles = (await readdir(root, { recursive: true })).filter((file) => /\.(?:jpg|png|gif|svg|tif)$/.test(file));

const metadataOf = async (path: string) => await sharp(fileURLToPath(new URL(`.${path}`, root))).metadata();

describe("pictures", () => {
  it.each(pictures)("$path has the size that the page reserves", async ({ path, width, height, alt }) => {
    const metadata = await metadataOf(path);
    // What is seen: after the rotation that EXIF asks for, one frame of an animation.
    const shown = [metadata.autoOrient.width, metadata.pageHeight ?? metadata.autoOrient.height];
    expect(shown).toEqual([width, height]);
    expect(alt).not.toBe("");
  });

  it.each([
    ["/photos/caps-cmyk.jpg", { format: "jpeg", space: "cmyk", hasProfile: false }],
    ["/photos/face-paint.tif", { format: "tiff", depth: "uchar" }],
    ["/photos/red-hat-rotated.jpg", { format: "jpeg", orientation: 6, hasProfile: false }],
    ["/photos/blossom-display-p3.jpg", { format: "jpeg", hasProfile: true }],
    ["/graphics/sailing.gif", { format: "gif", loop: 0 }],
  ])("%s is what its caption says", async (path, expected) => {
    expect(await metadataOf(path)).toMatchObject(expected);
  });

  it("only one is turned by EXIF, and one moves", async () => {
    const turned = [];
    const moving = [];
    for (const { path } of pictures) {
      const { orientation, pages } = await metadataOf(path);
      if ((orientation ?? 1) !== 1) turned.push(path);
      if ((pages ?? 1) > 1) moving.push(path);
    }
    expect(turned).toEqual(["/photos/red-hat-rotated.jpg"]);
    expect(moving).toEqual(["/graphics/sailing.gif"]);
  });

  it("/photos/warbird-quality-45.jpg is below the quality from which lossy variants are made", async () => {
    const bytes = await readFile(new URL("photos/warbird-quality-45.jpg", root));
    expect(probeJpeg(bytes).jpeg?.quality).toBeLessThan(minLossySourceQuality);
  });

  it.each(imageFiles)("%s has its source and licence in LICENCES.md", async (file) => {
    expect(await readFile(new URL("../LICENCES.md", root), "utf8")).toContain(`\`${file}\``);
  });

  it("only one is in another colour space than sRGB", async () => {
    const tagged = [];
    for (const { path } of pictures) {
      const { icc } = await metadataOf(path);
      if (icc !== undefined) tagged.push(path);
    }
    expect(tagged).toEqual(["/photos/blossom-display-p3.jpg"]);
  });

  it("together are below 3 MB", async () => {
    const sizes = await Promise.all(imageFiles.map(async (file) => (await stat(new URL(file, root))).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(1_500_000);
    expect(total).toBeLessThan(3_000_000);
  });
});

describe("reasonSentences", () => {
  it("has a sentence for every reason and for nothing else", () => {
    expect(Object.keys(reasonSentences)).toEqual([...reasonOrder]);
  });
});

describe("acceptOfClient", () => {
  it.each([
    ["jxl", "jxl+avif+webp"],
    ["avif", "avif+webp"],
    ["webp", "webp"],
    ["jxl-only", "jxl"],
    ["jp2", "jp2"],
    ["jxr", "jxr"],
    ["baseline", "baseline"],
  ])("%s is of the class %s", (client, token) => {
    expect(readAccept(acceptOfClient[client] ?? "").clientClass.token).toBe(token);
  });

  it("has a choice on the page for each client, beside this browser", async () => {
    const page = await readFile(new URL("index.html", root), "utf8");
    const choices = [...page.matchAll(/name="client" value="([^"]+)"/g)].map(([, value]) => value);
    expect(choices).toEqual(["own", ...Object.keys(acceptOfClient)]);
  });
});

describe("the commands of the page", () => {
  it.each([
    ["jxl", "jxl+avif+webp"],
    ["webp", "webp"],
    ["baseline", "baseline"],
    ["safari", "jp2"],
    ["ie", "jxr"],
  ])("%s is of the class %s, and reads the same before the script has run", async (id, token) => {
    const page = await readFile(new URL("index.html", root), "utf8");
    const [, attributes = "", text = ""] =
      new RegExp(`<code\\s+id="curl-${id}"([^>]*)>([^<]*)</code>`).exec(page) ?? [];
    const attribute = (name: string) => new RegExp(`data-${name}="([^"]*)"`).exec(attributes)?.[1];
    const accept = attribute("curl") ?? "";
    const agent = attribute("agent") ?? null;
    expect(classifyClient(readAccept(accept), agent).token).toBe(token);
    expect(text).toContain(`-H 'Accept: ${accept}'`);
    if (agent !== null) expect(text).toContain(`-A '${agent}'`);
  });
});

describe("describeReason()", () => {
  it.each([
    [
      { format: "jpeg", source: "jpeg", reason: "interim", pending: ["jxl", "avif", "webp"] },
      "JPEG XL, AVIF and WebP are being made",
    ],
    [{ format: "jxl", source: "jpeg", reason: "interim", pending: ["avif", "webp"] }, "AVIF and WebP are being made"],
    [{ format: "webp", source: "jpeg", reason: "interim", pending: ["avif"] }, "AVIF is being made"],
    [{ format: "png", source: "png", reason: "interim", pending: [] }, reasonSentences["interim"]],
    [{ format: "jxl", source: "jpeg", reason: "transcoded", pending: [] }, "without decoding a pixel"],
    [{ format: "webp", source: "jpeg", reason: "transcoded", pending: [] }, reasonSentences["transcoded"]],
    [{ format: "jpeg", source: "jpeg", reason: "not-smaller", pending: [] }, reasonSentences["not-smaller"]],
    [{ format: "jpeg", source: undefined, reason: undefined, pending: [] }, "no reason"],
    [{ format: "jpeg", source: "jpeg", reason: "of-another-version", pending: [] }, ""],
  ])("says of %j: %s", (answer, text) => {
    expect(describeReason(answer)).toContain(text);
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
