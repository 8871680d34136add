import type { Bucket } from "../../../src/edge/env.ts";

/** Something that took time, in milliseconds since the epoch. */
export interface Call {
  readonly what: string;
  readonly from: number;
  readonly until: number;
}

/** Calls of R2 by class, as they are billed: writes are class A, reads class B, deletions are free. */
export interface CallCounts {
  writes: number;
  reads: number;
  messages: number;
  /** The last ones, with their times. */
  readonly calls: Call[];
}

const rememberedCalls = 200;

export function createCounts(): CallCounts {
  return { writes: 0, reads: 0, messages: 0, calls: [] };
}

/** Notes when something began and ended. */
export async function timed<Result>(counts: CallCounts, what: string, work: () => Promise<Result>): Promise<Result> {
  const from = Date.now();
  try {
    return await work();
  } finally {
    counts.calls.push({ what, from, until: Date.now() });
    if (counts.calls.length > rememberedCalls) counts.calls.shift();
  }
}

/** The kind of an object, as its name begins. */
const kindOf = (name: string): string => name.slice(0, name.indexOf("/"));

/** The bucket, with its calls counted. */
export function countCalls(bucket: Bucket, counts: CallCounts): Bucket {
  return {
    get: (name) => {
      counts.reads += 1;
      return timed(counts, `R2 get ${kindOf(name)}`, () => bucket.get(name));
    },
    head: (name) => {
      counts.reads += 1;
      return timed(counts, `R2 head ${kindOf(name)}`, () => bucket.head(name));
    },
    put: (name, ...written) => {
      counts.writes += 1;
      return timed(counts, `R2 put ${kindOf(name)}`, () => bucket.put(name, ...written));
    },
    delete: (name) => timed(counts, `R2 delete ${kindOf(name)}`, () => bucket.delete(name)),
  };
}
