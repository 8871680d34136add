import { bytesUrl, cacheTag, purgeUrl, recordUrl, type SourceKey } from "../key.ts";
import { bytesRetentionSeconds, purgeMarkSeconds } from "../limits.ts";
import type { SourceRecord } from "../plan/known-source.ts";
import type { VariantStore } from "./variant-store.ts";

/** What a purge leaves. */
interface PurgeMark {
  readonly generation: string;
}

/** The edge cache of one data centre as a store. */
export function createEdgeStore(cache: Cache): VariantStore {
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
  const retain = (seconds: number): Record<string, string> => ({ "cache-control": `max-age=${seconds}` });
  const tagged = (key: SourceKey, seconds: number): Record<string, string> => ({
    ...retain(seconds),
    "cache-tag": cacheTag(key),
  });
  const readMark = (key: SourceKey): Promise<PurgeMark | undefined> => getJson<PurgeMark>(purgeUrl(key));

  return {
    async readRecord(key, trusted) {
      const reading = getJson<SourceRecord>(recordUrl(key));
      if (trusted !== undefined) {
        const record = await reading;
        if (record?.generation === trusted) return { record, generation: trusted, wasPurged: false };
      }
      const [record, mark] = await Promise.all([reading, readMark(key)]);
      // A mark may be lost sooner than a record; a record of another generation than the mark's is older.
      const isVoid = mark !== undefined && record?.generation !== mark.generation;
      return {
        record: isVoid ? undefined : record,
        generation: mark?.generation ?? record?.generation,
        wasPurged: mark !== undefined,
      };
    },

    writeRecord: (key, record, keepSeconds) =>
      put(recordUrl(key), Response.json(record, { headers: tagged(key, keepSeconds) })),

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

    writeBytes: (key, id, bytes, etag) =>
      put(bytesUrl(key, id), new Response(bytes, { headers: { ...tagged(key, bytesRetentionSeconds), etag } })),

    async isCurrent(key, generation) {
      const mark = await readMark(key);
      return mark === undefined || mark.generation === generation;
    },

    async purge(key, generation = crypto.randomUUID()) {
      // The mark comes first: what is stored from now on under an older generation is taken back by who stores it.
      // Without a tag, so that a zone purge by tag, which follows where all data centres are meant, does not remove it.
      const mark: PurgeMark = { generation };
      const isMarked = await put(purgeUrl(key), Response.json(mark, { headers: retain(purgeMarkSeconds) }));
      const record = await getJson<SourceRecord>(recordUrl(key));
      const isRemoved =
        record === undefined ||
        (await cache.delete(recordUrl(key)).then(
          () => true,
          () => false,
        ));
      return { record, failures: Number(!isMarked) + Number(!isRemoved) };
    },
  };
}
