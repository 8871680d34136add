import { describe, expect, it } from "vitest";
import { parseCacheControl } from "../../../../src/edge/http/cache-control.ts";
import {
  type AnswerFacts,
  buildAnswerHeaders,
  markForwarded,
  shortenLife,
} from "../../../../src/edge/respond/headers.ts";
import type { Explanation } from "../../../../src/edge/respond/edge-imaging.ts";
import { readDictionary } from "../../../support/answer.ts";

const explanation: Explanation & { format: "webp" } = {
  format: "webp",
  source: "jpeg",
  reason: "transcoded",
  classToken: "webp",
  from: 1000,
  to: 500,
  pending: [],
};

const variant: AnswerFacts = {
  pathname: "/photo.jpg",
  originHeaders: [],
  explanation,
  changed: true,
  etag: '"0123456789abcdef0123456789abcdef"',
  length: 500,
  lifetimeSeconds: 86_400,
  transient: false,
  varyBy: [],
};

/** The origin's own bytes. */
const original: AnswerFacts = {
  ...variant,
  explanation: { ...explanation, format: "jpeg", reason: "not-smaller", to: 1000 },
  changed: false,
  length: 1000,
};

function build(facts: AnswerFacts, originHeaders: Readonly<Record<string, string>> = {}): Headers {
  return buildAnswerHeaders({ ...facts, originHeaders: Object.entries(originHeaders) });
}

/** Seconds that a field promises to a client, and to a shared cache; undefined when it does not say. */
function promised(headers: Headers): { client: number | undefined; shared: number | undefined } {
  const directives = parseCacheControl(headers.get("cache-control") ?? "");
  const number = (name: string): number | undefined =>
    directives.has(name) ? Number(directives.get(name)) : undefined;
  return { client: number("max-age"), shared: number("s-maxage") ?? number("max-age") };
}

describe("buildAnswerHeaders()", () => {
  it("describes the bytes that are sent", () => {
    const headers = build(variant, {
      "content-type": "image/jpeg",
      "content-length": "1000",
      etag: '"origin"',
      "accept-ranges": "none",
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "image/webp",
      "content-length": "500",
      etag: variant.etag,
      "accept-ranges": "bytes",
      "x-content-type-options": "nosniff",
      vary: "Accept",
    });
    expect(readDictionary(headers.get("edge-imaging") ?? "")).toMatchObject({ format: "webp" });
  });

  it("names a variant as its client knows it", () => {
    const jxr = { ...variant, explanation: { ...explanation, format: "jxr" } } as const;
    expect(build({ ...jxr, mediaType: "image/vnd.ms-photo" }).get("content-type")).toBe("image/vnd.ms-photo");
    expect(build({ ...jxr, mediaType: "image/jxr" }, { "content-type": "image/jpeg" }).get("content-type")).toBe(
      "image/jxr",
    );
    expect(build(jxr).get("content-type")).toBe("image/jxr");
    expect(build({ ...jxr, mediaType: "image/vnd.ms-photo" }).get("content-disposition")).toContain("photo.jxr");
  });

  it("asks for the hints that it varies by, and never for the User-Agent", () => {
    const headers = build({ ...variant, varyBy: ["User-Agent", "Save-Data", "ECT"] });
    expect(headers.get("vary")).toBe("Accept, User-Agent, Save-Data, ECT");
    expect(headers.get("accept-ch")).toBe("Save-Data, ECT");
    const alone = build({ ...variant, varyBy: ["User-Agent"] });
    expect(alone.get("vary")).toBe("Accept, User-Agent");
    expect(alone.has("accept-ch")).toBe(false);
  });

  it("names the type of the bytes, whatever the origin says, and keeps its parameters when it was right", () => {
    expect(build(original, { "content-type": "text/html" }).get("content-type")).toBe("image/jpeg");
    expect(build(original, { "content-type": "image/jpg" }).get("content-type")).toBe("image/jpeg");
    expect(build(original).get("content-type")).toBe("image/jpeg");
    const svg = { ...original, explanation: { ...explanation, format: "svg" } } as const;
    expect(build(svg, { "content-type": "image/svg+xml; charset=utf-8" }).get("content-type")).toBe(
      "image/svg+xml; charset=utf-8",
    );
    expect(build(svg, { "content-type": "text/html; charset=utf-8" }).get("content-type")).toBe("image/svg+xml");
  });

  it("keeps what the origin says about the picture", () => {
    const kept = {
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "x-own",
      "timing-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      link: '<https://images.test/licence>; rel="license"',
      "x-own": "kept",
      "last-modified": "Sat, 29 Oct 1994 19:43:31 GMT",
      expires: "Sat, 29 Oct 2033 19:43:31 GMT",
      "cache-control": "max-age=600, stale-while-revalidate=30",
    };
    expect(Object.fromEntries(build(variant, kept))).toMatchObject(kept);
  });

  const statements = {
    "content-md5": "Q2hlY2sgSW50ZWdyaXR5IQ==",
    digest: "sha-256=x",
    "content-digest": "sha-256=:x:",
    "repr-digest": "sha-256=:x:",
    signature: "sig1=:x:",
    "signature-input": "sig1=()",
    "x-amz-checksum-sha256": "x",
    "x-goog-hash": "crc32c=x",
  };

  it("drops what is true of the origin's bytes only, when others are sent", () => {
    const headers = build(variant, { ...statements, "content-encoding": "gzip", etag: '"origin"' });
    for (const name of [...Object.keys(statements), "content-encoding"]) expect(headers.has(name), name).toBe(false);
    expect(Object.fromEntries(build(original, statements))).toMatchObject(statements);
  });

  it("drops it too when the origin's bytes are sent without their content coding (RFC 9530 §2)", () => {
    // A digest is one of the coded bytes; the platform has decoded them.
    const headers = build(original, { ...statements, "content-encoding": "gzip" });
    expect(headers.has("content-encoding")).toBe(false);
    for (const name of ["content-md5", "content-digest", "repr-digest"]) expect(headers.has(name), name).toBe(false);
  });

  it.each([
    "set-cookie",
    "cache-tag",
    "cf-cache-status",
    "cf-ray",
    "age",
    "date",
    "connection",
    "transfer-encoding",
    "alt-svc",
    "server",
    "cache-status",
    "content-range",
  ])("never hands on %s", (name) => {
    for (const facts of [variant, original]) expect(build(facts, { [name]: "x" }).has(name)).toBe(false);
  });

  it.each([
    ["", "Accept"],
    ["Accept-Encoding, User-Agent", "Accept"],
    ["Accept", "Accept"],
    ["origin", "Accept, Origin"],
    ["Accept-Encoding, ORIGIN", "Accept, Origin"],
    ["x-origin", "Accept"],
  ])("answers an origin's Vary of %j with %s", (vary, expected) => {
    expect(build(variant, { vary }).get("vary")).toBe(expected);
  });

  it("names Origin where one is allowed that is not everybody, whether or not the origin does", () => {
    const varyFor = (fields: Readonly<Record<string, string>>) => build(variant, fields).get("vary");
    expect(varyFor({ "access-control-allow-origin": "https://a.test" })).toBe("Accept, Origin");
    expect(varyFor({ "access-control-allow-origin": "https://a.test", vary: "Origin" })).toBe("Accept, Origin");
    expect(varyFor({ "access-control-allow-origin": "*" })).toBe("Accept");
  });

  it("states the default lifetime only where the origin has stated none", () => {
    expect(build(variant).get("cache-control")).toBe("public, max-age=86400");
    expect(build(variant, { "cache-control": "max-age=7200, s-maxage=9000" }).get("cache-control")).toBe(
      "max-age=7200, s-maxage=9000",
    );
  });

  it("gives a saved file the right extension", () => {
    expect(build(variant).get("content-disposition")).toContain('filename="photo.webp"');
    expect(build(original).has("content-disposition")).toBe(false);
    expect(build(original, { "content-disposition": 'attachment; filename="a.jpg"' }).get("content-disposition")).toBe(
      'attachment; filename="a.jpg"',
    );
  });

  it("lets an answer that may soon change live for a minute, in every cache", () => {
    const headers = build(
      { ...variant, transient: true },
      {
        "cache-control": "public, max-age=86400, s-maxage=900000, immutable, stale-while-revalidate=600",
        expires: "Sat, 29 Oct 2033 19:43:31 GMT",
        "cdn-cache-control": "max-age=86400",
        "cloudflare-cdn-cache-control": "max-age=86400",
        "surrogate-control": "max-age=86400",
      },
    );
    expect(promised(headers)).toEqual({ client: 60, shared: 60 });
    expect(headers.get("cache-control")).not.toMatch(/immutable|stale-while-revalidate/);
    for (const name of ["expires", "cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"]) {
      expect(headers.has(name), name).toBe(false);
    }
  });
});

describe("shortenLife()", () => {
  function shorten(fields: Readonly<Record<string, string>>): Headers {
    const headers = new Headers(fields);
    shortenLife(headers);
    return headers;
  }

  it("only ever shortens", () => {
    expect(promised(shorten({ "cache-control": "max-age=5" })).client).toBe(5);
    expect(promised(shorten({ "cache-control": "max-age=0" })).client).toBe(0);
    expect(promised(shorten({ "cache-control": "max-age=61" })).client).toBe(60);
    expect(promised(shorten({})).client).toBe(60);
  });

  it.each([
    ["a shared lifetime that is shorter", { "cache-control": "s-maxage=10" }, 10],
    ["a shared lifetime that is shorter than the clients'", { "cache-control": "max-age=600, s-maxage=0" }, 0],
    ["an Expires of 0, which means never", { expires: "0" }, 0],
    ["an Expires in the past", { expires: "Sat, 29 Oct 1994 19:43:31 GMT", date: "Sun, 22 Nov 2026 12:00:00 GMT" }, 0],
  ])("does not lengthen %s", (_, fields, seconds) => {
    const headers = shorten(fields);
    const { shared } = promised(headers);
    const isForbidden = /no-store|no-cache|private/.test(headers.get("cache-control") ?? "");
    expect(isForbidden || (shared ?? Infinity) <= seconds, headers.get("cache-control") ?? "").toBe(true);
  });

  it.each(["no-store", "no-cache", "private"])("leaves %s in force", (name) => {
    const { headers } = { headers: shorten({ "cache-control": `${name}, max-age=600` }) };
    expect(parseCacheControl(headers.get("cache-control") ?? "").has(name)).toBe(true);
    expect(headers.get("cache-control")).not.toContain("public");
  });

  it("does not leave a private answer to a client's guess about its lifetime (RFC 9111 §4.2.2)", () => {
    const { client } = promised(
      shorten({ "cache-control": "private, max-age=600", "last-modified": "Sat, 29 Oct 1994 19:43:31 GMT" }),
    );
    expect(client).toBeLessThanOrEqual(600);
  });
});

describe("markForwarded()", () => {
  const passed: Explanation = {
    ...explanation,
    format: undefined,
    source: undefined,
    reason: "not-cacheable",
    from: undefined,
    to: undefined,
  };

  function mark(fields: Readonly<Record<string, string>>, mayChange = false): Headers {
    const headers = new Headers(fields);
    markForwarded(headers, passed, "edge-imaging; fwd=bypass", mayChange);
    return headers;
  }

  it.each([
    [{}, "Accept"],
    [{ vary: "Origin" }, "Accept, Origin"],
    [{ vary: "accept, Cookie" }, "Accept, Cookie"],
    // A cache in front must not give the answer that allows one Origin to another.
    [{ "access-control-allow-origin": "https://a.test" }, "Accept, Origin"],
    [{ "access-control-allow-origin": "https://a.test", vary: "origin" }, "Accept, origin"],
    [{ "access-control-allow-origin": "https://a.test", vary: "*" }, "Accept, *"],
    [{ "access-control-allow-origin": "*" }, "Accept"],
    [{ vary: "Accept-Encoding,, ACCEPT ," }, "Accept, Accept-Encoding"],
  ])("adds Accept to the Vary of %j once: %s", (fields, expected) => {
    expect(mark(fields).get("vary")).toBe(expected);
  });

  it("explains the answer and leaves the origin's own validators and directives", () => {
    const own = {
      etag: '"own"',
      "cache-control": "private, max-age=600",
      "content-type": "image/jpeg",
      "content-md5": "x",
      "content-length": "5",
    };
    const headers = mark(own);
    expect(Object.fromEntries(headers)).toMatchObject({
      ...own,
      "cache-status": "edge-imaging; fwd=bypass",
      "x-content-type-options": "nosniff",
    });
    expect(readDictionary(headers.get("edge-imaging") ?? "")).toMatchObject({ reason: "not-cacheable" });
  });

  it("does not change how a page is read", () => {
    expect(mark({ "content-type": "text/html" }).has("x-content-type-options")).toBe(false);
  });

  it("strips the tag that only caches are meant to see", () => {
    expect(mark({ "cache-tag": "image:x" }).has("cache-tag")).toBe(false);
  });

  it("lets an answer live for a minute where ours may change, and as the origin says elsewhere", () => {
    const fields = {
      "content-type": "image/jpeg",
      "cache-control": "max-age=86400",
      expires: "Sat, 29 Oct 2033 19:43:31 GMT",
    };
    expect(promised(mark(fields, true))).toEqual({ client: 60, shared: 60 });
    expect(mark(fields, true).has("expires")).toBe(false);
    expect(Object.fromEntries(mark(fields))).toMatchObject(fields);
  });

  it("opens nothing to shared caches that was not open before", () => {
    // RFC 9111 §3.5: `public` would let the answer to a request with Authorization be stored and shared.
    for (const fields of [{}, { "cache-control": "max-age=600" }, { "cache-control": "private, max-age=600" }]) {
      const headers = mark({ "content-type": "image/jpeg", ...fields }, true);
      expect(headers.get("cache-control") ?? "").not.toMatch(/public|s-maxage|must-revalidate/);
    }
  });
});
