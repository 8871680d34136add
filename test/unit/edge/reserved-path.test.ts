import { assert, constantFrom, array, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { isReserved } from "../../../src/edge/reserved-path.ts";

const read = (path: string): boolean => isReserved(new URL(`http://a${path}`).pathname);

describe("isReserved()", () => {
  it.each([
    "/_imaging/",
    "/_imaging/store/x",
    "/%5fimaging/",
    "//_imaging/",
    "/a%2f..%2f_imaging/x",
    "/%2e%2f_imaging%5cx",
  ])("%s is", (path) => {
    expect(read(path)).toBe(true);
  });

  it.each([
    "/",
    "/_imaging",
    "/_Imaging/",
    "/a/_imaging/",
    "/%255fimaging/",
    "/%",
    "/%zz/_imaging/",
    "//a/_imaging/",
    "/%3f/../_imaging",
  ])("%s is not", (path) => {
    expect(read(path)).toBe(false);
  });

  it("agrees with a server that decodes a path first and then resolves it", () => {
    const part = constantFrom(
      "/",
      "%2f",
      "%5c",
      ".",
      "..",
      "%2e",
      "_",
      "%5f",
      "_imaging",
      "imagin",
      "g",
      "%67",
      "a",
      "%",
      "%25",
      "?",
      "%3f",
      "#",
      "%23",
      ";",
    );
    assert(
      property(array(part, { maxLength: 8 }), (parts) => {
        const { pathname } = new URL(`http://a/${parts.join("")}`);
        const decoded = pathname.replace(/%[2-7][0-9a-f]/gi, (code) => decodeURIComponent(code)).replaceAll("\\", "/");
        const resolved: string[] = [];
        for (const segment of decoded.split("/")) {
          if (segment === "..") resolved.pop();
          else if (segment !== "" && segment !== ".") resolved.push(segment);
        }
        const isBelow = resolved[0] === "_imaging" && (resolved.length > 1 || /\/\.{0,2}$/.test(decoded));
        expect(isReserved(pathname)).toBe(isBelow);
      }),
    );
  });
});
