import { bytesRetentionSeconds, maxRememberedOrigins, purgeMarkSeconds } from "../limits.ts";
import { listClasses } from "../negotiate/client-class.ts";
import { listVariantIds, type VariantId } from "../plan/variant.ts";
import { answerUrl, bytesUrl, cacheTag, metaUrl, originsUrl, type SourceKey } from "../key.ts";
import { freshUntil, type Meta, type PurgeMark } from "../plan/known-source.ts";

/** The edge cache as the pipeline sees it. A failing cache is a miss or a lost write, never an error. */
export interface EdgeTier {
  readMeta(key: SourceKey): Promise<Meta | PurgeMark | undefined>;
  writeMeta(key: SourceKey, meta: Meta, staleSeconds: number, now: number): Promise<void>;
  /** Bytes whose ETag is the expected one; another version of the picture is as good as none. */
  readBytes(key: SourceKey, id: VariantId | "original", etag: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  writeBytes(key: SourceKey, id: VariantId | "original", bytes: Uint8Array<ArrayBuffer>, etag: string): Promise<void>;
  writeAnswer(key: SourceKey, classToken: string, answer: Response): Promise<boolean>;
  /** Removes every entry of a URL, whatever CORS origin it was asked with, and leaves a mark. */
  purge(key: SourceKey, now: number): Promise<void>;
}

export function createEdgeTier(cache: Cache): EdgeTier {
  const get = async (url: string): Promise<Response | undefined> => {
    try {
      return await cache.match(url);
    } catch {
      return undefined;
    }
  };
  const put = async (url: string, response: Response): Promise<boolean> => {
    try {
      await cache.put(url, response);
      return true;
    } catch {
      return false;
    }
  };
  const getJson = async <Value>(url: string): Promise<Value | undefined> => {
    try {
      return await (await get(url))?.json<Value>();
    } catch {
      return undefined;
    }
  };
  const remove = async (url: string): Promise<void> => {
    await cache.delete(url).catch(() => false);
  };
  const retain = (key: SourceKey, seconds: number): Record<string, string> => ({
    "cache-control": `max-age=${seconds}`,
    "cache-tag": cacheTag(key),
  });
  const json = (key: SourceKey, value: unknown, seconds: number): Response =>
    Response.json(value, { headers: retain(key, seconds) });

  const rememberOrigin = async (key: SourceKey, seconds: number): Promise<void> => {
    if (key.corsOrigin === null) return;
    const known = await readOrigins(key);
    if (known.includes(key.corsOrigin)) return;
    const list = [...known, key.corsOrigin].slice(-maxRememberedOrigins);
    await put(originsUrl(key), json(key, list, seconds));
  };
  const readOrigins = async (key: SourceKey): Promise<readonly string[]> =>
    (await getJson<readonly string[]>(originsUrl(key))) ?? [];

  return {
    readMeta: (key) => getJson<Meta | PurgeMark>(metaUrl(key)),

    async writeMeta(key, meta, staleSeconds, now) {
      const seconds = Math.ceil((freshUntil(meta) - now) / 1000) + staleSeconds;
      if (seconds <= 0) return;
      await rememberOrigin(key, seconds);
      await put(metaUrl(key), json(key, meta, seconds));
    },

    async readBytes(key, id, etag) {
      const stored = await get(bytesUrl(key, id));
      if (stored === undefined) return undefined;
      if (stored.headers.get("etag") !== etag) {
        await stored.body?.cancel();
        return undefined;
      }
      return stored.arrayBuffer().then(
        (buffer) => new Uint8Array(buffer),
        () => undefined,
      );
    },

    async writeBytes(key, id, bytes, etag) {
      await put(bytesUrl(key, id), new Response(bytes, { headers: { ...retain(key, bytesRetentionSeconds), etag } }));
    },

    writeAnswer: (key, classToken, answer) => {
      answer.headers.set("cache-tag", cacheTag(key));
      return put(answerUrl(key, classToken), answer);
    },

    async purge(key, now) {
      const origins = [null, ...(await readOrigins(key))];
      const mark: PurgeMark = { purgedAt: now };
      for (const corsOrigin of origins) {
        const own = { ...key, corsOrigin };
        await put(metaUrl(own), json(own, mark, purgeMarkSeconds));
        const urls = [
          ...listClasses().map(({ token }) => answerUrl(own, token)),
          ...(["original", ...listVariantIds()] as const).map((id) => bytesUrl(own, id)),
        ];
        await Promise.all(urls.map(remove));
      }
      await remove(originsUrl(key));
    },
  };
}

/** Whether a job that began at `startedAt` may still store: no purge has come since. */
export function mayStore(record: Meta | PurgeMark | undefined, startedAt: number): boolean {
  return record === undefined || record.purgedAt === null || record.purgedAt <= startedAt;
}
