import type { ImageFacts } from "../formats/facts.ts";
import { probeImage } from "../formats/probe.ts";
import { maxHeldPixelBytes } from "../limits.ts";
import type { Cost } from "../plan/cost-model.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import type { DecodedFormat, PixelEngine, Pixels } from "./codec.ts";
import { CodecError } from "./codec-error.ts";
import type { MemoryLedger } from "./memory-ledger.ts";
import type { Priority, WorkQueue } from "./work-queue.ts";

/** What this isolate encodes with; shared by all requests. */
export interface Workshop {
  readonly engine: PixelEngine;
  readonly queue: WorkQueue;
  readonly ledger: MemoryLedger;
}

/** One source to be made into variants, and its pixels while they may be needed again. */
export interface TranscodeJob {
  readonly format: DecodedFormat;
  readonly facts: ImageFacts;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly decodeCost: Cost;
  readonly memoryBudgetBytes: number;
  held: { readonly pixels: Pixels; readonly release: () => void } | undefined;
}

export type MadeVariant =
  | { readonly kind: "made"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** No turn in time, or no memory now: another request may try again. */
  | { readonly kind: "dropped" }
  /** The source's pixels cannot be had; no variant will ever be made of it. */
  | { readonly kind: "undecodable" }
  | { readonly kind: "failed"; readonly cause: unknown };

/** When a variant must be ready, in milliseconds since the epoch, and who is waiting for it. */
export interface Deadline {
  readonly priority: Priority;
  readonly endBy: number;
}

/** Makes one variant, decoding the source first unless its pixels are still held. Never rejects. */
export async function makeVariant(
  workshop: Workshop,
  job: TranscodeJob,
  variant: PlannedVariant,
  deadline: Deadline,
): Promise<MadeVariant> {
  const turn = await workshop.queue.take(deadline.priority, predictMs(job, variant), deadline.endBy);
  if (turn === undefined) return { kind: "dropped" };
  try {
    if (!makeRoom(workshop, job, variant)) return { kind: "dropped" };
    const pixels = job.held?.pixels ?? (await decode(workshop, job));
    if (pixels === undefined) return { kind: "undecodable" };
    const bytes = await workshop.engine.encode(pixels, variant.settings);
    return (await isFaithful(bytes, variant, job.facts))
      ? { kind: "made", bytes }
      : { kind: "failed", cause: new Error("The encoder's output has another format or size than the source.") };
  } catch (cause) {
    return cause instanceof CodecError && cause.stage === "decode"
      ? { kind: "undecodable" }
      : { kind: "failed", cause };
  } finally {
    turn.release();
  }
}

/** Predicted milliseconds of CPU for one variant, with the decode if it is still to be done. */
export function predictMs(job: Pick<TranscodeJob, "held" | "decodeCost">, variant: PlannedVariant): number {
  return variant.cost.ms + (job.held === undefined ? job.decodeCost.ms : 0);
}

/** Lets the pixels go; call it when the last variant is done. */
export function endJob(job: TranscodeJob): void {
  job.held?.release();
  job.held = undefined;
}

async function decode(workshop: Workshop, job: TranscodeJob): Promise<Pixels | undefined> {
  const pixels = await workshop.engine.decode(job.format, job.bytes);
  // The plan was made for the size in the header; anything else is a damaged or lying file.
  if (pixels.width !== job.facts.width || pixels.height !== job.facts.height) return undefined;
  if (workshop.ledger.heldBytes() + pixels.data.byteLength <= maxHeldPixelBytes + job.bytes.byteLength) {
    job.held = { pixels, release: workshop.ledger.hold(pixels.data.byteLength) };
  }
  return pixels;
}

/**
 * Whether the job fits beside what is held already; idle codec instances are dropped until it does. What the job
 * itself holds is part of its predicted peak and not counted twice.
 */
function makeRoom(workshop: Workshop, job: TranscodeJob, variant: PlannedVariant): boolean {
  const own = job.bytes.byteLength + (job.held?.pixels.data.byteLength ?? 0);
  const peak = Math.max(job.held === undefined ? job.decodeCost.peakBytes : 0, variant.cost.peakBytes);
  const needed = Math.max(0, workshop.ledger.heldBytes() - own) + peak;
  if (needed + workshop.engine.liveBytes() > job.memoryBudgetBytes) workshop.engine.dropIdle();
  return needed <= job.memoryBudgetBytes;
}

/** The last guard before a variant is stored: it is what it should be, and as large as the source. */
async function isFaithful(bytes: Uint8Array, variant: PlannedVariant, source: ImageFacts): Promise<boolean> {
  const facts = await probeImage(bytes);
  return facts?.format === variant.settings.format && facts.width === source.width && facts.height === source.height;
}
