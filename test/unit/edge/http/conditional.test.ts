import { assert, array, boolean, constantFrom, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Conditions,
  fieldsOfUnsentBody,
  isNotModified,
  mayAnswerRange,
  readConditions,
} from "../../../../src/edge/http/conditional.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

const nothing: Conditions = { ifNoneMatch: null, ifModifiedSince: null, range: null, ifRange: null };
const modified = "Sat, 29 Oct 1994 19:43:31 GMT";
const validators = { etag: '"xyzzy"', lastModified: modified };

function notModified(
  conditions: Partial<Conditions>,
  etag: string | null = validators.etag,
  lastModified: string | null = modified,
): boolean {
  return isNotModified({ ...nothing, ...conditions }, { etag, lastModified });
}

describe("isNotModified()", () => {
  it.each([
    // The values of RFC 9110 §13.1.2 and §8.8.3.2.
    ['"xyzzy"', true],
    ['W/"xyzzy"', true],
    ['"xyzzy", "r2d2xxxx", "c3piozzzz"', true],
    ['W/"r2d2xxxx", W/"xyzzy"', true],
    ['"r2d2xxxx","xyzzy"', true],
    ["*", true],
    [" * ", true],
    ['"r2d2xxxx"', false],
    ['"XYZZY"', false],
    ['"xyzzy-gzip"', false],
    ['"a,"', false],
    ["xyzzy", false],
    ["", false],
    ['w/"other"', false],
  ])("compares If-None-Match %s weakly: %s", (ifNoneMatch, expected) => {
    expect(notModified({ ifNoneMatch })).toBe(expected);
    expect(notModified({ ifNoneMatch }, 'W/"xyzzy"')).toBe(expected);
  });

  it("does not take a part of a list for an entity tag", () => {
    expect(notModified({ ifNoneMatch: '"a", "b"' }, '", "')).toBe(false);
    expect(notModified({ ifNoneMatch: '"a,b"' }, '"a,b"')).toBe(true);
  });

  it("knows no answer without an entity tag, except for any", () => {
    expect(notModified({ ifNoneMatch: '"xyzzy"' }, null)).toBe(false);
    expect(notModified({ ifNoneMatch: "*" }, null)).toBe(true);
  });

  it("takes the date of a stored answer without Last-Modified (RFC 9111 §4.3.2)", () => {
    const bornAt = Date.parse(modified) + 900;
    const isUnmodified = (ifModifiedSince: string, lastModified: string | null): boolean =>
      isNotModified({ ...nothing, ifModifiedSince }, { etag: null, lastModified, bornAt });
    expect(isUnmodified(modified, null)).toBe(true);
    expect(isUnmodified("Sat, 29 Oct 1994 19:43:30 GMT", null)).toBe(false);
    expect(isUnmodified(modified, "Sat, 29 Oct 1994 19:43:32 GMT")).toBe(false);
    expect(notModified({ ifModifiedSince: modified }, null, null)).toBe(false);
  });

  it("reads If-Modified-Since only without If-None-Match (RFC 9110 §13.1.3)", () => {
    expect(notModified({ ifNoneMatch: '"other"', ifModifiedSince: modified })).toBe(false);
    expect(notModified({ ifModifiedSince: modified })).toBe(true);
  });

  it.each([
    ["a second earlier", "Sat, 29 Oct 1994 19:43:30 GMT", false],
    ["the same second", modified, true],
    ["later", "Sun, 30 Oct 1994 00:00:00 GMT", true],
    ["the obsolete format of RFC 850", "Saturday, 29-Oct-94 19:43:31 GMT", true],
    // §13.1.3: "a recipient MUST ignore the field if the received field value is not a valid HTTP-date".
    ["nothing", "", false],
    ["a word", "yesterday", false],
    ["a number", "3000", false],
    ["an ISO 8601 date", "2030-01-01T00:00:00Z", false],
    ["two dates", `${modified}, ${modified}`, false],
  ])("compares If-Modified-Since of %s", (_, ifModifiedSince, expected) => {
    expect(notModified({ ifModifiedSince })).toBe(expected);
  });

  it("ignores If-Modified-Since where the answer has no date, or none that can be read", () => {
    expect(notModified({ ifModifiedSince: modified }, '"x"', null)).toBe(false);
    expect(notModified({ ifModifiedSince: modified }, '"x"', "long ago")).toBe(false);
  });

  it("finds its tag in any well-formed list, and in no other", () => {
    // etagc of RFC 9110 §8.8.3, without the characters of obs-text.
    const opaque = string({ unit: constantFrom(...Array.from("!#,;*W/az09~")), maxLength: 5 });
    const list = array(tuple(opaque, boolean()), { minLength: 1, maxLength: 5 });
    assert(
      property(list, opaque, constantFrom(",", ", ", " ,\t"), (tags, own, comma) => {
        const ifNoneMatch = tags.map(([tag, isWeak]) => `${isWeak ? "W/" : ""}"${tag}"`).join(comma);
        expect(notModified({ ifNoneMatch }, `"${own}"`)).toBe(tags.some(([tag]) => tag === own));
      }),
    );
  });

  it("reads any header without an error and in linear time", async () => {
    assert(
      property(string({ maxLength: 200 }), (text) => {
        expect(() => notModified({ ifNoneMatch: text })).not.toThrow();
        expect(() => notModified({ ifModifiedSince: text })).not.toThrow();
      }),
    );
    for (const unit of ['"', 'W/"', '"a', "W/"]) {
      await expectLinear((size) => notModified({ ifNoneMatch: unit.repeat(size) }), 10_000);
    }
  });
});

describe("mayAnswerRange()", () => {
  it.each<[string, Partial<Conditions>, boolean]>([
    ["there is none", {}, false],
    ["nothing forbids it", { range: "bytes=0-1" }, true],
    ["If-Range names this version", { range: "bytes=0-1", ifRange: '"xyzzy"' }, true],
    ["If-Range names another version", { range: "bytes=0-1", ifRange: '"other"' }, false],
    // RFC 9110 §13.1.5: only a strong match.
    ["If-Range is weak", { range: "bytes=0-1", ifRange: 'W/"xyzzy"' }, false],
    ["If-Range is a date, which two variants may share", { range: "bytes=0-1", ifRange: modified }, false],
    ["If-Range comes alone", { ifRange: '"xyzzy"' }, false],
  ])("decides on a range when %s: %s", (_, conditions, expected) => {
    expect(mayAnswerRange({ ...nothing, ...conditions }, validators)).toBe(expected);
  });

  it("never matches a weak validator, or none", () => {
    expect(
      mayAnswerRange({ ...nothing, range: "bytes=0-1", ifRange: 'W/"a"' }, { etag: 'W/"a"', lastModified: null }),
    ).toBe(false);
    expect(mayAnswerRange({ ...nothing, range: "bytes=0-1", ifRange: "" }, { etag: null, lastModified: null })).toBe(
      false,
    );
  });
});

describe("readConditions()", () => {
  it("takes the values as they came", () => {
    const headers = new Headers({
      "If-None-Match": '"a"',
      "If-Modified-Since": modified,
      Range: "bytes=0-1",
      "If-Range": '"b"',
    });
    expect(readConditions(headers)).toEqual({
      ifNoneMatch: '"a"',
      ifModifiedSince: modified,
      range: "bytes=0-1",
      ifRange: '"b"',
    });
    expect(readConditions(new Headers())).toEqual(nothing);
  });
});

describe("fieldsOfUnsentBody()", () => {
  it("repeats what a 304 must repeat (RFC 9110 §15.4.5) and what explains it", () => {
    const names = [
      "cache-control",
      "content-location",
      "etag",
      "expires",
      "vary",
      "last-modified",
      "age",
      "edge-imaging",
      "cache-status",
      "access-control-allow-origin",
    ];
    const sent = fieldsOfUnsentBody(new Headers(names.map((name): [string, string] => [name, `value of ${name}`])));
    expect(new Set([...sent].map(([name]) => name))).toEqual(new Set(names));
  });

  it("says nothing about a body that is not sent", () => {
    const sent = fieldsOfUnsentBody(
      new Headers({
        "content-length": "5",
        "content-type": "image/webp",
        "content-encoding": "gzip",
        "set-cookie": "a=b",
        "edge-imaging-entry": "1",
      }),
    );
    expect([...sent]).toEqual([]);
  });
});
