import type { SourceKey } from "../key.ts";
import type { SourceRecord } from "../plan/known-source.ts";
import { hasMissedPurge, isUnfinished, mergeSources } from "./manifest.ts";
import type { SharedStore } from "./shared-store.ts";
import type { StoredSource, VariantStore } from "./variant-store.ts";

/** More are missed only where a picture is changed again and again while the shared store fails. */
const maxMissed = 8;

/** A store of this data centre with another one after it. */
export interface LayeredStore extends VariantStore {
  /**
   * What is known of a source; where something is unfinished, with what others have made since.
   * @param mayAsk whether the shared store may be asked for that
   */
  catchUp(key: SourceKey, mayAsk: () => boolean): Promise<SourceRecord | undefined>;
}

/**
 * The store of this data centre, and after it the one that all share. What is missing here is looked for there and kept
 * here; what is written here stays here: sharing is a decision of its own (see `Fleet`).
 * @param keepSeconds how long a record is of use
 * @param purgeHere purges what this data centre keeps, with its answers
 */
export function layered(
  near: VariantStore,
  shared: SharedStore,
  keepSeconds: (record: SourceRecord) => number,
  purgeHere: (key: SourceKey, generation: string) => Promise<unknown>,
): LayeredStore {
  const takeIn = async (key: SourceKey): Promise<StoredSource> => {
    const theirs = await shared.read(key);
    // Read after that, which may take long: what is written here meanwhile names answers that a purge has to find.
    const found = await near.readRecord(key);
    if (theirs === undefined) return found;
    if (hasMissedPurge(found, theirs) && found.generation !== undefined) {
      // What it has is void, and it may be there again to hear of it.
      await shared.purge(key, found.generation);
      return found;
    }
    const { record, generation, wasPurged } = mergeSources(found, theirs);
    if (found.generation !== undefined && generation !== undefined && found.generation !== generation) {
      // Another data centre has purged it. With its mark here, what is stored under this generation holds here too.
      await purgeHere(key, generation);
      // A purge that has begun here meanwhile is newer; it is in the shared store before it is here.
      if (!(await shared.isCurrent(key, generation))) return takeIn(key);
    }
    const isNews = record !== undefined && JSON.stringify(record) !== JSON.stringify(found.record);
    if (!isNews) return { record, generation, wasPurged };
    const seconds = keepSeconds(record);
    // Without a place here it cannot be written again, and is as good as none.
    const isKept = seconds > 0 && (await near.writeRecord(key, record, seconds));
    return { record: isKept ? record : found.record, generation, wasPurged };
  };

  const olderGenerations = async (key: SourceKey): Promise<readonly string[]> => {
    const { generation, missed = [] } = await near.readRecord(key);
    return generation === undefined ? missed : [generation, ...missed].slice(0, maxMissed);
  };

  return {
    async readRecord(key, trusted, isNearEnough = false) {
      const found = await near.readRecord(key, trusted);
      // A record that has vanished here is a purge for those who have written it; the shared one may not know of it.
      if (trusted !== undefined || isNearEnough) return found;
      return found.record !== undefined && !isUnfinished(found.record) ? found : takeIn(key);
    },

    async catchUp(key, mayAsk) {
      const found = await near.readRecord(key);
      if (found.record !== undefined && !isUnfinished(found.record)) return found.record;
      return mayAsk() ? (await takeIn(key)).record : found.record;
    },

    writeRecord: (...written) => near.writeRecord(...written),

    async readBytes(key, id, etag, isNeeded = true) {
      const found = await near.readBytes(key, id, etag);
      return found === undefined && isNeeded ? shared.readBytes(key, id, etag) : found;
    },

    writeBytes: (...written) => near.writeBytes(...written),

    async isCurrent(key, generation) {
      return (await near.isCurrent(key, generation)) && shared.isCurrent(key, generation);
    },

    async purge(key, generation = crypto.randomUUID()) {
      // What is shared comes first: a flight or an encoder that sees the new generation here has to find it there.
      const isShared = await shared.purge(key, generation);
      const purged = await near.purge(key, generation, isShared ? [] : await olderGenerations(key));
      return { ...purged, failures: purged.failures + Number(!isShared), isSharedPurged: isShared };
    },
  };
}
