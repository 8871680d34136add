import { bytesUrl, cacheTag, purgeUrl, recordUrl, type SourceKey } from "../key.ts";
import { strongEtag } from "../http/etag.ts";
import { bytesRetentionSeconds, cacheMs, purgeMarkSeconds } from "../limits.ts";
import { withPatience } from "../origin/patience.ts";
import { readRecord, type SourceRecord } from "../plan/known-source.ts";
import { entryHeader, placeName } from "./entry.ts";
import type { VariantStore } from "./variant-store.ts";

/** What a purge leaves. */
interface PurgeMark {
  readonly generation: string;
  readonly missed: readonly string[];
}

/**
 * The edge cache of one data centre as a store. What it gives back is used only when it is what was put in this place.
 * @param clock milliseconds since the epoch
 */
export function createEdgeStore(
  cache: Cache,
  clock: () => number,
  report: (error: unknown) => void = () => undefined,
): VariantStore {
  const get = async (url: string): Promise<Response | undefined> => {
    try {
      const found = await cache.match(url);
      if (found === undefined) return undefined;
      if (found.status === 200 && found.headers.get(entryHeader) === String(placeName(url))) return found;
      report(new Error("The edge cache has given something else than what was put there."));
      await found.body?.cancel();
    } catch {
      // As good as empty.
    }
    return undefined;
  };
  const put = async (url: string, response: Response): Promise<boolean> => {
    try {
      response.headers.set(entryHeader, String(placeName(url)));
      await cache.put(url, response);
      return true;
    } catch {
      return false;
    }
  };
  /** A body that breaks off or does not come is none. */
  const getBody = async <Body>(url: string, read: (found: Response) => Promise<Body>): Promise<Body | undefined> => {
    const found = await get(url);
    try {
      return found && (await withPatience(read(found), cacheMs));
    } catch {
      report(new Error("The edge cache has given damaged bytes."));
      return undefined;
    }
  };
  const getJson = (url: string): Promise<unknown> => getBody(url, (found) => found.json());
  const retain = (seconds: number): Record<string, string> => ({ "cache-control": `max-age=${seconds}` });
  const tagged = (key: SourceKey, seconds: number): Record<string, string> => ({
    ...retain(seconds),
    "cache-tag": cacheTag(key),
  });
  const getRecord = async (key: SourceKey): Promise<SourceRecord | undefined> => {
    const stored = await getJson(recordUrl(key));
    const record = readRecord(stored, clock());
    if (stored !== undefined && record === undefined)
      report(new Error("The edge cache has a record that cannot be read."));
    return record;
  };
  const readMark = async (key: SourceKey): Promise<PurgeMark | undefined> => {
    const mark = (await getJson(purgeUrl(key))) as Partial<PurgeMark> | null | undefined;
    return typeof mark?.generation === "string"
      ? { generation: mark.generation, missed: mark.missed ?? [] }
      : undefined;
  };

  return {
    async readRecord(key, trusted) {
      const reading = getRecord(key);
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
        missed: mark?.missed,
      };
    },

    writeRecord: (key, record, keepSeconds) =>
      put(recordUrl(key), Response.json(record, { headers: tagged(key, keepSeconds) })),

    async readBytes(key, id, etag) {
      const bytes = await getBody(bytesUrl(key, id), async (stored) => {
        if (stored.headers.get("etag") === etag) return new Uint8Array(await stored.arrayBuffer());
        await stored.body?.cancel();
        return undefined;
      });
      if (bytes === undefined) return undefined;
      // The tag is a digest: bytes that were cut or changed have another one.
      if ((await strongEtag(bytes)) === etag) return bytes;
      report(new Error("The edge cache has given damaged bytes."));
      return undefined;
    },

    writeBytes: (key, id, bytes, etag) =>
      put(bytesUrl(key, id), new Response(bytes, { headers: { ...tagged(key, bytesRetentionSeconds), etag } })),

    async isCurrent(key, generation) {
      const mark = await readMark(key);
      return mark === undefined || mark.generation === generation;
    },

    async purge(key, generation = crypto.randomUUID(), missed = []) {
      // The mark comes first: a flight that stores something under an older generation from now on takes it back.
      // Without a tag, so that a zone purge by tag, which follows where all data centres are meant, does not remove it.
      const mark: PurgeMark = { generation, missed };
      const isMarked = await put(purgeUrl(key), Response.json(mark, { headers: retain(purgeMarkSeconds) }));
      const record = await getRecord(key);
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
