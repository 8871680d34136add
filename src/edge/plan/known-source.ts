import type { ImageFacts } from "../../imaging/model/facts.ts";
import type { VariantId } from "./variant.ts";
import type { Reason } from "../reasons.ts";
import type { Freshness } from "../http/freshness.ts";

/** What became of one variant of one source. Times are milliseconds since the epoch. */
export type VariantState =
  | { readonly state: "made"; readonly bytes: number; readonly etag: string }
  /** Being made somewhere; nobody else starts before `until`. */
  | { readonly state: "pending"; readonly until: number; readonly attempts: number }
  /** The source has no exact form in this format. */
  | { readonly state: "refused" }
  | { readonly state: "failed"; readonly attempts: number; readonly retryAt: number };

/** The source as the origin delivered it, without its bytes. */
export interface SourceRecord {
  readonly bytes: number;
  /** Strong validator of the bytes, made by us. */
  readonly etag: string;
  /** The origin's own validators, for asking again. */
  readonly originEtag: string | null;
  readonly lastModified: string | null;
  /** The origin's response headers that answers are built from. */
  readonly headers: readonly (readonly [string, string])[];
  readonly facts: ImageFacts;
}

/** All that is kept about a source apart from bytes (DESIGN: `meta`). */
export interface Meta {
  readonly source: SourceRecord;
  readonly freshness: Freshness;
  /** When the origin last confirmed the source; freshness counts from here. */
  readonly confirmedAt: number;
  /** A verdict that only decoding could give. */
  readonly verdict: Extract<Reason, "undecodable"> | null;
  readonly variants: Readonly<Partial<Record<VariantId, VariantState>>>;
  /** The last purge that is known; a job that began before it must not store. */
  readonly purgedAt: number | null;
}

/** Left behind by a purge: what was fetched before it must not be stored any more. */
export interface PurgeMark {
  readonly purgedAt: number;
}

/** End of freshness, in milliseconds since the epoch. Storing and advertising both use this. */
export function freshUntil(meta: Meta): number {
  return meta.confirmedAt + meta.freshness.remainingSeconds * 1000;
}
