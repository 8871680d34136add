import { countLookUp } from "../backend/give-way.ts";
import { answerUrl, cacheTag, ownAnswerUrl, type SourceKey } from "../key.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { Audience } from "../plan/audience.ts";
import { entryHeader, type EntryState, formatEntry, parseEntry, placeName } from "./entry.ts";
import { describeStored, type FoundAnswer, lookUpAnswer } from "./look-up.ts";

/** An answer that is to be stored for one class. */
export interface StorableAnswer {
  /** As it is sent, without `Age` and `Cache-Status`. */
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly bornAt: number;
  readonly freshUntil: number;
  readonly isInterim: boolean;
  readonly audience: Audience;
  readonly generation: string;
  /** How long the cache keeps it, whether it is fresh or not. */
  readonly keepSeconds: number;
}

/** Finished answers. They live in the edge cache alone: one look-up for a hit. Never rejects. */
export interface AnswerCache {
  match(image: ImageRequest, now: number): Promise<FoundAnswer | undefined>;
  put(image: ImageRequest, answer: StorableAnswer): Promise<boolean>;
  /** Removes the answer of a class, and with it the way to those of single Origins. */
  remove(key: SourceKey, classToken: string): Promise<"removed" | "absent" | "failed">;
  /** What is kept for a request, in a word. */
  describe(image: ImageRequest, now: number): Promise<string>;
}

export function createAnswerCache(cache: Cache, report: (error: unknown) => void = () => undefined): AnswerCache {
  const onLie = (): void => report(new Error("The edge cache has given something else than what was put there."));
  const write = async (url: string, response: Response): Promise<boolean> => {
    try {
      await cache.put(url, response);
      return true;
    } catch {
      return false;
    }
  };

  /** Leads requests with an Origin to the answers of this generation, where nothing does yet. */
  const lead = async (image: ImageRequest, entry: EntryState, stored: Headers): Promise<boolean> => {
    const url = answerUrl(image.key, image.client.token);
    const known = await cache.match(url).catch(() => undefined);
    await known?.body?.cancel();
    const found = parseEntry(known?.headers.get(entryHeader) ?? null);
    if (found?.generation === entry.generation && found.scope !== "all") return true;
    const headers = new Headers({ "content-type": "application/octet-stream" });
    for (const name of ["cache-control", "cache-tag"]) headers.set(name, stored.get(name) ?? "");
    const way: EntryState = { ...entry, place: placeName(url), bytes: 0, scope: "none", cacheControl: "no-store" };
    headers.set(entryHeader, formatEntry(way));
    return write(url, new Response(null, { headers }));
  };

  return {
    match: (image, now) => countLookUp(lookUpAnswer(cache, image, now, onLie)),
    describe: (image, now) => describeStored(cache, image, now),

    async put(image, answer) {
      const { audience, generation, bornAt, freshUntil, isInterim } = answer;
      const { key, client, corsOrigin } = image;
      const isForAll = audience === "*" || audience === "-" || corsOrigin === null;
      const url = isForAll ? answerUrl(key, client.token) : ownAnswerUrl(key, client.token, generation, corsOrigin);
      const entry: EntryState = {
        place: placeName(url),
        bytes: answer.bytes.length,
        bornAt,
        freshUntil,
        isInterim,
        scope: audience === "*" ? "all" : "own",
        generation,
        cacheControl: answer.headers.get("cache-control") ?? "",
      };
      const headers = new Headers(answer.headers);
      headers.set(entryHeader, formatEntry(entry));
      headers.set("cache-control", `max-age=${answer.keepSeconds}`);
      headers.set("cache-tag", cacheTag(key));
      const response = new Response(answer.bytes, { headers });
      return (await write(url, response)) && (isForAll || lead(image, entry, headers));
    },

    async remove(key, classToken) {
      return cache.delete(answerUrl(key, classToken)).then(
        (wasThere) => (wasThere ? "removed" : "absent"),
        () => "failed",
      );
    },
  };
}
