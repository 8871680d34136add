import { describe, expect, it } from "vitest";
import type { OriginReply, SourceRecord, VariantStates } from "../../../../src/edge/plan/known-source.ts";
import {
  hasMissedPurge,
  isUnfinished,
  mergeResults,
  mergeSources,
  unmadeVariants,
} from "../../../../src/edge/store/manifest.ts";
import type { StoredSource } from "../../../../src/edge/store/variant-store.ts";

const now = 1_000_000;

const reply = (confirmedAt: number): OriginReply => ({
  originEtag: null,
  lastModified: null,
  headers: [],
  freshness: {
    lifetimeSeconds: 86_400,
    remainingSeconds: 86_400,
    clientSeconds: 86_400,
    ageSeconds: 0,
    storable: true,
    noTransform: false,
    mayServeStale: true,
    staleWhileRevalidateSeconds: undefined,
  },
  confirmedAt,
});

const record = (etag: string, variants: VariantStates, more: Partial<SourceRecord> = {}): SourceRecord => ({
  generation: "first",
  file: { bytes: 1000, etag, facts: {} as SourceRecord["file"]["facts"] },
  verdict: null,
  variants,
  replies: { "*": reply(now) },
  answers: [],
  ...more,
});

const stored = (kept: SourceRecord | undefined, wasPurged = false, generation = kept?.generation): StoredSource => ({
  record: kept,
  generation,
  wasPurged,
});

const made = { state: "made", bytes: 500, etag: '"m"' } as const;
const pending = { state: "pending", until: now + 60_000, attempts: 0 } as const;
const failed = { state: "failed", attempts: 1, retryAt: now + 10_000 } as const;
const refused = { state: "refused" } as const;

describe("mergeSources()", () => {
  it("takes in what is made elsewhere, and keeps the classes of this data centre", () => {
    const near = stored(record('"a"', { avif: pending, webp: made }, { answers: ["webp"] }));
    const shared = stored(record('"a"', { avif: made, webp: pending }));
    expect(mergeSources(near, shared).record).toMatchObject({
      variants: { avif: made, webp: made },
      answers: ["webp"],
    });
  });

  it("voids what is here by a purge that is remembered there", () => {
    const near = stored(record('"a"', { avif: made }));
    expect(mergeSources(near, stored(undefined, true, "second"))).toEqual({
      record: undefined,
      generation: "second",
      wasPurged: true,
    });
  });

  it("does not take in a manifest of an older generation", () => {
    const shared: StoredSource = { record: record('"a"', { avif: made }), generation: "second", wasPurged: true };
    expect(mergeSources(stored(undefined), shared).record).toBeUndefined();
  });

  it("prefers the version of the picture that was confirmed later", () => {
    const older = record('"a"', { avif: made }, { answers: ["avif"] });
    const newer = record('"b"', { avif: pending }, { replies: { "*": reply(now + 1) } });
    expect(mergeSources(stored(older), stored(newer)).record).toMatchObject({
      file: { etag: '"b"' },
      answers: ["avif"],
    });
    expect(mergeSources(stored(newer), stored(older)).record?.file.etag).toBe('"b"');
  });

  it("knows what only this data centre knows", () => {
    const near = stored(record('"a"', {}));
    expect(mergeSources(near, stored(undefined))).toEqual({ ...near, wasPurged: false });
  });
});

describe("hasMissedPurge()", () => {
  const near = { record: undefined, generation: "third", wasPurged: true, missed: ["second", "first"] };
  const of = (generation: string) => record('"b"', { avif: made }, { generation });

  it("is about what a data centre has purged while the shared store failed, and not about later purges", () => {
    expect(hasMissedPurge(near, stored(of("first")))).toBe(true);
    expect(hasMissedPurge(near, stored(of("third"), true))).toBe(false);
    expect(hasMissedPurge(near, stored(of("fourth"), true))).toBe(false);
    expect(hasMissedPurge(near, stored(undefined))).toBe(false);
  });

  it("holds for what bears no mark of any purge: it may be older than this one", () => {
    expect(hasMissedPurge(near, stored(of("fourth")))).toBe(true);
    expect(hasMissedPurge({ ...near, missed: [], wasPurged: false }, stored(of("fourth")))).toBe(false);
  });
});

describe("mergeResults()", () => {
  it.each([
    ["a result against a failure", { avif: made }, { avif: failed }, made],
    ["a failure against a mark", { avif: pending }, { avif: failed }, failed],
    ["a refusal against a mark", { avif: refused }, { avif: pending }, refused],
    ["the newer of two results", { avif: made }, { avif: { ...made, etag: '"n"' } }, { ...made, etag: '"n"' }],
    ["whatever there is against nothing", { avif: pending }, {}, pending],
  ] as const)("keeps %s", (_, first, second, kept) => {
    expect(mergeResults(first, second).avif).toEqual(kept);
  });
});

describe("unmadeVariants()", () => {
  const wanted = (["avif", "webp", "jxl", "jp2", "jxr"] as const).map((id) => ({ id }));
  it("leaves out what is made or impossible, and what has failed a short while ago", () => {
    const states = { avif: made, webp: refused, jxl: failed, jp2: pending };
    expect(unmadeVariants(wanted, states, now).map(({ id }) => id)).toEqual(["jp2", "jxr"]);
    expect(unmadeVariants(wanted, states, failed.retryAt).map(({ id }) => id)).toEqual(["jxl", "jp2", "jxr"]);
  });
});

describe("isUnfinished()", () => {
  it("is about marks, not about failures", () => {
    expect(isUnfinished(record('"a"', { avif: pending, webp: made }))).toBe(true);
    expect(isUnfinished(record('"a"', { avif: failed, webp: refused }))).toBe(false);
  });
});
