/// <reference types="node" />
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formats, type ProducedFormat, negotiatedFormats } from "../../../src/formats/formats.ts";
import { maxRememberedAccepts } from "../../../src/limits.ts";
import { listClasses, readAccept } from "../../../src/negotiate/client-class.ts";

function tokenOf(header: string | null): string {
  return readAccept(header).clientClass.token;
}

describe("readAccept()", () => {
  it.each([
    ["Chromium 156", "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "jxl+avif+webp"],
    ["Firefox ESR 153", "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "avif+webp"],
    [
      "Safari 16.2, WebP named first",
      "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
      "avif+webp",
    ],
    ["Chrome 84", "image/webp,image/apng,image/*,*/*;q=0.8", "webp"],
    ["a client with AVIF alone", "image/avif", "avif"],
    ["Internet Explorer 11", "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5", "baseline"],
    ["Java", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "baseline"],
    ["a crawler", "*/*", "baseline"],
    ["a client that takes any image", "image/*", "baseline"],
    ["a client that refuses AVIF", "image/avif;q=0,image/webp,*/*;q=0.8", "webp"],
    ["a client that refuses what it lists", "image/avif, image/webp, image/avif;q=0", "webp"],
    ["upper case", "IMAGE/AVIF,Image/WebP;Q=0.9,*/*;q=0.1", "avif+webp"],
    ["an empty header", "", "baseline"],
    ["no header", null, "baseline"],
  ])("puts %s into its class", (_, header, expected) => {
    expect(tokenOf(header)).toBe(expected);
  });

  it.each([
    ["image/avif,image/webp,*/*", true],
    ["image/*", true],
    ["image/png", true],
    // What a navigation sends.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", false],
    ["*/*", false],
    ["image/webp;q=0, */*", false],
    ["video/*", false],
    ["", false],
    [null, false],
  ])("tells by %j whether an image is wanted: %s", (header, expected) => {
    expect(readAccept(header).wantsImage).toBe(expected);
  });

  it("gives only classes that listClasses() names, so that a purge reaches every answer", () => {
    const tokens = listClasses().map(({ token }) => token);
    expect(new Set(tokens).size).toBe(2 * 2 ** negotiatedFormats.length);
    for (const set of [[], ["image/avif"], ["image/webp"], ["image/webp", "image/avif"]]) {
      expect(tokens).toContain(tokenOf(set.join()));
    }
    for (const { formats: granted, network, token } of listClasses()) {
      const name = granted.length === 0 ? "baseline" : granted.join("+");
      expect(token).toBe(network === "slow" ? `${name}.slow` : name);
    }
  });

  it("remembers a header, and forgets the oldest beyond the bound", () => {
    const first = readAccept("image/webp;q=0.111");
    expect(readAccept("image/webp;q=0.111")).toBe(first);
    for (let index = 0; index < maxRememberedAccepts; index++) readAccept(`image/webp, text/x-${index}`);
    const again = readAccept("image/webp;q=0.111");
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it("lets no header that is too long to be remembered displace one that is", () => {
    for (let index = 0; index < maxRememberedAccepts; index++) readAccept(`image/webp, text/y-${index}`);
    const oldest = readAccept("image/webp, text/y-0");
    for (let index = 0; index < maxRememberedAccepts; index++)
      readAccept(`image/avif, text/${"z".repeat(2000)}-${index}`);
    expect(readAccept("image/webp, text/y-0")).toBe(oldest);
  });
});

interface Client {
  readonly name: string;
  readonly accept: string | null;
  readonly acceptConfidence: string;
  readonly decode: Readonly<Record<string, number | string>>;
}

/** 98 real clients with what each decodes, from caniuse and MDN; not part of this repository. */
const path = new URL("../../../../shared/browsers.json", import.meta.url);
const isThere = existsSync(path);
const clients = isThere ? (JSON.parse(readFileSync(path, "utf8")) as { entries: readonly Client[] }).entries : [];

/** The same question asked of the header in the plainest way: it is named, and no form of `q=0` stands behind it. */
function isNamedByText(accept: string | null, format: ProducedFormat): boolean {
  const named = (accept ?? "")
    .toLowerCase()
    .split(",")
    .filter((range) => range.trim().split(";")[0]?.trim() === formats[format].mediaTypes[0]);
  return named.length > 0 && named.every((range) => !/;\s*q=0(?:\.0*)?\s*$/.test(range));
}

describe("readAccept() with real clients", () => {
  it.skipIf(!isThere)("reads ../shared/browsers.json, without which none of them is tested", () => {
    expect(clients.length).toBeGreaterThanOrEqual(98);
  });

  it.each(clients)("grants $name only what it decodes and accepts", ({ accept, decode }) => {
    const { clientClass } = readAccept(accept);
    for (const format of clientClass.formats) {
      // Nothing that moves is ever made in a format that a client shows only still.
      expect([1, "partial", "still-only"], `decodes ${format}`).toContain(decode[format]);
      expect(isNamedByText(accept, format), `names ${format}`).toBe(true);
    }
  });

  it.each(clients.filter(({ acceptConfidence }) => acceptConfidence !== "assumed"))(
    "denies $name nothing that it names without parameters",
    ({ accept }) => {
      const { clientClass } = readAccept(accept);
      const named = negotiatedFormats.filter(
        (format) => isNamedByText(accept, format) && !(accept ?? "").includes(`${format};`),
      );
      expect(clientClass.formats).toEqual(expect.arrayContaining(named));
    },
  );
});
