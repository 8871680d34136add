import { describe, expect, it } from "vitest";
import { answerUrl, bytesUrl, metaUrl, originsUrl, type SourceKey } from "../../../../src/edge/key.ts";
import type { Meta } from "../../../../src/edge/plan/known-source.ts";
import { createEdgeTier, mayStore } from "../../../../src/edge/store/edge-cache.ts";
import { bytesRetentionSeconds } from "../../../../src/edge/limits.ts";
import { listClasses } from "../../../../src/edge/negotiate/client-class.ts";

const now = Date.UTC(2026, 10, 22);

let pictures = 0;

/** A picture that no other test has stored anything of. */
function newKey(): SourceKey {
  return {
    site: "https://tiers.test",
    sourcePath: `/${++pictures}.jpg?w=1`,
    directives: "",
    corsOrigin: null,
    fingerprint: "1-x",
  };
}

const meta: Meta = {
  source: {
    bytes: 1000,
    etag: '"source"',
    originEtag: 'W/"theirs"',
    lastModified: null,
    headers: [
      ["content-type", "image/jpeg"],
      ["x-own", "ä"],
    ],
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
  freshness: {
    storable: true,
    lifetimeSeconds: 3600,
    ageSeconds: 600,
    remainingSeconds: 3000,
    isDefault: false,
    mayServeStale: true,
    noTransform: false,
  },
  confirmedAt: now,
  verdict: null,
  variants: { webp: { state: "made", bytes: 500, etag: '"variant"' } },
  purgedAt: null,
};

const tier = createEdgeTier(caches.default);
const bytes = new Uint8Array([0, 255, 1, 254]);

describe("createEdgeTier()", () => {
  it("gives back what is known of a source, and nothing of another", async () => {
    const key = newKey();
    expect(await tier.readMeta(key)).toBeUndefined();
    await tier.writeMeta(key, meta, 86_400, now);
    expect(await tier.readMeta(key)).toEqual(meta);
    expect(await tier.readMeta({ ...key, fingerprint: "1-y" })).toBeUndefined();
    expect(await tier.readMeta({ ...key, corsOrigin: "https://shop.test" })).toBeUndefined();
    expect(await tier.readMeta({ ...key, sourcePath: `${key.sourcePath}&v=2` })).toBeUndefined();
  });

  it("keeps what is known for as long as it is fresh, and then for the stale seconds", async () => {
    const lifetime = async (staleSeconds: number, at: number): Promise<string | null | undefined> => {
      const key = newKey();
      await tier.writeMeta(key, meta, staleSeconds, at);
      const stored = await caches.default.match(metaUrl(key));
      await stored?.body?.cancel();
      return stored?.headers.get("cache-control");
    };
    expect(await lifetime(86_400, now)).toBe(`max-age=${3000 + 86_400}`);
    expect(await lifetime(0, now + 1_000_000)).toBe("max-age=2000");
    // Neither fresh nor servable as stale: not stored at all.
    expect(await lifetime(0, now + 3_000_000)).toBeUndefined();
  });

  it("gives bytes only with the entity tag that they were stored under", async () => {
    const key = newKey();
    await tier.writeBytes(key, "webp", bytes, '"a"');
    expect(await tier.readBytes(key, "webp", '"a"')).toEqual(bytes);
    expect(await tier.readBytes(key, "webp", '"b"')).toBeUndefined();
    expect(await tier.readBytes(key, "avif", '"a"')).toBeUndefined();
    expect(await tier.readBytes(key, "original", '"a"')).toBeUndefined();
    await tier.writeBytes(key, "webp", new Uint8Array([9]), '"b"');
    expect(await tier.readBytes(key, "webp", '"a"')).toBeUndefined();
    expect(await tier.readBytes(key, "webp", '"b"')).toEqual(new Uint8Array([9]));
  });

  it("lets bytes outlive what is known of them, so that a renewal finds them", async () => {
    const key = newKey();
    await tier.writeBytes(key, "original", bytes, '"a"');
    const stored = await caches.default.match(bytesUrl(key, "original"));
    await stored?.body?.cancel();
    expect(stored?.headers.get("cache-control")).toBe(`max-age=${bytesRetentionSeconds}`);
  });

  it("tags every entry of an image alike, for a zone purge", async () => {
    const key = newKey();
    await tier.writeMeta(key, meta, 1, now);
    await tier.writeBytes(key, "webp", bytes, '"a"');
    const answer = new Response(bytes, { headers: { "cache-control": "max-age=60" } });
    expect(await tier.writeAnswer(key, "webp", answer)).toBe(true);
    for (const url of [metaUrl(key), bytesUrl(key, "webp"), answerUrl(key, "webp")]) {
      const stored = await caches.default.match(url);
      await stored?.body?.cancel();
      expect(stored?.headers.get("cache-tag")).toBe(`image:tiers.test/${pictures}.jpg`);
    }
  });

  it("says whether an answer could be stored", async () => {
    // The Cache API refuses a partial answer.
    const partial = new Response(bytes, { status: 206, headers: { "cache-control": "max-age=60" } });
    expect(await tier.writeAnswer(newKey(), "webp", partial)).toBe(false);
  });

  it("takes a failing cache for an empty one", async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error("cache down"));
    const broken = createEdgeTier({ match: refuse, put: refuse, delete: refuse });
    const key = newKey();
    expect(await broken.readMeta(key)).toBeUndefined();
    expect(await broken.readBytes(key, "webp", '"a"')).toBeUndefined();
    expect(await broken.writeAnswer(key, "webp", new Response(""))).toBe(false);
    await broken.writeMeta(key, meta, 1, now);
    await broken.writeBytes(key, "webp", bytes, '"a"');
    await broken.purge(key, now);
  });

  it("takes an entry that it cannot read for none", async () => {
    const key = newKey();
    await caches.default.put(metaUrl(key), new Response("{cut", { headers: { "cache-control": "max-age=60" } }));
    expect(await tier.readMeta(key)).toBeUndefined();
  });

  it("takes an entry whose body breaks off for none", async () => {
    const breaking = (): Response => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error("cache down")) });
      return new Response(body, { headers: { etag: '"a"' } });
    };
    const broken = createEdgeTier({
      match: async () => breaking(),
      put: async () => undefined,
      delete: async () => false,
    });
    expect(await broken.readMeta(newKey())).toBeUndefined();
    expect(await broken.readBytes(newKey(), "webp", '"a"')).toBeUndefined();
  });
});

describe("createEdgeTier().purge()", () => {
  async function store(key: SourceKey): Promise<void> {
    await tier.writeMeta(key, meta, 86_400, now);
    for (const id of ["original", "avif", "webp"] as const) await tier.writeBytes(key, id, bytes, '"a"');
    for (const { token } of listClasses()) {
      await tier.writeAnswer(key, token, new Response(bytes, { headers: { "cache-control": "max-age=600" } }));
    }
  }

  async function storedUrls(key: SourceKey): Promise<string[]> {
    const urls = [
      ...(["original", "avif", "webp"] as const).map((id) => bytesUrl(key, id)),
      ...listClasses().map(({ token }) => answerUrl(key, token)),
    ];
    const found = await Promise.all(
      urls.map(async (url) => {
        const stored = await caches.default.match(url);
        await stored?.body?.cancel();
        return stored === undefined ? [] : [url];
      }),
    );
    return found.flat();
  }

  it("removes bytes and answers of every class and CORS origin, and leaves a mark that is read as nothing known", async () => {
    const key = newKey();
    const keys = [key, { ...key, corsOrigin: "https://shop.test" }, { ...key, corsOrigin: "null" }];
    const other = newKey();
    await store(other);
    for (const each of keys) await store(each);
    expect(await storedUrls(key)).toHaveLength(listClasses().length + 3);
    await tier.purge(key, now + 5);
    for (const each of keys) {
      expect(await storedUrls(each)).toEqual([]);
      expect(await tier.readMeta(each)).toEqual({ purgedAt: now + 5 });
    }
    expect(await caches.default.match(originsUrl(key))).toBeUndefined();
    expect(await storedUrls(other)).toHaveLength(listClasses().length + 3);
    expect(await tier.readMeta(other)).toEqual(meta);
  });
});

describe("mayStore()", () => {
  it.each([
    ["nothing is known", undefined, true],
    ["no purge is known", meta, true],
    ["the purge came before the job", { purgedAt: now - 1 }, true],
    ["the purge came after the job had begun", { purgedAt: now + 1 }, false],
    ["a newer source remembers that purge", { ...meta, purgedAt: now + 1 }, false],
  ])("decides when %s: %s", (_, record, expected) => {
    expect(mayStore(record, now)).toBe(expected);
  });
});
