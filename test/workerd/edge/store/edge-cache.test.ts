import { describe, expect, it } from "vitest";
import { bytesUrl, purgeUrl, recordUrl, type SourceKey } from "../../../../src/edge/key.ts";
import { strongEtag } from "../../../../src/edge/http/etag.ts";
import { bytesRetentionSeconds } from "../../../../src/edge/limits.ts";
import type { SourceRecord } from "../../../../src/edge/plan/known-source.ts";
import { createEdgeStore } from "../../../../src/edge/store/edge-cache.ts";

const now = Date.UTC(2026, 10, 22);

let pictures = 0;

/** A picture that no other test has stored anything of. */
function newKey(): SourceKey {
  return { site: "https://stores.test", sourcePath: `/${++pictures}.jpg?w=1`, directives: "", fingerprint: "1-x" };
}

const record: SourceRecord = {
  generation: "first",
  file: {
    bytes: 1000,
    etag: '"source"',
    facts: {
      format: "jpeg",
      width: 10,
      height: 10,
      bitDepth: 8,
      components: 3,
      colour: "rgb",
      alpha: false,
      animated: false,
      profile: "none",
      hdr: false,
      provenance: false,
      orientation: 1,
      jpeg: { quality: 80, subsampling: "4:2:0", progressive: false, decodable: true, recompress: undefined },
    },
  },
  verdict: null,
  variants: { webp: { state: "made", bytes: 500, etag: '"variant"' } },
  replies: {
    "*": {
      originEtag: 'W/"theirs"',
      lastModified: null,
      headers: [
        ["content-type", "image/jpeg"],
        ["x-own", "ä"],
      ],
      freshness: {
        storable: true,
        lifetimeSeconds: 3600,
        ageSeconds: 600,
        remainingSeconds: 3000,
        clientSeconds: 3600,
        staleWhileRevalidateSeconds: undefined,
        mayServeStale: true,
        noTransform: false,
      },
      confirmedAt: now,
    },
  },
  answers: ["webp"],
};

const store = createEdgeStore(caches.default, () => now);
const bytes = new Uint8Array([0, 255, 1, 254]);
const short = new Uint8Array([9]);
const [tag, otherTag] = [await strongEtag(bytes), await strongEtag(short)];

async function headerOf(url: string, name: string): Promise<string | null | undefined> {
  const stored = await caches.default.match(url);
  await stored?.body?.cancel();
  return stored?.headers.get(name);
}

describe("createEdgeStore()", () => {
  it("gives back what is known of a source, and nothing of another", async () => {
    const key = newKey();
    const nothing = { record: undefined, generation: undefined, wasPurged: false };
    expect(await store.readRecord(key)).toEqual(nothing);
    expect(await store.writeRecord(key, record, 60)).toBe(true);
    expect(await store.readRecord(key)).toEqual({ record, generation: "first", wasPurged: false });
    expect(await store.readRecord({ ...key, fingerprint: "1-y" })).toEqual(nothing);
    expect(await store.readRecord({ ...key, sourcePath: `${key.sourcePath}&v=2` })).toEqual(nothing);
    expect(await headerOf(recordUrl(key), "cache-control")).toBe("max-age=60");
  });

  it("gives bytes only with the entity tag that they were stored under", async () => {
    const key = newKey();
    await store.writeBytes(key, "webp", bytes, tag);
    expect(await store.readBytes(key, "webp", tag)).toEqual(bytes);
    expect(await store.readBytes(key, "webp", otherTag)).toBeUndefined();
    expect(await store.readBytes(key, "avif", tag)).toBeUndefined();
    expect(await store.readBytes(key, "original", tag)).toBeUndefined();
    await store.writeBytes(key, "webp", short, otherTag);
    expect(await store.readBytes(key, "webp", tag)).toBeUndefined();
    expect(await store.readBytes(key, "webp", otherTag)).toEqual(short);
  });

  it("lets bytes outlive what is known of them, so that a renewal finds them", async () => {
    const key = newKey();
    await store.writeBytes(key, "original", bytes, tag);
    expect(await headerOf(bytesUrl(key, "original"), "cache-control")).toBe(`max-age=${bytesRetentionSeconds}`);
  });

  it("tags every entry of an image alike for a zone purge, which leaves the mark of a purge alone", async () => {
    const key = newKey();
    await store.writeBytes(key, "webp", bytes, tag);
    await store.writeRecord(key, record, 60);
    for (const url of [recordUrl(key), bytesUrl(key, "webp")]) {
      expect(await headerOf(url, "cache-tag")).toBe(`image:stores.test/${pictures}.jpg`);
    }
    await store.purge(key);
    expect(await headerOf(purgeUrl(key), "cache-tag")).toBeNull();
  });

  it("takes a failing cache for an empty one, and says that writes have failed", async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error("cache down"));
    const broken = createEdgeStore({ match: refuse, put: refuse, delete: refuse }, () => now);
    const key = newKey();
    expect((await broken.readRecord(key)).record).toBeUndefined();
    expect(await broken.readBytes(key, "webp", tag)).toBeUndefined();
    expect(await broken.writeRecord(key, record, 60)).toBe(false);
    expect(await broken.writeBytes(key, "webp", bytes, tag)).toBe(false);
    expect((await broken.purge(key)).failures).toBe(1);
  });

  it("takes an entry that it cannot read for none", async () => {
    const key = newKey();
    await caches.default.put(recordUrl(key), new Response("{cut", { headers: { "cache-control": "max-age=60" } }));
    expect((await store.readRecord(key)).record).toBeUndefined();
  });

  it("takes an entry whose body breaks off for none", async () => {
    const breaking = (): Response => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error("cache down")) });
      return new Response(body, { headers: { etag: tag } });
    };
    const broken = createEdgeStore(
      {
        match: async () => breaking(),
        put: async () => undefined,
        delete: async () => false,
      },
      () => now,
    );
    expect((await broken.readRecord(newKey())).record).toBeUndefined();
    expect(await broken.readBytes(newKey(), "webp", tag)).toBeUndefined();
  });
});

describe("createEdgeStore().purge()", () => {
  it("makes the record void and begins another generation, for this source alone", async () => {
    const [key, other] = [newKey(), newKey()];
    for (const each of [key, other]) await store.writeRecord(each, record, 60);
    expect(await store.purge(key)).toEqual({ record, failures: 0 });
    const { record: left, generation, wasPurged } = await store.readRecord(key);
    expect([left, wasPurged]).toEqual([undefined, true]);
    expect(generation).not.toBe("first");
    expect(await store.isCurrent(key, "first")).toBe(false);
    expect(await store.isCurrent(key, generation ?? "")).toBe(true);
    expect((await store.readRecord(other)).record).toEqual(record);
    expect(await store.isCurrent(other, "first")).toBe(true);
  });

  it("is not undone by a record that is written after it under an older generation", async () => {
    const key = newKey();
    await store.purge(key);
    const { generation: second } = await store.readRecord(key);
    await store.writeRecord(key, record, 60);
    expect((await store.readRecord(key)).record).toBeUndefined();
    const current = { ...record, generation: second ?? "" };
    await store.writeRecord(key, current, 60);
    expect((await store.readRecord(key)).record).toEqual(current);
    // The next purge ends that one, too.
    await store.purge(key);
    expect((await store.readRecord(key)).record).toBeUndefined();
    expect(await store.isCurrent(key, second ?? "")).toBe(false);
  });

  it("takes three operations, or two where nothing is known", async () => {
    let operations = 0;
    const counted = <Name extends "match" | "put" | "delete">(name: Name): Cache[Name] =>
      ((...input: Parameters<Cache[Name]>) => {
        operations++;
        return (caches.default[name] as (...all: typeof input) => unknown)(...input);
      }) as Cache[Name];
    const counting = createEdgeStore(
      { match: counted("match"), put: counted("put"), delete: counted("delete") },
      () => now,
    );
    const key = newKey();
    await counting.purge(key);
    expect(operations).toBe(2);
    const { generation } = await store.readRecord(key);
    await store.writeRecord(key, { ...record, generation: generation ?? "" }, 60);
    operations = 0;
    await counting.purge(key);
    expect(operations).toBe(3);
  });

  it("counts a mark that cannot be written, and a record that cannot be removed", async () => {
    const key = newKey();
    await store.writeRecord(key, record, 60);
    const refuse = (): Promise<never> => Promise.reject(new Error("cache down"));
    const cache: Cache = { match: (url) => caches.default.match(url), put: refuse, delete: refuse };
    expect((await createEdgeStore(cache, () => now).purge(key)).failures).toBe(2);
  });
});
