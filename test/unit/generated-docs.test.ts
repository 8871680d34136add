import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderBenchmarks } from "../../scripts/render-benchmarks.ts";
import { renderProof } from "../../scripts/render-proof.ts";
import {
  closingMark,
  openingMark,
  pages,
  type RegionName,
  regions,
  renderRegions,
  usualSettings,
} from "../../scripts/render-tables.ts";
import { settings } from "../../src/edge/settings.ts";
import { formats } from "../../src/imaging/model/formats.ts";
import { reasons } from "../../src/edge/reasons.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

const pageOf = Object.fromEntries(
  Object.entries(pages).flatMap(([page, names]) => names.map((name) => [name, page])),
) as Record<RegionName, string>;

/** Cells of the body rows, split at bars that are not escaped, as a Markdown reader does. */
function bodyRows(name: RegionName): string[][] {
  const page = readPage(pageOf[name]);
  const start = page.indexOf(openingMark(name));
  const region = page.slice(start + openingMark(name).length, page.indexOf(closingMark(name), start));
  const lines = region.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const keysOf = {
  "usual-settings": usualSettings,
  settings: Object.keys(settings),
  formats: Object.keys(formats),
  reasons: Object.keys(reasons),
} satisfies Partial<Record<RegionName, readonly string[]>>;

describe("the generated pages", () => {
  it("have every region on one page", () => {
    expect(Object.keys(pageOf).toSorted()).toEqual(Object.keys(regions).toSorted());
  });

  it.each(Object.entries(keysOf) as [RegionName, readonly string[]][])(
    "have one row per key in the table of %s",
    (name, keys) => {
      expect(bodyRows(name).map(([first]) => first)).toEqual(keys.map((key) => `\`${key}\``));
    },
  );

  it.each(Object.keys(regions) as RegionName[])("have rows of equal length without empty meanings in %s", (name) => {
    const rows = bodyRows(name);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map((cells) => cells.length)).size).toBe(1);
    expect(rows.filter((cells) => cells[1] === "")).toEqual([]);
  });

  it.each(Object.entries(pages))("%s is what `npm run generate` would write", (page, names) => {
    expect(renderRegions(readPage(page), names)).toBe(readPage(page));
  });

  it("docs/benchmarks.md is what `npm run generate` would write, without a figure that is missing", () => {
    expect(renderBenchmarks()).toBe(readPage("docs/benchmarks.md"));
    expect(renderBenchmarks()).not.toMatch(/NaN|undefined/);
  });

  it("docs/proof.md is what `npm run generate` would write, without a figure that is missing", () => {
    expect(renderProof()).toBe(readPage("docs/proof.md"));
    expect(renderProof()).not.toMatch(/NaN|undefined/);
  });
});

/** Anchors that GitHub gives to the headings of a page: lower case, without punctuation, spaces as hyphens. */
function anchorsOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const handwritten = globSync(["*.md", "docs/**/*.md", "demo/*.md", "test/fixtures/*.md"], { cwd: root });

describe("the links of the documentation", () => {
  it.each(handwritten)("%s links only to files and headings that exist", (page) => {
    const text = readPage(page).replaceAll(/^```[\s\S]*?^```/gm, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? "");
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(readPage(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("reach every page and every decision", () => {
    const linked = (page: string): string[] =>
      [...readPage(page).matchAll(/\]\(([^)\s#]+)/g)].map(([, link]) => join(dirname(page), link ?? ""));
    const reachable = [...linked("README.md"), ...linked("docs/decisions/README.md")];
    const written = globSync("docs/**/*.md", { cwd: root });
    expect(written.filter((page) => !reachable.includes(page))).toEqual([]);
  });

  it.each(handwritten)("%s names only source files that exist", (page) => {
    const paths = [...readPage(page).matchAll(/`((?:src|test|scripts|bench|demo)\/[\w./-]*)`/g)].map(
      ([, path]) => path ?? "",
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("renderRegions()", () => {
  const names = pages["README.md"];
  const [first, second] = names;
  const blocks = names.map((name) => `${openingMark(name)}${closingMark(name)}`);

  it("keeps everything outside the marks", () => {
    const written = renderRegions(`before\r\n${blocks.join("\n\tbetween\n")} after`, names);
    expect(written.startsWith("before\r\n<!--")).toBe(true);
    expect(written.endsWith("--> after")).toBe(true);
    expect(written.split("\n\tbetween\n")).toHaveLength(names.length);
  });

  it("replaces rows that are out of date", () => {
    const page = readPage("docs/headers.md");
    const stale = page.replace("| `cmyk` |", "| `cymk` |");
    expect(stale).not.toBe(page);
    expect(renderRegions(stale, ["reasons"])).toBe(page);
  });

  it.each([
    ["missing", blocks.slice(1).join("\n")],
    ["repeated", [...blocks, blocks[0]].join("\n")],
    [
      "reversed",
      [`${closingMark(first)}${openingMark(first)}`, `${openingMark(second)}${closingMark(second)}`].join("\n"),
    ],
  ])("refuses a document whose marks are %s", (_, document) => {
    expect(() => renderRegions(document, names)).toThrow(new RegExp(first));
  });
});
