import type { Bucket } from "../env.ts";
import { isDue } from "../clock.ts";
import { encoderWindowMs, leaseMarginMs, sharedWriteMs } from "../limits.ts";
import { withPatience } from "../origin/patience.ts";
import type { VariantId } from "../targets.ts";

/** Who makes variants of a source now. */
export interface LeaseState {
  /** Milliseconds since the epoch; after it the holder is taken for dead. */
  readonly until: number;
  readonly variants: readonly VariantId[];
}

/** What a consumer does about a lease that is there. */
export type LeaseVerdict =
  /** Its holder is dead. */
  | { readonly kind: "take over" }
  /** Its holder makes all that is wanted. */
  | { readonly kind: "leave it" }
  | { readonly kind: "wait"; readonly seconds: number };

/**
 * @internal exported for tests
 * @param isRedelivered whether the message was delivered before: its own consumer may be the dead holder, so that the
 *   message must not be given up
 */
export function judgeLease(
  { until, variants }: LeaseState,
  wanted: readonly VariantId[],
  isRedelivered: boolean,
  now: number,
): LeaseVerdict {
  if (isDue(until, now, leaseMarginMs + encoderWindowMs)) return { kind: "take over" };
  const isCovered = wanted.every((id) => variants.includes(id));
  if (isCovered && !isRedelivered) return { kind: "leave it" };
  return { kind: "wait", seconds: Math.ceil((until - now) / 1000) };
}

/** A lease that cannot be read is nobody's. */
function readLease(text: string): LeaseState {
  try {
    const { until, variants } = JSON.parse(text) as LeaseState;
    if (typeof until === "number" && Array.isArray(variants)) return { until, variants };
  } catch {
    // As below.
  }
  return { until: 0, variants: [] };
}

/** Leases of an R2 bucket, which grants a conditional write to exactly one of many. */
export interface Leases {
  /** Undefined when it is granted; else what to do. Throws where the store fails. */
  take(name: string, lease: LeaseState, isRedelivered: boolean): Promise<LeaseVerdict | undefined>;
  release(name: string): Promise<void>;
}

/** @param clock milliseconds since the epoch */
export function createLeases(bucket: Bucket, clock: () => number): Leases {
  const inTime = async <Result>(work: Promise<Result>): Promise<Result> => {
    const done = await withPatience(
      work.then((result) => ({ result })),
      sharedWriteMs,
    );
    if (done === undefined) throw new Error(`R2 has not answered about a lease within ${sharedWriteMs} ms.`);
    return done.result;
  };
  return {
    async take(name, lease, isRedelivered) {
      const text = JSON.stringify(lease);
      if ((await inTime(bucket.put(name, text, { onlyIf: { etagDoesNotMatch: "*" } }))) !== null) return undefined;
      const found = await inTime(bucket.get(name));
      // Released at this moment: the next delivery finds out what was made.
      if (found === null) return { kind: "wait", seconds: 1 };
      const held = readLease(await inTime(found.text()));
      const verdict = judgeLease(held, lease.variants, isRedelivered, clock());
      if (verdict.kind !== "take over") return verdict;
      const isTaken = (await inTime(bucket.put(name, text, { onlyIf: { etagMatches: found.etag } }))) !== null;
      return isTaken ? undefined : { kind: "wait", seconds: Math.ceil((lease.until - clock()) / 1000) };
    },
    release: (name) => inTime(bucket.delete(name)),
  };
}
