/** A cache in memory that keeps everything, for as long as it was asked to, and counts what is asked of it. */
export interface MapCache extends Cache {
  readonly entries: Map<string, Response>;
  /** Operations so far, of one kind and about URLs that contain a text. */
  count(kind?: "match" | "put" | "delete", part?: string): number;
  forget(): void;
}

/** The URL that an operation is about. */
export function urlOf(asked: RequestInfo | URL): string {
  return new URL(asked instanceof Request ? asked.url : asked).href;
}

export function createMapCache(): MapCache {
  const entries = new Map<string, Response>();
  const operations: { readonly kind: string; readonly url: string }[] = [];
  const nameOf = (kind: string, asked: RequestInfo | URL): string => {
    const url = urlOf(asked);
    operations.push({ kind, url });
    return url;
  };
  return {
    entries,
    count: (kind, part = "") =>
      operations.filter((each) => (kind === undefined || each.kind === kind) && each.url.includes(part)).length,
    forget: () => void operations.splice(0),
    async match(asked) {
      return entries.get(nameOf("match", asked))?.clone();
    },
    async put(asked, response) {
      const url = nameOf("put", asked);
      const bytes = await response.arrayBuffer();
      entries.set(url, new Response(bytes, response));
    },
    async delete(asked) {
      return entries.delete(nameOf("delete", asked));
    },
  };
}

/** A map as a cache, with something to await before each operation; the first one has the number 1. */
export function createWatchedCache(
  before: (number: number, kind: "match" | "put" | "delete", url: string) => Promise<unknown> | undefined,
): Cache {
  const cache = createMapCache();
  let operations = 0;
  return {
    async match(asked) {
      await before(++operations, "match", urlOf(asked));
      return cache.match(asked);
    },
    async put(asked, response) {
      await before(++operations, "put", urlOf(asked));
      return cache.put(asked, response);
    },
    async delete(asked) {
      await before(++operations, "delete", urlOf(asked));
      return cache.delete(asked);
    },
  };
}
