import { consume, type Consumed, type EncoderPorts, giveUp } from "./backend/consume.ts";
import { type EncodeMessage, readMessage } from "./backend/encode-message.ts";
import { createLeases } from "./backend/lease.ts";
import { localBackend } from "./backend/local.ts";
import { createMemoryLedger } from "./backend/memory-ledger.ts";
import { createWorkQueue } from "./backend/work-queue.ts";
import { readConfig } from "./config.ts";
import type { Env } from "./env.ts";
import { maxDeliveries, permitTimeoutMs, redeliverySeconds, urgentSeconds } from "./limits.ts";
import type { Platform } from "./application.ts";
import { countMade, createStats } from "./stats.ts";
import { reportSeldom } from "./report-seldom.ts";
import { createR2Store } from "./store/r2.ts";

/** What an encoder takes from the platform; tests hand in something else. */
export interface EncoderPlatform extends Pick<Platform, "imaging" | "now" | "report"> {
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** The Worker that consumes messages and encodes. It answers nobody but other Workers of the account. */
export function createEncoder({ imaging, now, report, pause }: EncoderPlatform): {
  readonly queue: ExportedHandlerQueueHandler<Env>;
  readonly fetch: ExportedHandlerFetchHandler<Env>;
} {
  const reportOnce = reportSeldom(report, now);
  const stats = createStats();
  const ledger = createMemoryLedger();
  // Several deliveries may share an isolate and its memory.
  const work = createWorkQueue(now, permitTimeoutMs);
  const backend = localBackend(imaging, work, ledger, (recipe, made, isDraft) => {
    countMade(stats, recipe, made, isDraft);
    if (made.kind === "failed") reportOnce(made.cause);
  });
  let ports: { readonly env: Env; readonly ports: EncoderPorts } | undefined;

  const portsOf = (env: Env): EncoderPorts | undefined => {
    const { VARIANTS: bucket } = env;
    if (bucket === undefined) return undefined;
    if (ports?.env !== env) {
      const made: EncoderPorts = {
        shared: createR2Store(bucket, now, reportOnce, 0),
        leases: createLeases(bucket, now),
        backend,
        ledger,
        memoryBudgetBytes: readConfig(env).MEMORY_BUDGET_MB * 1e6,
        now,
        pause,
      };
      ports = { env, ports: made };
    }
    return ports?.ports;
  };

  const deliver = async (delivered: Message, env: Env): Promise<Consumed> => {
    const made = portsOf(env);
    if (made === undefined) return { kind: "again", why: "VARIANTS is not bound", seconds: redeliverySeconds };
    const message = readMessage(delivered.body);
    if (message === undefined) return bury("it is no message of this version", delivered, env);
    if (delivered.attempts > maxDeliveries) {
      await giveUp(message, made);
      return bury("the encoder was ended each time it worked on it", delivered, env);
    }
    if (await makeWay(message, delivered, env)) return { kind: "done", why: "it waits for newer ones" };
    const consumed = await consume(message, delivered.attempts > 1, made).catch((error: unknown): Consumed => ({
      kind: "again",
      why: String(error),
      seconds: redeliverySeconds,
    }));
    if (consumed.kind === "done" || delivered.attempts < maxDeliveries) return consumed;
    await giveUp(message, made);
    return bury(consumed.why, delivered, env);
  };

  /** What has waited for long is not asked for at this moment any more. */
  const makeWay = async (message: EncodeMessage, { timestamp }: Message, { BACKFILL }: Env): Promise<boolean> => {
    if (BACKFILL === undefined || message.isBackfill === true) return false;
    if (now() - timestamp.getTime() < urgentSeconds * 1000) return false;
    return BACKFILL.send({ ...message, isBackfill: true }).then(
      () => true,
      () => false,
    );
  };

  const bury = async (reason: string, { body }: Message, { DEAD }: Env): Promise<Consumed> => {
    stats.failures += 1;
    report({ failure: "encode", reason, message: body });
    // The log has it already: a queue that is missing is no reason to try all of it again.
    await DEAD?.send({ reason, message: body }).catch(report);
    return { kind: "done", why: reason };
  };

  return {
    async queue(batch, env) {
      for (const message of batch.messages) {
        stats.requests += 1;
        // An exception would make the platform start fewer consumers.
        const consumed = await deliver(message, env).catch((error: unknown): Consumed => ({
          kind: "again",
          why: String(error),
          seconds: redeliverySeconds,
        }));
        if (consumed.kind === "done") message.ack();
        else {
          report({ failure: "delivery", reason: consumed.why, attempts: message.attempts });
          message.retry({ delaySeconds: consumed.seconds });
        }
      }
    },
    fetch: () =>
      Response.json({ ...stats, heldBytes: ledger.heldBytes() }, { headers: { "cache-control": "no-store" } }),
  };
}
