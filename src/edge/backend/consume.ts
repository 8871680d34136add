import { strongEtag } from "../http/etag.ts";
import { encoderWindowMs, leaseMarginMs, redeliverySeconds, retryAfterSeconds, sharedWritePauseMs } from "../limits.ts";
import type { SourceRecord, VariantState, VariantStates } from "../plan/known-source.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import { mergeResults, unmadeVariants } from "../store/manifest.ts";
import { sharedNames } from "../store/shared-names.ts";
import type { SharedSource, SharedStore } from "../store/shared-store.ts";
import type { EncoderBackend } from "./backend.ts";
import type { EncodeMessage } from "./encode-message.ts";
import type { Leases } from "./lease.ts";
import type { MemoryLedger } from "./memory-ledger.ts";

/** What the encoder uses of the outside. */
export interface EncoderPorts {
  readonly shared: SharedStore;
  readonly leases: Leases;
  readonly backend: EncoderBackend;
  readonly ledger: MemoryLedger;
  readonly memoryBudgetBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** What becomes of a message, and why. */
export type Consumed =
  | { readonly kind: "done"; readonly why: string }
  | { readonly kind: "again"; readonly why: string; readonly seconds: number };

const done = (why: string): Consumed => ({ kind: "done", why });
const again = (why: string, seconds: number = redeliverySeconds): Consumed => ({ kind: "again", why, seconds });

type Open = SharedSource & { readonly record: SourceRecord };

/**
 * Makes what a message asks for, all of one decode, and writes the bytes and then the manifest. Deliveries may be
 * repeated, late, or in another order: what is made already is not made again, and what is void is not made at all.
 * @param isRedelivered whether an earlier delivery has not been acknowledged
 */
export async function consume(message: EncodeMessage, isRedelivered: boolean, ports: EncoderPorts): Promise<Consumed> {
  const { shared, leases, now } = ports;
  const before = await shared.read(message.key);
  if (before === undefined) return again("the shared store cannot be read");
  if (!isFor(before, message)) return done("another picture, or a purge, has made it void");
  const wanted = await missingOf(message, before.record.variants, ports);
  if (wanted.length === 0) return save(message, {}, null, ports);

  const lease = (await sharedNames(message.key)).lease(message.etag, message.generation);
  const predictedMs = wanted.reduce((sum, { cost }) => sum + cost.ms, 0);
  const until = now() + leaseMarginMs + Math.min(4 * predictedMs, encoderWindowMs);
  const refused = await leases.take(lease, { until, variants: wanted.map(({ id }) => id) }, isRedelivered);
  if (refused?.kind === "leave it") return done("another consumer makes it");
  if (refused !== undefined)
    return again("another consumer holds the lease", refused.kind === "wait" ? refused.seconds : 1);
  try {
    // Another one may have written the manifest before this lease was granted.
    const found = await shared.read(message.key);
    if (found === undefined) return again("the shared store cannot be read");
    if (!isFor(found, message)) return done("another picture, or a purge, has made it void");
    return await makeAll(message, await missingOf(message, found.record.variants, ports), found, ports);
  } finally {
    await leases.release(lease).catch(() => undefined);
  }
}

function isFor(source: SharedSource, { etag, generation }: EncodeMessage): source is Open {
  return source.record?.file.etag === etag && source.record.generation === generation;
}

/** What is still to be made: also what a manifest names although its bytes have gone. */
async function missingOf(
  { key, variants, results }: EncodeMessage,
  states: VariantStates,
  { shared, now }: EncoderPorts,
): Promise<readonly PlannedVariant[]> {
  const known = mergeResults(states, results);
  const unmade = unmadeVariants(variants, known, now());
  const others = variants.filter((variant) => !unmade.includes(variant));
  const areLost = await Promise.all(
    others.map(async ({ id }) => {
      const state = known[id];
      return state?.state === "made" && !(await shared.hasBytes(key, id, state.etag));
    }),
  );
  return [...unmade, ...others.filter((_, index) => areLost[index])];
}

async function makeAll(
  message: EncodeMessage,
  wanted: readonly PlannedVariant[],
  { record }: Open,
  ports: EncoderPorts,
): Promise<Consumed> {
  const { shared, backend, ledger, memoryBudgetBytes, now } = ports;
  const { key, etag, generation, metadata } = message;
  const bytes = await shared.readBytes(key, "original", etag);
  if (bytes === undefined) return again("the source's bytes cannot be read");
  const job = backend.open({ facts: record.file.facts, bytes, memoryBudgetBytes, metadata });
  const release = ledger.hold(bytes.byteLength);
  const results: Record<string, VariantState> = {};
  let isDropped = false;
  let verdict: EncodeMessage["verdict"] = null;
  try {
    for (const variant of wanted.toSorted((a, b) => a.cost.ms - b.cost.ms)) {
      if (!(await shared.isCurrent(key, generation))) return done("a purge has made it void");
      const { id } = variant;
      const made = await job.make(variant, { priority: "background", endBy: now() + encoderWindowMs });
      if (made.kind === "made") {
        const tag = await strongEtag(made.bytes);
        if (!(await shared.writeBytes(key, id, made.bytes, tag))) return again("bytes cannot be written");
        results[id] = { state: "made", bytes: made.bytes.length, etag: tag };
      } else if (made.kind === "refused") results[id] = { state: "refused" };
      else if (made.kind === "failed") results[id] = failedAgain(record.variants[id], now());
      else if (made.kind === "undecodable") {
        verdict = "undecodable";
        break;
      } else isDropped = true;
    }
  } finally {
    job.close();
    release();
  }
  const saved = await save(message, results, verdict, ports);
  return saved.kind === "done" && isDropped ? again("there was no memory or time for all of it") : saved;
}

/** One failure more; with each the pause until the next try is longer. */
function failedAgain(before: VariantState | undefined, now: number): VariantState {
  const attempts = before !== undefined && "attempts" in before ? before.attempts : 0;
  const seconds = retryAfterSeconds[Math.min(attempts, retryAfterSeconds.length - 1)] ?? 0;
  return { state: "failed", attempts: attempts + 1, retryAt: now + seconds * 1000 };
}

/** Conditional writes that lose against others before the message is delivered again. */
const maxWrites = 4;

/** Writes the manifest, on condition that nobody else has since it was read, and that it is still about the same picture. */
async function save(
  message: EncodeMessage,
  results: VariantStates,
  verdict: EncodeMessage["verdict"],
  { shared, now, pause }: EncoderPorts,
): Promise<Consumed> {
  for (let write = 0; write < maxWrites; write++) {
    const found = await shared.read(message.key);
    if (found === undefined) return again("the shared store cannot be read");
    if (!isFor(found, message)) return done("another picture, or a purge, has made it void");
    const variants = mergeResults(mergeResults(found.record.variants, message.results), results);
    const record = { ...found.record, variants, verdict: verdict ?? message.verdict ?? found.record.verdict };
    if (JSON.stringify(record) === JSON.stringify(found.record)) return done("all of it is there");
    const sinceWrite = now() - found.writtenAt;
    if (sinceWrite < sharedWritePauseMs) await pause(sharedWritePauseMs - sinceWrite);
    const written = await shared.write(message.key, record, found.version);
    if (written === "written") return done("made");
    if (written === "failed") break;
  }
  return again("the manifest cannot be written");
}

/** Notes that the variants of a message are given up, so that no gateway asks for them again at once. */
export function giveUp(message: EncodeMessage, ports: EncoderPorts): Promise<Consumed> {
  const retryAt = ports.now() + (retryAfterSeconds.at(-1) ?? 0) * 1000;
  const results = message.variants.map(({ id }) => [
    id,
    { state: "failed", attempts: retryAfterSeconds.length, retryAt },
  ]);
  return save(message, Object.fromEntries(results) as VariantStates, null, ports);
}
