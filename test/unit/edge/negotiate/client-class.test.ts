/// <reference types="node" />
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formats } from "../../../../src/imaging/model/formats.ts";
import { targets } from "../../../../src/edge/targets.ts";
import { maxRememberedAccepts } from "../../../../src/edge/limits.ts";
import {
  type ClientClass,
  classifyClient,
  classOf,
  listClasses,
  readAccept,
  slowed,
} from "../../../../src/edge/negotiate/client-class.ts";

function tokenOf(header: string | null): string {
  return readAccept(header).clientClass.token;
}

function classTokenOf(accept: string | null, userAgent: string | null): string {
  return classifyClient(readAccept(accept), userAgent).token;
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
    ["Internet Explorer 11", "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5", "jxr"],
    ["a client that names JPEG 2000", "image/jp2,*/*;q=0.1", "jp2"],
    ["a client that names JPEG XR by its old name", "image/vnd.ms-photo, */*", "jxr-ms"],
    ["a client that names both, of which it gets one", "image/jxr,image/jp2", "jp2"],
    ["a client that refuses JPEG XR", "image/jxr;q=0,image/*", "baseline"],
    ["a client that names a modern format and an old one", "image/webp,image/jxr,image/jp2", "webp"],
    ["Chromium's formats in another order", "image/webp,image/jxl,image/avif", "jxl+avif+webp"],
    ["a viewer that shows TIFF", "image/tiff,*/*;q=0.5", "tiff"],
    ["a viewer that shows TIFF and WebP", "image/tiff,image/webp", "webp+tiff"],
    ["a viewer that shows TIFF and JPEG 2000", "image/tiff,image/jp2", "jp2"],
    ["a client that refuses TIFF", "image/tiff;q=0,image/*", "baseline"],
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
  ])("says by %j whether an image is wanted: %s", (header, expected) => {
    expect(readAccept(header).wantsImage).toBe(expected);
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

describe("listClasses()", () => {
  const byAccept = listClasses().filter(({ token }) => token.startsWith("baseline-by-accept"));
  const others = listClasses().filter((each) => !byAccept.includes(each));

  it("names every set of modern formats and TIFF, each legacy target alone, and each for both kinds of network", () => {
    const sets = others.map(({ formats: granted, network }) => `${granted.toSorted().join("+")} ${network}`);
    const modern = ["jxl", "avif", "webp", "tiff"];
    const subsets = Array.from({ length: 2 ** modern.length }, (_, bits) =>
      modern.filter((__, bit) => (bits >> bit) & 1),
    );
    const expected = [...subsets, ["jp2"], ["jxr"], ["jxr-ms"], ["jxr-hd"]].flatMap((set) =>
      ["fast", "slow"].map((network) => `${set.toSorted().join("+")} ${network}`),
    );
    expect(sets.toSorted()).toEqual(expected.toSorted());
    expect(others).toHaveLength(2 * (2 ** 4 + 4));
  });

  it("keeps a client whose Accept lists what it does not show apart from those that the User-Agent decides for", () => {
    const opera =
      "text/html, application/xml;q=0.9, application/xhtml+xml, image/png, image/webp, image/jpeg, image/gif, image/x-xbitmap, */*;q=0.1";
    const { clientClass, legacyRanges } = readAccept(opera);
    expect(clientClass).toEqual({ formats: [], network: "fast", token: "baseline-by-accept" });
    expect(legacyRanges).toBeUndefined();
    expect(slowed(clientClass)).toEqual({ formats: [], network: "slow", token: "baseline-by-accept.slow" });
    expect(byAccept).toEqual([clientClass, slowed(clientClass)]);
    // Clients of one class share stored answers, and with them their Vary.
    expect(readAccept("*/*").clientClass.token).toBe("baseline");
    expect(readAccept("image/webp;q=0,*/*").clientClass.token).toBe("baseline");
  });

  it("gives each class a token of its own that names its formats in one order", () => {
    expect(new Set(listClasses().map(({ token }) => token)).size).toBe(listClasses().length);
    for (const { formats: granted, network, token } of others) {
      const name = granted.length === 0 ? "baseline" : granted.join("+");
      expect(token).toBe(network === "slow" ? `${name}.slow` : name);
      // A token of a structured field (RFC 9651 §3.3.4), and one segment of a path.
      expect(token).toMatch(/^[a-z][a-z0-9+.-]*$/);
    }
    expect(classOf(["jxl", "avif", "webp"], "slow").token).toBe("jxl+avif+webp.slow");
    expect(slowed(classOf(["webp"], "fast"))).toBe(classOf(["webp"], "slow"));
    expect(slowed(classOf(["webp"], "slow"))).toBe(classOf(["webp"], "slow"));
  });

  it("names the class of whatever Accept lists, so that a purge reaches every answer", () => {
    const known = new Set<ClientClass>(listClasses());
    const types = [
      "image/jxl",
      "image/avif",
      "image/webp",
      "image/tiff",
      "image/jp2",
      "image/jxr",
      "image/vnd.ms-photo",
    ];
    for (let bits = 0; bits < 2 ** types.length; bits++) {
      const header = [...types.filter((_, bit) => (bits >> bit) & 1), "*/*;q=0.1"].join();
      expect(known.has(readAccept(header).clientClass), header).toBe(true);
    }
  });

  it("has no class for formats that no client can prove together", () => {
    expect(() => classOf(["jp2", "jxr"], "fast")).toThrow(/jp2\+jxr/);
    expect(() => classOf(["webp", "jp2"], "fast")).toThrow(/jp2/);
  });
});

const agents = {
  safari9:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/603.3.8 (KHTML, like Gecko) Version/9.1 Safari/603.3.8",
  safari13:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
  ios13:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 13_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.7 Mobile/15E148 Safari/604.1",
  safari18:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15",
  ie9: "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
  ie10: "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
  ie11Windows7: "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
  ie11Windows10: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
  edge15:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Safari/537.36 Edge/15.15063",
  edge18:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
  chrome84:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.135 Safari/537.36",
  outlook:
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.5071; ms-office; MSOffice 16)",
  googlebot: "Googlebot-Image/1.0",
} as const;

const oldAccepts = {
  safari: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  ie: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
  windows10: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
} as const;

describe("classifyClient()", () => {
  it.each<[string, string | null, string]>([
    ["safari13", oldAccepts.safari, "jp2"],
    ["ios13", oldAccepts.safari, "jp2"],
    // Before version 11 it asked for images as for anything else.
    ["safari9", "*/*", "jp2"],
    ["safari13", "*/*", "baseline"],
    ["safari13", "image/jp2;q=0,image/*", "baseline"],
    ["safari18", oldAccepts.safari, "baseline"],
    ["safari18", "*/*", "baseline"],
    ["ie9", oldAccepts.ie, "jxr-hd"],
    ["ie10", oldAccepts.ie, "jxr-ms"],
    ["ie11Windows7", oldAccepts.ie, "jxr-ms"],
    ["ie11Windows10", oldAccepts.windows10, "jxr"],
    ["edge15", oldAccepts.windows10, "jxr"],
    ["edge15", oldAccepts.ie, "jxr"],
    // As mail programs, downloads and page loads ask.
    ["ie11Windows7", "*/*", "baseline"],
    ["ie11Windows7", null, "baseline"],
    ["outlook", "*/*", "baseline"],
    ["outlook", oldAccepts.ie, "baseline"],
    ["outlook", oldAccepts.safari, "baseline"],
    ["googlebot", "*/*", "baseline"],
    ["chrome84", "*/*", "baseline"],
    ["chrome84", oldAccepts.ie, "baseline"],
  ])("puts %s that sends Accept: %s into the class %s", (agent, accept, expected) => {
    expect(classTokenOf(accept, agents[agent as keyof typeof agents])).toBe(expected);
  });

  it.each(Object.entries(agents))("lets %s decide nothing where Accept lists WebP or AVIF", (_, userAgent) => {
    for (const accept of ["image/webp,*/*", "image/avif,image/*", `image/webp,${oldAccepts.windows10}`]) {
      expect(classTokenOf(accept, userAgent)).toBe(tokenOf(accept));
      expect(readAccept(accept).legacyRanges).toBeUndefined();
    }
  });

  it("adds nothing to what Accept lists itself", () => {
    expect(classTokenOf("image/jxl,image/*", agents.safari13)).toBe("jxl");
    expect(classTokenOf("image/tiff,image/*", agents.safari13)).toBe("tiff");
    expect(classTokenOf("image/jxr,image/*", agents.safari13)).toBe("jxr");
  });

  it("takes a missing User-Agent as unknown", () => {
    expect(classTokenOf(oldAccepts.safari, null)).toBe("baseline");
    expect(classTokenOf(oldAccepts.ie, "")).toBe("baseline");
  });
});

interface Client {
  readonly name: string;
  readonly ua: string | null;
  readonly accept: string | null;
  readonly acceptConfidence: string;
  readonly decode: Readonly<Record<string, number | string>>;
}

/** 98 real clients with what each decodes, from caniuse and MDN; not part of this repository. */
const path = new URL("../../../../../shared/browsers.json", import.meta.url);
const isThere = existsSync(path);
const clients = isThere ? (JSON.parse(readFileSync(path, "utf8")) as { entries: readonly Client[] }).entries : [];

/** The same question asked of the header in the plainest way: it is named, and no form of `q=0` follows it. */
function isNamedByText(accept: string | null, mediaType: string): boolean {
  const named = (accept ?? "")
    .toLowerCase()
    .split(",")
    .filter((range) => range.trim().split(";")[0]?.trim() === mediaType);
  return named.length > 0 && named.every((range) => !/;\s*q=0(?:\.0*)?\s*$/.test(range));
}

const modern = ["jxl", "avif", "webp"] as const;

describe("readAccept() and classifyClient() with real clients", () => {
  it.skipIf(!isThere)("read ../shared/browsers.json, without which none of them is tested", () => {
    expect(clients.length).toBeGreaterThanOrEqual(98);
  });

  it.each(clients)(
    "grant $name only what it decodes, and of the modern formats what it names",
    ({ ua, accept, decode }) => {
      const granted = classifyClient(readAccept(accept), ua).formats.filter((target) => target !== "tiff");
      for (const target of granted) {
        const { format } = targets[target];
        // Where an animation is made of a GIF, its own column counts.
        expect([1, "partial", "still-only"], `decodes ${target}`).toContain(decode[format]);
        const isModern = modern.some((each) => each === target);
        if (isModern) expect(isNamedByText(accept, formats[format].mediaTypes[0]), `names ${target}`).toBe(true);
      }
    },
  );

  it.each(clients)(
    "give $name JPEG 2000 or JPEG XR exactly if it decodes it and lists nothing modern",
    ({ ua, accept, decode }) => {
      const granted = classifyClient(readAccept(accept), ua).formats;
      const isModern = ["image/webp", "image/avif"].some((type) => isNamedByText(accept, type));
      for (const format of ["jp2", "jxr"] as const) {
        const isGranted = granted.some((target) => target !== "tiff" && targets[target].format === format);
        expect(isGranted, format).toBe(decode[format] === 1 && !isModern);
      }
    },
  );

  it.each(clients.filter(({ acceptConfidence }) => acceptConfidence !== "assumed"))(
    "deny $name no modern format that it decodes whole and names without parameters",
    ({ accept, decode }) => {
      const { clientClass } = readAccept(accept);
      const named = modern.filter(
        (format) =>
          decode[format] === 1 &&
          isNamedByText(accept, formats[format].mediaTypes[0]) &&
          !(accept ?? "").includes(`${format};`),
      );
      expect(clientClass.formats).toEqual(expect.arrayContaining(named));
    },
  );
});
