/// <reference types="node" />
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { bcdNotes, caniuseNotes, type Decision, decisions } from "../../../../scripts/client-support-decisions.ts";
import { type Evidence, renderClientSupport, settleEvidence } from "../../../../scripts/generate-client-support.ts";
import {
  type BrowserId,
  type Support,
  supportOf,
  type TableFormat,
} from "../../../../src/edge/negotiate/client-support.ts";
import { compareVersions, parseVersion } from "../../../../src/edge/negotiate/version.ts";

const generated = new URL("../../../../src/edge/negotiate/client-support.generated.ts", import.meta.url);
const text = existsSync(generated) ? readFileSync(generated, "utf8") : "";

describe("supportOf()", () => {
  // Release notes and bug trackers of the browsers, not the two sources that the table is made from.
  it.each<[TableFormat, BrowserId, string, Support]>([
    ["webp", "chrome", "16", "no"],
    ["webp", "chrome", "17", "lossy-only"],
    ["webp", "chrome", "22.0.1229.94", "lossy-only"],
    ["webp", "chrome", "31", "still-only"],
    ["webp", "chrome", "32.0.1700.107", "yes"],
    ["webp", "firefox", "64", "no"],
    ["webp", "firefox", "65", "yes"],
    ["webp", "edge", "17", "no"],
    ["webp", "edge", "18", "yes"],
    ["webp", "ie", "11", "no"],
    ["webp", "safari", "13.1", "no"],
    ["webp", "safari", "14.1", "partial"],
    ["webp", "safari", "15.6", "partial"],
    ["webp", "safari", "16", "yes"],
    ["webp", "ios", "13.7", "no"],
    ["webp", "ios", "14", "yes"],
    ["webp", "android-webview", "4.1.2", "lossy-only"],
    ["avif", "chrome", "84", "no"],
    ["avif", "chrome", "85", "yes"],
    ["avif", "edge", "120", "no"],
    ["avif", "edge", "121", "yes"],
    ["avif", "firefox", "92", "no"],
    ["avif", "firefox", "112", "still-only"],
    ["avif", "firefox", "113", "yes"],
    ["avif", "safari", "16", "no"],
    ["avif", "safari", "16.3", "partial"],
    ["avif", "safari", "16.4", "yes"],
    ["avif", "ios", "16.0.3", "no"],
    ["avif", "ios", "16.3.1", "still-only"],
    ["avif", "samsung", "13.2", "no"],
    ["avif", "samsung", "14", "yes"],
    ["jxl", "chrome", "154", "no"],
    ["jxl", "chrome", "155", "yes"],
    ["jxl", "firefox", "157", "no"],
    ["jxl", "firefox", "158", "yes"],
    ["jxl", "opera", "139", "yes"],
    ["jxl", "edge", "157", "no"],
    ["jxl", "safari", "16.6", "no"],
    ["jxl", "safari", "17", "still-only"],
    ["jxl", "ios", "26.4", "still-only"],
    ["heic", "safari", "16.6", "no"],
    ["heic", "safari", "17", "yes"],
    ["heic", "chrome", "157", "no"],
    ["jp2", "safari", "4.1", "no"],
    ["jp2", "safari", "5", "yes"],
    ["jp2", "safari", "17.6", "yes"],
    ["jp2", "safari", "18", "no"],
    ["jp2", "ios", "5", "yes"],
    ["jp2", "ios", "17.7.2", "yes"],
    ["jp2", "ios", "18", "no"],
    ["jp2", "ios", "26.4", "no"],
    ["jp2", "chrome", "157", "no"],
    ["jxr", "ie", "8", "no"],
    ["jxr", "ie", "9", "yes"],
    ["jxr", "ie", "11", "yes"],
    ["jxr", "edge", "12.10240", "yes"],
    ["jxr", "edge", "18.17763", "yes"],
    ["jxr", "edge", "79", "no"],
    ["jxr", "safari", "17", "no"],
  ])("says of %s in %s %s: %s", (format, browser, version, expected) => {
    expect(supportOf(format, browser, parseVersion(version))).toBe(expected);
  });
});

describe("compareVersions()", () => {
  it.each([
    ["16.4", "16.4", 0],
    ["16", "16.0", 0],
    ["9", "10", -1],
    // Not decimals: 12.18 came after 12.2.
    ["12.18", "12.2", 1],
    ["4.4", "4.4.3", -1],
    ["16.4.1", "16.4", 1],
  ])("orders %s and %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(parseVersion(a), parseVersion(b)))).toBe(sign);
    expect(Math.sign(compareVersions(parseVersion(b), parseVersion(a)))).toBe(0 - sign);
  });
});

describe("client-support.generated.ts", () => {
  it("is what `npm run generate` would write", () => {
    expect(renderClientSupport()).toBe(text);
  });

  it("states its sources with version, date and licence", () => {
    expect(text).toMatch(/@mdn\/browser-compat-data \d+\.\d+\.\d+ of \d{4}-\d\d-\d\d \(CC0-1\.0\)/);
    expect(text).toMatch(/caniuse-lite [\d.]+, releases up to \d{4}-\d\d-\d\d \(CC-BY-4\.0, data by caniuse\.com/);
  });

  it("takes at most 4 KiB of the bundle, gzipped", () => {
    const { code } = transformSync(text, { loader: "ts", minify: true });
    expect(code).toContain("lossy-only");
    expect(gzipSync(code).length).toBeLessThanOrEqual(4096);
  });
});

describe("settleEvidence()", () => {
  const evidence: Evidence = {
    format: "webp",
    browser: "safari",
    bcd: [{ since: "14", support: "yes" }],
    caniuse: [
      { version: "13", support: "no" },
      { version: "14", support: "partial" },
      { version: "15", support: "partial" },
      { version: "16", support: "yes" },
    ],
  };
  const decision: Decision = {
    format: "webp",
    browser: "safari",
    since: "14",
    until: "16",
    bcd: "yes",
    caniuse: "partial",
    support: "partial",
    reason: "an example",
  };

  it("refuses a contradiction without a decision, naming each version", () => {
    expect(() => settleEvidence(evidence, [])).toThrow(/webp in safari:\n\s+14: .*"yes".*"partial"\n\s+15:/);
  });

  it("takes what was decided, for as long as the decision says", () => {
    expect(settleEvidence(evidence, [decision])).toEqual([
      { since: "14", support: "partial" },
      { since: "16", support: "yes" },
    ]);
  });

  it("refuses a decision that ends too early", () => {
    expect(() => settleEvidence(evidence, [{ ...decision, until: "15" }])).toThrow(/15: /);
  });

  it("refuses a decision made for other statements than those of today", () => {
    expect(() => settleEvidence(evidence, [{ ...decision, caniuse: "no" }])).toThrow(/settles nothing/);
  });

  it("refuses a decision over versions where the sources agree", () => {
    expect(() => settleEvidence(evidence, [decision, { ...decision, since: "16", until: "17" }])).toThrow(/16: /);
    expect(() => settleEvidence(evidence, [decision, { ...decision, since: "40", until: "41" }])).toThrow(
      /from 40 on settles nothing/,
    );
  });

  it("ignores decisions about other formats and browsers", () => {
    expect(() => settleEvidence(evidence, [{ ...decision, browser: "ios" }])).toThrow(/14: /);
  });

  it("lets a limit of unknown kind agree with a known one, and with nothing else", () => {
    const limited = [{ version: "17", support: "limited" as const }];
    const jxl: Evidence = {
      format: "jxl",
      browser: "safari",
      bcd: [{ since: "17", support: "still-only" }],
      caniuse: limited,
    };
    expect(settleEvidence(jxl, [])).toEqual([{ since: "17", support: "still-only" }]);
    expect(() => settleEvidence({ ...jxl, bcd: [{ since: "17", support: "yes" }] }, [])).toThrow(/17: /);
    expect(() => settleEvidence({ ...jxl, bcd: undefined }, [])).toThrow(/limit without its kind/);
  });

  it("takes caniuse alone where the other source has nothing, in the order of versions", () => {
    const caniuse = [
      { version: "18", support: "no" as const },
      { version: "9", support: "yes" as const },
      { version: "10", support: "yes" as const },
    ];
    expect(settleEvidence({ format: "jp2", browser: "safari", bcd: undefined, caniuse }, [])).toEqual([
      { since: "9", support: "yes" },
      { since: "18", support: "no" },
    ]);
  });
});

describe("decisions", () => {
  it("give a reason, and never more than one of the sources grants", () => {
    const order: readonly Support[] = ["no", "partial", "lossy-only", "still-only", "yes"];
    for (const { bcd, caniuse, support, reason } of decisions) {
      expect(reason.length).toBeGreaterThan(20);
      expect(bcd).not.toBe(caniuse);
      expect(order.indexOf(support)).toBeLessThanOrEqual(Math.max(order.indexOf(bcd), order.indexOf(caniuse)));
    }
  });

  it("read notes as limits only, except those that say why they are none", () => {
    expect(Object.values(bcdNotes)).not.toContain("yes");
    expect(Object.values(caniuseNotes).flatMap((notes) => Object.values(notes))).toContain("still-only");
  });
});
