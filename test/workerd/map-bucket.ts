/** An R2 bucket in memory, with the conditions of its writes; each write gives an object another entity tag. */
import type { Bucket, BucketBody } from "../../src/edge/env.ts";

export interface MapBucket extends Bucket {
  readonly objects: Map<string, BucketBody>;
}

function bodyOf(value: string | Uint8Array, etag: string): BucketBody {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value.slice();
  const text = (): string => new TextDecoder().decode(bytes);
  return {
    etag,
    uploaded: new Date(),
    arrayBuffer: async () => bytes.slice().buffer,
    text: async () => text(),
    json: async <Value>() => JSON.parse(text()) as Value,
  };
}

export function createMapBucket(): MapBucket {
  const objects = new Map<string, BucketBody>();
  let writes = 0;
  return {
    objects,
    get: async (name) => objects.get(name) ?? null,
    head: async (name) => objects.get(name) ?? null,
    async put(name, value, { onlyIf } = {}) {
      const found = objects.get(name);
      if (onlyIf?.etagDoesNotMatch === "*" && found !== undefined) return null;
      if (onlyIf?.etagMatches !== undefined && found?.etag !== onlyIf.etagMatches) return null;
      const object = bodyOf(value, `v${++writes}`);
      objects.set(name, object);
      return object;
    },
    delete: async (name) => void objects.delete(name),
  };
}

/** What another program has written in the place of an object. */
export function replaced(object: BucketBody, value: string | Uint8Array): BucketBody {
  return { ...bodyOf(value, object.etag), uploaded: object.uploaded };
}
