import { describe, expect, it } from "vitest";
import {
  countLicences,
  isAllowed,
  judgeHashes,
  judgeInstallScripts,
  judgeIntegrity,
  judgeLicences,
  judgeNotice,
  type LockedPackage,
} from "../../scripts/supply-chain.ts";

const sound: LockedPackage = { version: "1.2.3", license: "MIT", integrity: `sha512-${"A".repeat(86)}==` };
const at = (locked: Partial<LockedPackage>, place = "node_modules/@scope/a") => ({ [place]: { ...sound, ...locked } });

describe("isAllowed()", () => {
  it.each([
    ["MIT", true],
    ["(MIT OR GPL-3.0-only)", true],
    ["GPL-3.0-only OR AGPL-3.0-only", false],
    ["MIT AND ISC", true],
    ["(MIT AND GPL-3.0-only)", false],
    ["MIT AND (ISC OR GPL-3.0-only)", false],
    ["mit", false],
    ["SEE LICENSE IN LICENSE.md", false],
    ["", false],
    [undefined, false],
  ])("%s: %s", (expression, expected) => {
    expect(isAllowed(expression, ["MIT", "ISC"])).toBe(expected);
  });
});

describe("what is demanded of packages", () => {
  it("is that their licences suit what becomes of them", () => {
    expect(judgeLicences(at({}))).toEqual([]);
    expect(judgeLicences(at({ license: "LGPL-3.0-or-later" }))).toEqual([
      "@scope/a 1.2.3 has the licence LGPL-3.0-or-later, which is not allowed in the Worker",
    ]);
    expect(judgeLicences(at({ license: "LGPL-3.0-or-later", dev: true }))).toEqual([]);
    for (const license of ["GPL-3.0-only", "AGPL-3.0-only", "UNLICENSED", "BUSL-1.1"]) {
      expect(judgeLicences(at({ license, dev: true }))).toHaveLength(1);
    }
    const { license: _, ...unlicensed } = sound;
    expect(judgeLicences({ "node_modules/a": unlicensed })).toHaveLength(1);
  });

  it("is a SHA-512, and no install script that nobody has named", () => {
    expect(judgeIntegrity(at({}))).toEqual([]);
    expect(judgeIntegrity(at({ integrity: "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }))).toHaveLength(1);
    expect(judgeIntegrity(at({ integrity: "" }))).toHaveLength(1);
    expect(judgeInstallScripts(at({ hasInstallScript: true }), [])).toHaveLength(1);
    expect(judgeInstallScripts(at({ hasInstallScript: true }), ["@scope/a"])).toEqual([]);
    // Inside of another package it is the same one.
    expect(judgeInstallScripts(at({ hasInstallScript: true }, "node_modules/b/node_modules/a"), ["b"])).toHaveLength(1);
  });

  it("is that NOTICE names what is passed on, with its version", () => {
    expect(judgeNotice("@scope/a 1.2.3\n  MIT", at({}), [])).toEqual([]);
    expect(judgeNotice("@scope/a 1.2.2\n  MIT", at({}), [])).toEqual(["NOTICE does not name @scope/a 1.2.3"]);
    expect(judgeNotice("", at({ dev: true }), [])).toEqual([]);
    expect(judgeNotice("", at({ name: "empty" }), ["empty"])).toEqual([]);
  });

  it("is that modules are the recorded ones", () => {
    expect(judgeHashes({ a: "1" }, { a: "1" })).toEqual([]);
    expect(judgeHashes({ a: "1", b: "2" }, { a: "2", b: undefined, c: "3" })).toEqual([
      "a is not the recorded one",
      "b is missing",
      "c is not recorded",
    ]);
  });
});

it("countLicences() tells tools from what is in the Worker", () => {
  const packages = { ...at({}), ...at({ dev: true, license: "ISC" }, "node_modules/b"), ...at({}, "node_modules/c") };
  expect(countLicences(packages, true)).toBe("2 MIT");
  expect(countLicences(packages, false)).toBe("1 ISC");
});
