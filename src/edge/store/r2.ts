import type { Bucket, BucketBody, BucketObject } from "../env.ts";
import { bytesRetentionSeconds, sharedReadMs, sharedRestMs, sharedWriteMs } from "../limits.ts";
import { isWithin } from "../clock.ts";
import { sha256OfText } from "../digest.ts";
import { strongEtag } from "../http/etag.ts";
import { withPatience } from "../origin/patience.ts";
import { readRecord, type SourceRecord } from "../plan/known-source.ts";
import { sharedNames } from "./shared-names.ts";
import type { SharedStore } from "./shared-store.ts";

/** A call that did not succeed, or not in time. */
const failed = Symbol("failed");

/** What a manifest begins with, on a line of its own: a changed byte could make it another record. */
const digestOf = sha256OfText;

/** A manifest that cannot be read is there, and says nothing: the next one to work on the source writes another. */
async function readManifest(
  body: BucketBody,
  now: number,
): Promise<{ readonly text: string; readonly record: SourceRecord | undefined }> {
  const text = await body.text();
  const end = text.indexOf("\n");
  const isWhole = text.slice(0, end) === (await digestOf(text.slice(end + 1)));
  try {
    return { text, record: isWhole ? readRecord(JSON.parse(text.slice(end + 1)), now) : undefined };
  } catch {
    return { text, record: undefined };
  }
}

/** Nobody has written an object of this name (RFC 9110 §13.1.2). */
const onlyIfAbsent = { etagDoesNotMatch: "*" } as const;

/**
 * An R2 bucket as the store that all data centres share. One manifest for each source and fingerprint, and objects of
 * bytes that never change. R2 takes one write a second of one name, so nothing is written for each variant but its bytes.
 * @param clock milliseconds since the epoch
 * @param restMs after a failure, in which it is as good as empty; none for an encoder, which nobody waits for
 */
export function createR2Store(
  bucket: Bucket,
  clock: () => number,
  report: (error: unknown) => void,
  restMs: number = sharedRestMs,
): SharedStore {
  let failedAt: number | undefined;
  const call = async <Result>(
    what: string,
    work: () => Promise<Result>,
    ms: number,
  ): Promise<Result | typeof failed> => {
    try {
      const result = await withPatience(
        work().then((value) => ({ value })),
        ms,
      );
      if (result !== undefined) return result.value;
      throw new Error(`no answer within ${ms} ms`);
    } catch (error) {
      failedAt = clock();
      report(new Error(`R2 cannot ${what}.`, { cause: error }));
      return failed;
    }
  };
  /** After a failure nobody waits for the next one. */
  const read = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | typeof failed> =>
    failedAt !== undefined && isWithin(restMs, failedAt, clock()) ? failed : call(what, work, sharedReadMs);
  const write = <Result>(what: string, work: () => Promise<Result>): Promise<Result | typeof failed> =>
    call(what, work, sharedWriteMs);
  /** Lifecycle rules count from the upload, so what is used late in its life is written once more. */
  const isOld = ({ uploaded }: BucketObject): boolean =>
    clock() - uploaded.getTime() > (bytesRetentionSeconds * 1000) / 2;

  const getGeneration = async (name: string): Promise<string | undefined> => {
    const text = await (await bucket.get(name))?.text();
    // A mark that cannot be read is a purge all the same.
    return text === undefined || /^[\w-]+$/.test(text) ? text : "unreadable";
  };

  return {
    async read(key) {
      const names = await sharedNames(key);
      const found = await read("read a manifest", () =>
        Promise.all([
          bucket
            .get(names.manifest)
            .then(async (object) => object && { object, ...(await readManifest(object, clock())) }),
          getGeneration(names.purge),
        ]),
      );
      if (found === failed) return undefined;
      const [manifest, purged] = found;
      const record = manifest?.record;
      if (manifest !== null && record === undefined) report(new Error("R2 has a manifest that cannot be read."));
      if (manifest !== null && isOld(manifest.object)) {
        const { etag } = manifest.object;
        await write("renew a manifest", () =>
          bucket.put(names.manifest, manifest.text, { onlyIf: { etagMatches: etag } }),
        );
      }
      return {
        record: purged !== undefined && record?.generation !== purged ? undefined : record,
        generation: purged ?? record?.generation,
        wasPurged: purged !== undefined,
        version: manifest?.object.etag,
        writtenAt: manifest?.object.uploaded.getTime() ?? 0,
      };
    },

    async write(key, record, version) {
      const { manifest } = await sharedNames(key);
      const onlyIf = version === undefined ? onlyIfAbsent : { etagMatches: version };
      const json = JSON.stringify({ ...record, answers: [] } satisfies SourceRecord);
      const text = `${await digestOf(json)}\n${json}`;
      // A client waits for the first one, as for a look.
      const put = version === undefined ? read : write;
      const written = await put("write a manifest", () => bucket.put(manifest, text, { onlyIf }));
      if (written === failed) return "failed";
      return written === null ? "outrun" : "written";
    },

    async readBytes(key, id, etag) {
      const name = (await sharedNames(key)).file(id, etag);
      const found = await read("read bytes", async () => {
        const object = await bucket.get(name);
        return object && { object, bytes: new Uint8Array(await object.arrayBuffer()) };
      });
      if (found === failed || found === null) return undefined;
      const { object, bytes } = found;
      if ((await strongEtag(bytes)) !== etag) {
        // Nobody would write it again as long as it is there.
        await write("delete damaged bytes", () => bucket.delete(name));
        report(new Error("R2 has damaged bytes."));
        return undefined;
      }
      if (isOld(object)) await write("renew bytes", () => bucket.put(name, bytes));
      return bytes;
    },

    async hasBytes(key, id, etag) {
      const name = (await sharedNames(key)).file(id, etag);
      const found = await read("look for bytes", () => bucket.head(name));
      return found !== failed && found !== null;
    },

    async writeBytes(key, id, bytes, etag) {
      const name = (await sharedNames(key)).file(id, etag);
      return (await write("write bytes", () => bucket.put(name, bytes, { onlyIf: onlyIfAbsent }))) !== failed;
    },

    async isCurrent(key, generation) {
      const { purge } = await sharedNames(key);
      const purged = await read("read the mark of a purge", () => getGeneration(purge));
      return purged === failed || purged === undefined || purged === generation;
    },

    async purge(key, generation) {
      const { purge, manifest } = await sharedNames(key);
      // The mark comes first: from then on everything older is void, also what is written after it.
      const marked = await write("write the mark of a purge", () => bucket.put(purge, generation));
      if (marked === failed) return false;
      await write("delete a manifest", () => bucket.delete(manifest));
      return true;
    },
  };
}
