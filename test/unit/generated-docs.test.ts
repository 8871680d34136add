import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { closingMark, openingMark, renderRegions, type TableName } from "../../scripts/render-tables.ts";
import { settings } from "../../src/edge/config.ts";
import { formats } from "../../src/imaging/model/formats.ts";
import { reasons } from "../../src/edge/reasons.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Cells of the body rows, split at bars that are not escaped, as a Markdown reader does. */
function bodyRows(name: TableName): string[][] {
  const start = readme.indexOf(openingMark(name));
  const region = readme.slice(start + openingMark(name).length, readme.indexOf(closingMark(name), start));
  const lines = region.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const keysOf = {
  settings: Object.keys(settings),
  formats: Object.keys(formats),
  reasons: Object.keys(reasons),
} satisfies Record<TableName, string[]>;

describe("README.md", () => {
  it.each(Object.entries(keysOf) as [TableName, string[]][])("has one row per key in its table of %s", (name, keys) => {
    expect(bodyRows(name).map(([first]) => first)).toEqual(keys.map((key) => `\`${key}\``));
  });

  it.each(Object.keys(keysOf) as TableName[])("has rows of equal length without empty meanings in %s", (name) => {
    const rows = bodyRows(name);
    expect(new Set(rows.map((cells) => cells.length)).size).toBe(1);
    expect(rows.filter((cells) => cells[1] === "")).toEqual([]);
  });

  it("is what `npm run generate` would write", () => {
    expect(renderRegions(readme)).toBe(readme);
  });
});

describe("renderRegions()", () => {
  const regions = (Object.keys(keysOf) as TableName[]).map((name) => `${openingMark(name)}${closingMark(name)}`);

  it("keeps what stands outside of the marks", () => {
    const written = renderRegions(`before\r\n${regions.join("\n\tbetween\n")} after`);
    expect(written.startsWith("before\r\n<!--")).toBe(true);
    expect(written.endsWith("--> after")).toBe(true);
    expect(written.split("\n\tbetween\n")).toHaveLength(3);
  });

  it("replaces rows that are out of date", () => {
    const stale = readme.replace("| `cmyk` |", "| `cymk` |");
    expect(stale).not.toBe(readme);
    expect(renderRegions(stale)).toBe(readme);
  });

  it.each([
    ["missing", regions.slice(1).join("\n")],
    ["repeated", [...regions, regions[0]].join("\n")],
    ["reversed", [`${closingMark("settings")}${openingMark("settings")}`, ...regions.slice(1)].join("\n")],
  ])("refuses a document whose marks are %s", (_, document) => {
    expect(() => renderRegions(document)).toThrow(/settings/);
  });
});
