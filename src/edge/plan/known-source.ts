import type { ImageFacts } from "../../imaging/model/facts.ts";
import type { Freshness } from "../http/freshness.ts";
import { isDue, isFromFuture } from "../clock.ts";
import { maxRememberedReplies, retryAfterSeconds } from "../limits.ts";
import type { Reason } from "../reasons.ts";
import { type Audience, dependsOnOrigin, ownAudience } from "./audience.ts";
import type { VariantId } from "../targets.ts";

/** What became of one variant of one source. Times are milliseconds since the epoch. */
export type VariantState =
  | { readonly state: "made"; readonly bytes: number; readonly etag: string }
  /** Being made somewhere; nobody else starts before `until`. */
  | { readonly state: "pending"; readonly until: number; readonly attempts: number }
  /** The source has no exact form in this format. */
  | { readonly state: "refused" }
  | { readonly state: "failed"; readonly attempts: number; readonly retryAt: number };

export type VariantStates = Readonly<Partial<Record<VariantId, VariantState>>>;

/** The file that the origin delivered, or the one that a preset has drawn of it, without its bytes. */
export interface SourceFile {
  readonly bytes: number;
  /** Strong validator of the bytes, made by us. */
  readonly etag: string;
  readonly facts: ImageFacts;
}

/** What the origin said with the file, to one Origin or to everybody. */
export interface OriginReply {
  /** The origin's own validators, for asking again. */
  readonly originEtag: string | null;
  readonly lastModified: string | null;
  /** The origin's response headers that answers are built from. */
  readonly headers: readonly (readonly [string, string])[];
  readonly freshness: Freshness;
  /** When the origin last confirmed the source; freshness counts from here. */
  readonly confirmedAt: number;
}

/** A source as a plan and an answer see it. */
export interface KnownSource {
  readonly file: SourceFile;
  readonly reply: OriginReply;
  /** A verdict that the header alone could not give. */
  readonly verdict: Extract<Reason, "undecodable" | "not-resized"> | null;
  readonly variants: VariantStates;
}

/** All that is kept about a source apart from bytes: one entry for its URL, for all clients. */
export interface SourceRecord {
  /** A name that stays until a purge gives another one: what was made under an older one is void. */
  readonly generation: string;
  readonly file: SourceFile;
  readonly verdict: KnownSource["verdict"];
  readonly variants: VariantStates;
  /** By `Audience`; either one for everybody, or one for each Origin that has asked lately. */
  readonly replies: Readonly<Record<string, OriginReply>>;
  /** The client classes that an answer has been stored for: a purge deletes these. */
  readonly answers: readonly string[];
}

/** Whether what failed may be tried again. */
export function isRetryDue(retryAt: number, now: number): boolean {
  return isDue(retryAt, now, Math.max(...retryAfterSeconds) * 1000);
}

/**
 * What a store gave back, as a record: undefined for what is none, and for what was written by a clock that was wrong,
 * which would be fresh for too long.
 * @param now milliseconds since the epoch
 */
export function readRecord(stored: unknown, now: number): SourceRecord | undefined {
  if (typeof stored !== "object" || stored === null) return undefined;
  const { generation, file, variants, replies, answers } = stored as Partial<SourceRecord>;
  const isRecord =
    typeof generation === "string" &&
    /^[\w-]+$/.test(generation) &&
    typeof file?.bytes === "number" &&
    typeof file.etag === "string" &&
    typeof file.facts?.format === "string" &&
    typeof variants === "object" &&
    typeof replies === "object" &&
    Array.isArray(answers);
  if (!isRecord) return undefined;
  const all = Object.values(replies);
  const areReplies = all.every(
    ({ confirmedAt, freshness, headers }) =>
      typeof confirmedAt === "number" &&
      !isFromFuture(confirmedAt, now) &&
      typeof freshness?.remainingSeconds === "number" &&
      Array.isArray(headers),
  );
  return all.length > 0 && areReplies ? (stored as SourceRecord) : undefined;
}

/** End of freshness, in milliseconds since the epoch. Storing and advertising both use this. */
export function freshUntil({ confirmedAt, freshness }: OriginReply): number {
  return confirmedAt + freshness.remainingSeconds * 1000;
}

/** What a record says to requests with this Origin, and whom that is for; undefined when the origin has not been asked. */
export function knownFor(
  record: SourceRecord,
  corsOrigin: string | null,
): { readonly known: KnownSource; readonly audience: Audience } | undefined {
  const { file, verdict, variants, replies } = record;
  for (const audience of ["*", ownAudience(corsOrigin)] as const) {
    const reply = replies[audience];
    if (reply !== undefined) return { known: { file, reply, verdict, variants }, audience };
  }
  return undefined;
}

/** When the origin was last asked about a record's file, by anybody. */
export function lastConfirmedAt({ replies }: SourceRecord): number {
  return Math.max(...Object.values(replies).map(({ confirmedAt }) => confirmedAt));
}

/** For how long what is stale may still be of use: while the origin fails, or while it is asked. */
export function staleSeconds({ freshness }: OriginReply, failingSeconds: number): number {
  return Math.max(failingSeconds, freshness.staleWhileRevalidateSeconds ?? 0);
}

/** Until when a record is of use to anybody, in milliseconds since the epoch. */
export function keptUntil({ replies }: SourceRecord, failingSeconds: number): number {
  return Math.max(
    ...Object.values(replies).map((reply) => freshUntil(reply) + staleSeconds(reply, failingSeconds) * 1000),
  );
}

/** The replies of a record with a new one, which ends those that contradict it. Only so many Origins are remembered. */
export function withReply(
  replies: SourceRecord["replies"],
  audience: Audience,
  reply: OriginReply,
): SourceRecord["replies"] {
  if (audience === "*") return { "*": reply };
  const { "*": everybodys, ...others } = replies;
  // A request without Origin does not show that the answer depends on it: what others have found out stays.
  if (audience === "-" && everybodys !== undefined && !dependsOnOrigin(reply.headers)) return replies;
  const latest = Object.entries({ ...others, [audience]: reply }).toSorted(
    ([, one], [, other]) => other.confirmedAt - one.confirmedAt,
  );
  return Object.fromEntries(latest.slice(0, maxRememberedReplies));
}

/**
 * One state for each variant, of what this isolate knows and of what is stored, perhaps by another one.
 * @param touched variants whose state this isolate has set itself.
 * @param lost entity tags of variants whose bytes are gone, whatever the store says.
 */
export function mergeVariants(
  own: VariantStates,
  stored: VariantStates,
  touched: ReadonlySet<VariantId>,
  lost: ReadonlySet<string>,
): VariantStates {
  const ids = [...new Set([...Object.keys(own), ...Object.keys(stored)])] as VariantId[];
  const merged = ids.flatMap((id) => {
    const [mine, found] = [own[id], stored[id]];
    const theirs = found?.state === "made" && lost.has(found.etag) ? undefined : found;
    const state = touched.has(id) ? newerOf(mine, theirs) : (theirs ?? (mine?.state === "pending" ? undefined : mine));
    return state === undefined ? [] : [[id, state] as const];
  });
  return Object.fromEntries(merged);
}

/** What has been set here is newer than what was stored, unless that is a result and this is none. */
function newerOf(mine: VariantState | undefined, theirs: VariantState | undefined): VariantState | undefined {
  return isResult(theirs) && !isResult(mine) ? theirs : mine;
}

function isResult(state: VariantState | undefined): boolean {
  return state?.state === "made" || state?.state === "refused";
}
