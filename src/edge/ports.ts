import type { AnswerCache } from "./store/answer-cache.ts";
import type { VariantStore } from "./store/variant-store.ts";
import type { EncoderPool } from "./backend/backend.ts";
import type { Fleet } from "./backend/fleet.ts";
import type { Config } from "./config.ts";
import type { OriginMemory } from "./origin/origin-memory.ts";
import type { OriginPort } from "./origin/fetch-source.ts";

/** Everything outside of the program, handed in so that tests can hand in something else. */
export interface Ports {
  readonly config: Config;
  /** Milliseconds since the epoch. In production it does not move while the CPU is busy. */
  readonly now: () => number;
  readonly store: VariantStore;
  readonly answers: AnswerCache;
  readonly origin: OriginPort;
  readonly encoderPool: EncoderPool;
  /** Undefined where this Worker does everything itself. */
  readonly fleet: Fleet | undefined;
  readonly memory: OriginMemory;
  /** Keeps work going after the answer, and after the client has left. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}
