/**
 * Gateways with a cache each, one real R2 bucket and one encoder, with a queue that a test delivers: again, late, in
 * another order, or not at all.
 */
import { env } from "cloudflare:workers";
import { createEncoder } from "../../src/edge/encoder-application.ts";
import type { DeadLetter, EncodeMessage } from "../../src/edge/backend/encode-message.ts";
import { yieldToRequests } from "../../src/edge/backend/give-way.ts";
import type { Bucket, Env } from "../../src/edge/env.ts";
import { openWith } from "../../src/imaging/open-image.ts";
import { createScriptedEngine, type ScriptedEngine } from "./scripted-engine.ts";
import { type Edge, startEdge } from "./scripted-edge.ts";
import { type ScriptedOrigin, startScriptedOrigin } from "./scripted-origin.ts";

/** A message as the queue holds it. */
export interface Delivery {
  readonly body: unknown;
  readonly sentAt: number;
  attempts: number;
}

export interface Fleet {
  readonly gateways: readonly [Edge, Edge];
  readonly origin: ScriptedOrigin;
  readonly bucket: Bucket;
  readonly engine: ScriptedEngine;
  readonly clock: { now: number };
  /** Waiting, in the order in which they were sent. */
  readonly queue: Delivery[];
  readonly backfill: unknown[];
  readonly dead: DeadLetter[];
  readonly reported: readonly unknown[];
  /** Throws in place of taking a message. */
  isRefusing: boolean;
  /** What the queue says of its backlog. */
  backlogCount: number;
  /** Awaited before a message is taken. */
  beforeSend: (() => Promise<unknown>) | undefined;
  /** Delivers the first message once; false where the encoder wants it again, and it waits again then. */
  deliver(delivery?: Delivery): Promise<boolean>;
  /** Lets the gateways finish and delivers all messages, until nothing happens any more. */
  settle(): Promise<void>;
  /** All work after the answers of the gateways. */
  idle(): Promise<void>;
}

export interface FleetOptions {
  readonly vars?: Readonly<Record<string, string>>;
  /** Of the second gateway alone. */
  readonly otherVars?: Readonly<Record<string, string>>;
  readonly encoderVars?: Readonly<Record<string, string>>;
  /** What the gateways see of the bucket. */
  readonly bucketOf?: (bucket: Bucket) => Bucket;
  readonly hasBackfill?: boolean;
  /** In place of a real one. */
  readonly bucket?: Bucket;
  /** Of each gateway, in place of workerd's own. */
  readonly cacheOf?: () => Cache;
  /** Answers the gateways' `fetch` in place of the scripted origins. */
  readonly fetch?: typeof fetch;
}

let fleets = 0;

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { FLEET_BUCKET } = env as unknown as { readonly FLEET_BUCKET: Bucket };
  const bucket = options.bucket ?? FLEET_BUCKET;
  const origin = startScriptedOrigin();
  const clock = { now: Date.now() };
  const site = { host: `fleet-${++fleets}.test`, clock };
  const reported: unknown[] = [];
  const queue: Delivery[] = [];
  const [backfill, dead]: [unknown[], DeadLetter[]] = [[], []];
  const JOBS = {
    send: async (message: EncodeMessage) => {
      await fleet.beforeSend?.();
      if (fleet.isRefusing) throw new Error("Queue is overloaded");
      queue.push({ body: structuredClone(message), sentAt: clock.now, attempts: 0 });
      return { metadata: { metrics: { backlogCount: fleet.backlogCount } } };
    },
  };
  const keep = <Message>(list: Message[]) => ({
    send: async (message: Message) => {
      list.push(message);
      return {};
    },
  });
  const VARIANTS = options.bucketOf?.(bucket) ?? bucket;
  const start = (vars = options.vars ?? {}): Promise<Edge> =>
    startEdge({
      origin,
      site,
      vars,
      isGateway: true,
      bindings: { VARIANTS, JOBS },
      ...(options.fetch && { fetch: options.fetch }),
      ...(options.cacheOf && { cache: options.cacheOf() }),
    });
  const engine = createScriptedEngine();
  const encoder = createEncoder({
    imaging: openWith(engine, yieldToRequests),
    now: () => clock.now,
    report: (error) => void reported.push(error),
    pause: () => Promise.resolve(),
  });
  const encoderEnv = {
    ORIGIN: "route",
    ...options.encoderVars,
    VARIANTS: bucket,
    DEAD: keep(dead),
    ...(options.hasBackfill === true && { BACKFILL: keep(backfill) }),
  } as unknown as Env;

  const gateways = [await start(), await start({ ...options.vars, ...options.otherVars })] as const;
  const fleet: Fleet = {
    gateways,
    origin,
    bucket,
    engine,
    clock,
    queue,
    backfill,
    dead,
    reported,
    isRefusing: false,
    backlogCount: 0,
    beforeSend: undefined,
    async deliver(delivery = queue.shift()) {
      if (delivery === undefined) throw new Error("nothing waits");
      delivery.attempts += 1;
      let isDone: boolean | undefined;
      const message = {
        id: "1",
        timestamp: new Date(delivery.sentAt),
        body: delivery.body,
        attempts: delivery.attempts,
        ack: () => (isDone = true),
        retry: () => (isDone = false),
      };
      await encoder.queue(
        { messages: [message], queue: "jobs" } as unknown as MessageBatch,
        encoderEnv,
        {} as ExecutionContext,
      );
      if (isDone === false) queue.push(delivery);
      return isDone === true;
    },
    async settle() {
      for (let round = 0; round < maxRounds; round++) {
        await fleet.idle();
        if (queue.length === 0) return;
        await fleet.deliver();
      }
      throw new Error("messages wait for ever");
    },
    async idle() {
      for (const gateway of gateways) await gateway.idle();
    },
  };
  return fleet;
}

const maxRounds = 500;
