import type { Made } from "../../imaging/imaging.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import type { MetadataSetting } from "../../imaging/model/settings.ts";
import type { Cost } from "../../imaging/cost/predict.ts";
import type { Rendering } from "../../imaging/model/rendering.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import type { MemoryLedger } from "./memory-ledger.ts";
import type { Priority, WorkQueue } from "./work-queue.ts";

/** What this isolate encodes with; shared by all requests. */
export interface EncoderPool {
  readonly backend: EncoderBackend;
  readonly queue: WorkQueue;
  readonly ledger: MemoryLedger;
}

/** A source of which variants are made. */
export interface EncodeSource {
  readonly facts: ImageFacts;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly memoryBudgetBytes: number;
  readonly metadata: MetadataSetting;
}

/** When a variant must be ready, in milliseconds since the epoch, and whether a client waits for it. */
export interface Deadline {
  readonly priority: Priority;
  readonly endBy: number;
  /** Sent until the variant itself is there, and then forgotten. */
  readonly isDraft?: boolean;
}

/** Not made: no time or no memory now. Another request may try again. */
export interface Dropped {
  readonly kind: "dropped";
}

/** Where variants are made. */
export interface EncoderBackend {
  open(source: EncodeSource): EncodeJob;
}

/** The work on one source. Times are milliseconds, deadlines since the epoch. */
export interface EncodeJob {
  /** Predicted time until work for a waiting client would begin. */
  waitMs(): number;
  /** Predicted time that this variant takes then. */
  workMs(variant: PlannedVariant): number;
  /** Never rejects. */
  make(variant: PlannedVariant, deadline: Deadline): Promise<Made | Dropped>;
  /** Draws the source itself in another size. Never rejects. */
  render(rendering: Rendering, cost: Cost, deadline: Deadline): Promise<Made | Dropped>;
  /** Releases the pixels; to be called when the last variant is done. */
  close(): void;
}
