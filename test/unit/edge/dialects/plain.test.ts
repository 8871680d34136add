import { array, assert, boolean, constantFrom, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlain } from "../../../../src/edge/dialects/plain.ts";

function parse(path: string): { sourcePath: string; optedOut: boolean } {
  const { pathname, search } = new URL(`https://images.test${path}`);
  const { sourcePath, optedOut } = parsePlain(pathname, search);
  return { sourcePath, optedOut };
}

describe("parsePlain()", () => {
  it.each([
    ["/a.jpg?imaging=off", "/a.jpg"],
    ["/a.jpg?imaging=off&w=100", "/a.jpg?w=100"],
    ["/a.jpg?w=100&imaging=off", "/a.jpg?w=100"],
    ["/a.jpg?w=100&imaging=off&$thumb$", "/a.jpg?w=100&$thumb$"],
    ["/a.jpg?imaging=off&imaging=off", "/a.jpg"],
  ])("reads the opt-out of %s", (path, sourcePath) => {
    expect(parse(path)).toEqual({ sourcePath, optedOut: true });
  });

  it.each([
    "/a.jpg",
    "/a.jpg?imaging=on",
    "/a.jpg?imaging=",
    "/a.jpg?imaging=offline",
    "/a.jpg?ximaging=off",
    "/a.jpg?Imaging=off",
    "/imaging=off",
    "/a.jpg?url=x?imaging=off",
    "/a.jpg?%69maging=off",
    "/a.jpg?x=%26imaging=off",
  ])("does not take %s for an opt-out and leaves it as it is", (path) => {
    expect(parse(path)).toEqual({ sourcePath: path, optedOut: false });
  });

  it("keeps every other byte of path and query, in its order", () => {
    const parameter = string({
      unit: constantFrom(...Array.from("ab=+%2F$;,:@!*()'~._-?/[]|\\^`{}é\" ")),
      maxLength: 12,
    }).filter((text) => text !== "imaging=off");
    const query = array(tuple(parameter, boolean()), { minLength: 1, maxLength: 6 });
    assert(
      property(query, (entries) => {
        const others = entries.map(([text]) => text);
        const withModifiers = entries.flatMap(([text, before]) => (before ? ["imaging=off", text] : [text]));
        const url = new URL(`https://images.test/p?${withModifiers.join("&")}`);
        const expected = new URL(`https://images.test/p?${others.join("&")}`);
        const { sourcePath, optedOut } = parsePlain(url.pathname, url.search);
        expect(optedOut).toBe(entries.some(([, before]) => before));
        // An empty query loses its question mark in the platform's URL already.
        expect(sourcePath === "/p?" ? "/p" : sourcePath).toBe(expected.pathname + expected.search);
      }),
    );
  });
});
