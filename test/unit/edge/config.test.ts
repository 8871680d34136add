import { describe, expect, it } from "vitest";
import { type ConfigProblem, hashText, readConfig } from "../../../src/edge/config.ts";
import type { Env } from "../../../src/edge/env.ts";
import { type SettingName, settings } from "../../../src/edge/settings.ts";
import { configOf } from "../samples.ts";

/** The only problem of an environment, which then passes everything through. */
function problemOf(env: Env): ConfigProblem {
  const { problems, MODE } = readConfig(env);
  expect(MODE).toBe("off");
  expect(problems).toHaveLength(1);
  return problems[0] ?? { name: "", message: "" };
}

const demo = { fetch: () => Promise.reject(new Error("is not asked")) };

describe("readConfig()", () => {
  it("has the defaults that the design promises", () => {
    expect(configOf()).toMatchObject({
      FORMATS: ["jxl", "avif", "webp", "jp2", "jxr"],
      EAGER: ["avif", "webp"],
      PNG_MODE: "lossless",
      FIDELITY: "visual",
      METADATA: "copyright",
      CMYK: "convert",
      MIN_SAVING_PERCENT: 3,
      MIN_TTL_SECONDS: 3600,
      DEFAULT_TTL_SECONDS: 86_400,
      INLINE_BUDGET_MS: 1500,
      MEMORY_BUDGET_MB: 96,
      STALE_SECONDS: 86_400,
      ROLLOUT_PERCENT: 100,
      ADMIN_TOKEN: "",
      MODE: "on",
      USER_AGENT: "edge-imaging/1",
      QUERY_PARAMETERS: "all",
      development: false,
    });
    expect(configOf().HOSTS.size).toBe(0);
  });

  it("takes the demo origin in development only, and demands an origin elsewhere", () => {
    const development = readConfig({ ENVIRONMENT: "development", DEMO: demo });
    expect(development).toMatchObject({ development: true, ORIGIN: { kind: "demo" }, MODE: "on", problems: [] });
    expect(readConfig({ ENVIRONMENT: "development", ORIGIN: "route" }).ORIGIN).toEqual({ kind: "route" });
    for (const ENVIRONMENT of ["production", "Development", " development", ""]) {
      const problem = problemOf({ ENVIRONMENT });
      expect(problem).toMatchObject({ name: "ORIGIN" });
      expect(problem.message).toContain("ORIGIN is not set");
      // What the zone does with the request without this Worker.
      expect(readConfig({ ENVIRONMENT }).ORIGIN).toEqual({ kind: "route" });
    }
  });

  it("passes to the zone's origin where the demo is named and not there", () => {
    expect(problemOf({ ORIGIN: "demo:" }).message).toContain("ORIGIN");
    expect(readConfig({ ORIGIN: "demo:" }).ORIGIN).toEqual({ kind: "route" });
  });

  it("reads numbers and booleans as their text", () => {
    expect(readConfig({ ORIGIN: "route", ROLLOUT_PERCENT: 5, STALE_SECONDS: 0 })).toMatchObject({
      ROLLOUT_PERCENT: 5,
      STALE_SECONDS: 0,
      problems: [],
    });
    expect(readConfig({ ORIGIN: "route", ROLLOUT_PERCENT: 5 }).fingerprint).toBe(
      readConfig({ ORIGIN: "route", ROLLOUT_PERCENT: "5" }).fingerprint,
    );
    expect(problemOf({ ORIGIN: "route", MODE: true }).message).toContain('MODE cannot be "true"');
  });

  it("reads a list as its text, and takes no table or binding for a setting", () => {
    const given = (name: string, value: unknown): Env => ({ ORIGIN: "route", [name]: value });
    expect(readConfig(given("FORMATS", ["avif", "webp"]))).toMatchObject({ FORMATS: ["avif", "webp"], problems: [] });
    expect(problemOf(given("FORMATS", ["avif", "gif"])).message).toContain('FORMATS cannot be "avif,gif"');
    for (const [name, value] of [
      ["MODE", { shadow: true }],
      ["ADMIN_TOKEN", {}],
      ["HOSTS", null],
      ["STALE_SECONDS", { fetch: () => undefined }],
    ] as const) {
      const problem = problemOf(given(name, value));
      expect(problem.name).toBe(name);
      expect(problem.message).toContain("a table");
      expect(readConfig(given(name, value)).MODE).toBe("off");
    }
    expect(problemOf(given("FORMAT", ["avif"])).message).toContain("meant to be FORMATS");
  });

  it.each([
    ["MODES", "MODE"],
    ["MOD", "MODE"],
    ["EAGERR", "EAGER"],
    ["origin", "ORIGIN"],
    ["ADMIN_TOKN", "ADMIN_TOKEN"],
    ["ROLLOUT", "ROLLOUT_PERCENT"],
    ["ROLLOUT_SHARE", "ROLLOUT_PERCENT"],
    ["MIN_TTL", "MIN_TTL_SECONDS"],
    ["MODE_SHADOW", "MODE"],
    ["user_agent", "USER_AGENT"],
  ])("says that %s is no setting and that %s may be meant, and not what it holds", (name, meant) => {
    const problem = problemOf({ ORIGIN: "route", [name]: "secret" });
    expect(problem.name).toBe(name);
    expect(problem.message).toBe(`There is no variable ${name}. Is it meant to be ${meant}?`);
  });

  it.each(["SENTRY_DSN", "CF_VERSION_TAG", "NODE_ENV", "LOG_LEVEL", "REGION", "CODE", "NODE", "SITE"])(
    "leaves %s alone: it is none of its variables",
    (name) => {
      expect(readConfig({ ORIGIN: "route", [name]: "x" })).toMatchObject({ problems: [], MODE: "on" });
    },
  );

  it("takes bindings for no settings", () => {
    expect(
      readConfig({ ORIGIN: "route", DEMO: { fetch: () => Promise.reject(new Error("nobody asks")) } }).problems,
    ).toEqual([]);
  });

  it("names every problem, and keeps what can be understood", () => {
    const config = readConfig({ ORIGIN: "https://origin.test", PNG_MODE: "lossles", EAGER: "gif", HOSTS: "a.test" });
    expect(config.problems.map(({ name }) => name)).toEqual(["EAGER", "PNG_MODE"]);
    expect(config).toMatchObject({ MODE: "off", ORIGIN: { kind: "url" }, HOSTS: new Set(["a.test"]) });
  });

  it.each([
    ["https://origin.test", "https://origin.test/"],
    ["http://127.0.0.1:9000", "http://127.0.0.1:9000/"],
    [" https://origin.test/base/path ", "https://origin.test/base/path"],
  ])("takes %j for a base URL", (ORIGIN, href) => {
    const { ORIGIN: origin } = readConfig({ ORIGIN });
    expect(origin.kind === "url" && origin.base.href).toBe(href);
  });

  it.each<[SettingName, string]>([
    ["ORIGIN", ""],
    ["ORIGIN", "origin.test"],
    ["ORIGIN", "ftp://origin.test"],
    ["ORIGIN", "demo"],
    ["ORIGIN", "https://origin.test/?a=1"],
    ["ORIGIN", "https://origin.test/#part"],
    ["ORIGIN", "https://user:secret@origin.test/"],
    ["ORIGIN", "https://:secret@origin.test/"],
    ["HOSTS", "images.test/path"],
    ["HOSTS", "https://images.test"],
    ["FORMATS", "avif,web"],
    ["FORMATS", "jpeg"],
    ["FORMATS", "avif webp"],
    ["EAGER", "ALL"],
    ["PNG_MODE", "Lossless"],
    ["PNG_MODE", ""],
    ["FORMATS", "jxr-ms"],
    ["FORMATS", "tiff"],
    ["CMYK", "Convert"],
    ["CMYK", "off"],
    ["FIDELITY", "lossless"],
    ["METADATA", "all"],
    ["MIN_SAVING_PERCENT", "-1"],
    ["MIN_SAVING_PERCENT", "101"],
    ["MIN_SAVING_PERCENT", "3%"],
    ["MIN_SAVING_PERCENT", "3.5"],
    ["MIN_SAVING_PERCENT", ""],
    ["MIN_TTL_SECONDS", "1e3"],
    ["DEFAULT_TTL_SECONDS", "0x10"],
    ["INLINE_BUDGET_MS", "1500ms"],
    ["MEMORY_BUDGET_MB", "1000"],
    ["STALE_SECONDS", "9999999999999"],
    ["ROLLOUT_PERCENT", "200"],
    ["USER_AGENT", ""],
    ["USER_AGENT", "two  spaces"],
    ["USER_AGENT", "line\nbreak"],
    ["USER_AGENT", "Blümchen/1"],
    ["QUERY_PARAMETERS", "w h"],
    ["QUERY_PARAMETERS", "w=1"],
    ["MODE", "ON"],
    ["MODE", "toString"],
  ])("refuses %s=%j and says which variable, which value and what is allowed", (name, value) => {
    const problem = problemOf({ ORIGIN: "https://origin.test", [name]: value });
    const { message } = problem;
    expect(problem.name).toBe(name);
    expect(message).toContain(name);
    expect(message).toContain(JSON.stringify(value));
    expect(message).toContain(settings[name].allowed);
  });

  it("reads lists without regard to spaces, order and repetition", () => {
    expect(configOf({ FORMATS: " webp , avif,webp, " }).FORMATS).toEqual(["avif", "webp"]);
    expect(configOf({ FORMATS: "jxr,jp2,jxl,webp" }).FORMATS).toEqual(["jxl", "webp", "jp2", "jxr"]);
    expect(configOf({ EAGER: "all" }).EAGER).toEqual(["jxl", "avif", "webp", "jp2", "jxr"]);
    expect(configOf({ EAGER: "" }).EAGER).toEqual([]);
    expect(configOf({ QUERY_PARAMETERS: " W, h,,$preset$ " }).QUERY_PARAMETERS).toEqual(
      new Set(["w", "h", "$preset$"]),
    );
    expect(configOf({ QUERY_PARAMETERS: "" }).QUERY_PARAMETERS).toEqual(new Set());
    expect([...configOf({ HOSTS: "Images.Test, other.test:8080,[::1]" }).HOSTS]).toEqual([
      "images.test",
      "other.test:8080",
      "[::1]",
    ]);
  });

  const changes: readonly [SettingName, string][] = [
    ["ORIGIN", "https://elsewhere.test"],
    ["FORMATS", "webp"],
    ["FORMATS", "avif"],
    ["FORMATS", "jxl"],
    // The off switch for every format.
    ["FORMATS", ""],
    ["PNG_MODE", "auto"],
    ["CMYK", "pass"],
    ["FIDELITY", "exact"],
    ["METADATA", "none"],
    ["METADATA", "keep"],
    ["MIN_SAVING_PERCENT", "10"],
    ["MEMORY_BUDGET_MB", "50"],
    ["MODE", "shadow"],
    ["USER_AGENT", "Mozilla/5.0 (compatible)"],
  ];

  it.each(changes)("gives %s=%j another fingerprint, since it can change what is sent", (name, value) => {
    expect(configOf({ [name]: value }).fingerprint).not.toBe(configOf().fingerprint);
  });

  it("gives different settings different fingerprints, and the same ones the same", () => {
    const all = changes.map(([name, value]) => configOf({ [name]: value }).fingerprint);
    expect(new Set(all).size).toBe(all.length);
    expect(configOf({ MODE: "shadow" }).fingerprint).toBe(configOf({ MODE: "shadow" }).fingerprint);
  });

  it.each<[SettingName, string]>([
    ["HOSTS", "images.test"],
    ["QUERY_PARAMETERS", "w,h"],
    ["EAGER", "webp"],
    ["INLINE_BUDGET_MS", "1"],
    ["STALE_SECONDS", "1"],
    ["ROLLOUT_PERCENT", "50"],
    ["ADMIN_TOKEN", "0123456789abcdef0123456789abcdef"],
  ])("keeps the cache when %s changes", (name, value) => {
    expect(configOf({ [name]: value }).fingerprint).toBe(configOf().fingerprint);
  });

  it("gives a fingerprint that is one plain path segment, and does not show the settings", () => {
    const { fingerprint } = configOf({ ORIGIN: "https://hidden-origin.test" });
    expect(fingerprint).toMatch(/^[a-z0-9]+-[a-z0-9]+$/);
    expect(fingerprint).not.toContain("hidden");
  });
});

describe("hashText()", () => {
  // Published values of the 32-bit FNV-1a test suite (draft-eastlake-fnv, appendix).
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["b", 0xe70c2de5],
    ["foobar", 0xbf9cf968],
  ])("is FNV-1a of %j", (text, expected) => {
    expect(hashText(text)).toBe(expected);
  });
});
