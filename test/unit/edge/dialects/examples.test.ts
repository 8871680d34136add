import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderDialects } from "../../../../scripts/render-dialects.ts";
import { dialects } from "../../../../src/edge/dialects/dialect.ts";
import { dialectIds } from "../../../../src/edge/dialects/parsed-url.ts";
import { read, directivesOf } from "./reading.ts";

const examples = dialectIds.flatMap((id) => dialects[id].rows.map((row) => ({ id, name: row.name, ...row.example })));

describe("parseUrl()", () => {
  it.each(examples)("reads the documented example of $id $name", ({ id, url, origin, reads }) => {
    const parsed = read(url, id);
    expect(directivesOf(parsed)).toEqual(reads);
    expect(parsed.notes).toEqual([]);
    expect(parsed.sourcePath).toBe(origin ?? url);
    expect(parsed.keyPath).toBe(origin ?? url);
  });

  it.each(examples)("needs the modifier $id $name for what its example says", ({ id, name, url, reads }) => {
    const without = url
      .replace(name === "$preset$" ? /\$\w+\$&?/ : new RegExp(`([?&])${name}=[^&]*&?`), "$1")
      .replace(new RegExp(`(?<=[/,])${name}_[^/,]*[/,]`), "");
    expect(without).not.toBe(url);
    expect(directivesOf(read(without, id))).not.toEqual(reads);
  });
});

describe("docs/dialects.md", () => {
  it("is what `npm run generate` would write", () => {
    expect(readFileSync(new URL("../../../../docs/dialects.md", import.meta.url), "utf8")).toBe(renderDialects());
  });
});
