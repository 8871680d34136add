import type { Bucket } from "../../../src/edge/env.ts";

/** Calls of R2 by class, as they are billed: writes are class A, reads class B, deletions are free. */
export interface BucketCounts {
  writes: number;
  reads: number;
}

/** The bucket, with its calls counted. */
export function countCalls(bucket: Bucket, counts: BucketCounts): Bucket {
  return {
    get: (name) => {
      counts.reads += 1;
      return bucket.get(name);
    },
    head: (name) => {
      counts.reads += 1;
      return bucket.head(name);
    },
    put: (...written) => {
      counts.writes += 1;
      return bucket.put(...written);
    },
    delete: (name) => bucket.delete(name),
  };
}
