/** Every request header field that the sources read is in the table with which the cache is attacked. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { networkFields } from "../../../src/edge/negotiate/network.ts";
import { pixelRatioFields } from "../../../src/edge/negotiate/pixel-ratio.ts";
import { destinationField } from "../../../src/edge/negotiate/candidate.ts";
import { entryHeader } from "../../../src/edge/store/entry.ts";
import { answerFields, readFields } from "../../support/request-fields.ts";

const folder = fileURLToPath(new URL("../../../src/", import.meta.url));
const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => (path.startsWith("edge/") || !path.includes("/")) && path.endsWith(".ts"))
  .filter((path) => !path.endsWith(".generated.ts"))
  .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));

const validators = ["etag", "last-modified"];
const conditions = ["if-none-match", "if-modified-since", "range", "if-range"];
const ofObjects = [
  "accept-ranges",
  "age",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
];
const ofBodies = ["content-length", "content-range", "content-type", "date", "etag", "expires", "last-modified"];

/** What a field that is not named on the spot may be called. */
const named: Readonly<Record<string, readonly string[]>> = {
  "edge/inspector/explain-client.ts: field": ["accept", "user-agent", ...networkFields, ...pixelRatioFields],
  "edge/negotiate/image-request.ts: destinationField": [destinationField],
  "edge/negotiate/image-request.ts: pixelRatioFields[0]": [pixelRatioFields[0]],
  "edge/negotiate/image-request.ts: pixelRatioFields[1]": [pixelRatioFields[1]],
  "edge/origin/demo-origin.ts: name": validators,
  "edge/origin/pass-on.ts: name": ["cookie", "referer", "user-agent"],
  "edge/http/freshness.ts: name": ["cloudflare-cdn-cache-control", "cdn-cache-control"],
  // Of a request first, then of its answer.
  "edge/origin/s3-origin.ts: field": [...conditions, ...ofObjects, ...ofBodies],
  "edge/store/answer-cache.ts: entryHeader": [entryHeader],
  "edge/store/edge-cache.ts: entryHeader": [entryHeader],
  "edge/store/look-up.ts: entryHeader": [entryHeader],
};

/** What is read by `get()` or `has()` of header fields, as it is written there. */
function readsIn({ path, text }: (typeof texts)[number]): readonly string[] {
  const reads = [...text.matchAll(/\bheaders\s*\??\.\s*(?:get|has)\(\s*([^()]+?)\s*\)/gi)].map(
    (match) => match[1] ?? "",
  );
  const cookies = text.includes(".getSetCookie()") ? ['"set-cookie"'] : [];
  return [...reads, ...cookies].map((read) => (read.startsWith('"') ? read : `${path}: ${read}`));
}

const fieldsOf = (read: string): readonly string[] | undefined =>
  read.startsWith('"') ? [read.slice(1, -1)] : named[read];

describe("the request fields that are read", () => {
  const reads = texts.flatMap(readsIn);

  it("are all known by name", () => {
    expect(reads.length).toBeGreaterThan(40);
    expect(reads.filter((read) => fieldsOf(read) === undefined)).toEqual([]);
    expect(Object.keys(named).filter((read) => !reads.includes(read))).toEqual([]);
  });

  it("are all in the table of hostile values", () => {
    const fields = new Set(reads.flatMap((read) => fieldsOf(read) ?? []).map((field) => field.toLowerCase()));
    const known = [...Object.keys(readFields), ...Object.keys(answerFields)];
    expect([...fields].filter((field) => !known.includes(field))).toEqual([]);
    // None is attacked for nothing.
    expect(Object.keys(readFields).filter((field) => !fields.has(field))).toEqual([]);
  });

  it("are those of the client's own request only where that is passed on", () => {
    const copies = texts.filter(({ text }) =>
      /new Request\([^)]*,\s*request\b|new Headers\(\s*(?:request|copy)\.headers/.test(text),
    );
    expect(copies.map(({ path }) => path).toSorted()).toEqual([
      "edge/inspector/refresh.ts",
      "edge/origin/origin-request.ts",
    ]);
    // What enumerates a request's fields would read them all.
    const enumerated = texts.filter(({ text }) =>
      /(?:\.\.\.|fromEntries\(|\bof )request\.headers|request\.headers\.(?:entries|forEach|keys|values)/.test(text),
    );
    expect(enumerated.map(({ path }) => path)).toEqual([]);
  });
});
