import { streamJpegToWebp } from "../../imaging/webp/encode-rows.ts";
import { recompressJpeg } from "../../imaging/recompress/recompress.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import { probeImage } from "../../imaging/probe/probe.ts";
import { maxHeldPixelBytes } from "../limits.ts";
import { type Cost, predictCheck } from "../../imaging/cost/predict.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import { type EncodeSettings, isScored, type MetadataSetting } from "../../imaging/model/settings.ts";
import { type EncodeRecipe, formatOf } from "../../imaging/model/recipe.ts";
import { isOpaque } from "../../imaging/pixels/alpha.ts";
import { isPhotographic } from "../../imaging/pixels/is-photographic.ts";
import { hasScreenContent } from "../../imaging/pixels/screen-content.ts";
import { carryMetadata, withoutMetadata } from "../../imaging/carry/carry-metadata.ts";
import type { Picture, Pixels } from "../../imaging/model/picture.ts";
import type { PixelEngine } from "../../imaging/imaging.ts";
import { ImagingError } from "../../imaging/model/error.ts";
import { runInSteps } from "../../imaging/steps.ts";
import { encodeToScore } from "../../imaging/encode/encode-to-score.ts";
import { yieldToRequests } from "./give-way.ts";
import type { MemoryLedger } from "./memory-ledger.ts";
import type { Priority, WorkQueue } from "./work-queue.ts";

/** What this isolate encodes with; shared by all requests. */
export interface EncoderPool {
  readonly engine: PixelEngine;
  readonly queue: WorkQueue;
  readonly ledger: MemoryLedger;
}

/** One source to be made into variants, and its pixels while they may be needed again. */
export interface TranscodeJob {
  readonly facts: ImageFacts;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly decodeCost: Cost;
  readonly memoryBudgetBytes: number;
  readonly metadata: MetadataSetting;
  held: { readonly picture: Picture; readonly release: () => void } | undefined;
}

export type MadeVariant =
  | { readonly kind: "made"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** No turn in time, or no memory now: another request may try again. */
  | { readonly kind: "dropped" }
  /** The source's pixels cannot be had; no variant will ever be made of it. */
  | { readonly kind: "undecodable" }
  /** The source has no exact form in this format, today or later. */
  | { readonly kind: "refused" }
  | { readonly kind: "failed"; readonly cause: unknown };

/** When a variant must be ready, in milliseconds since the epoch, and who is waiting for it. */
export interface Deadline {
  readonly priority: Priority;
  readonly endBy: number;
}

/** Makes one variant. Never rejects. */
export async function makeVariant(
  encoderPool: EncoderPool,
  job: TranscodeJob,
  variant: PlannedVariant,
  deadline: Deadline,
): Promise<MadeVariant> {
  const { priority, endBy } = deadline;
  const stepMs = variant.cost.ms / stepsOf(variant);
  const decodeMs = needsDecode(job, variant) ? job.decodeCost.ms : 0;
  let turn = await encoderPool.queue.take(priority, decodeMs + stepMs, endBy);
  if (turn === undefined) return { kind: "dropped" };
  /** Between two encodes, whoever waits for a first answer comes first. */
  const takeNextTurn = async (): Promise<boolean> => {
    turn?.release();
    turn = await encoderPool.queue.take(priority, stepMs, endBy);
    return turn !== undefined && makeRoom(encoderPool, job, variant);
  };
  try {
    if (!makeRoom(encoderPool, job, variant)) return { kind: "dropped" };
    const made = await make(encoderPool, job, variant, takeNextTurn);
    if (made.kind !== "made" || (await isFaithful(made.bytes, variant, job.facts))) return made;
    return { kind: "failed", cause: new Error("The encoder's output has another format or size than the source.") };
  } catch (cause) {
    return isAboutSource(cause, job.facts) ? { kind: "undecodable" } : { kind: "failed", cause };
  } finally {
    turn?.release();
  }
}

/** Whether it is the picture that stands in the way, or its colour profile, and not a codec. */
function isAboutSource(cause: unknown, { format }: ImageFacts): boolean {
  if (!(cause instanceof ImagingError) || cause.kind === "codec") return false;
  return cause.format === format || cause.format === "icc";
}

/** What is looked at may be encoded twice; the cost is that of both. */
function stepsOf({ recipe }: PlannedVariant): number {
  return recipe.kind === "encode" && "target" in recipe.settings ? 2 : 1;
}

async function make(
  encoderPool: EncoderPool,
  job: TranscodeJob,
  variant: PlannedVariant,
  takeNextTurn: () => Promise<boolean>,
): Promise<MadeVariant> {
  const made = await makePicture(encoderPool, job, variant, takeNextTurn);
  const format = formatOf(variant.recipe);
  // What is packed in its own format keeps everything by itself.
  const isWhole = job.metadata === "keep" && variant.recipe.kind !== "encode" && format === job.facts.format;
  if (made.kind !== "made" || isWhole) return made;
  return { kind: "made", bytes: await carryMetadata(made.bytes, format, job.bytes, job.facts, job.metadata) };
}

/** The variant without metadata. */
async function makePicture(
  encoderPool: EncoderPool,
  job: TranscodeJob,
  variant: PlannedVariant,
  takeNextTurn: () => Promise<boolean>,
): Promise<MadeVariant> {
  const { engine } = encoderPool;
  const { recipe } = variant;
  switch (recipe.kind) {
    case "encode": {
      const picture = job.held?.picture ?? (await decode(encoderPool, job));
      if (picture === undefined) return { kind: "undecodable" };
      const { settings, forGraphics } = recipe;
      if (!isFor(picture, recipe)) return { kind: "refused" };
      const chosen = forGraphics !== undefined && hasScreenContent(picture.pixels) ? forGraphics : settings;
      const mayGoOn = async (): Promise<boolean> => {
        // Others compute meanwhile, and have to know of pixels that stay although they are not held for all variants.
        const unheld = job.held === undefined ? encoderPool.ledger.hold(picture.pixels.data.byteLength) : undefined;
        const isOurTurn = await takeNextTurn().finally(() => unheld?.());
        if (isOurTurn) makeRoomToCheck(encoderPool, job, chosen, picture.pixels);
        return isOurTurn;
      };
      return { kind: "made", bytes: await encodeToScore(engine, picture, chosen, mayGoOn) };
    }
    case "recompress":
      try {
        const { bytes } = await runInSteps(recompressJpeg(job.bytes, recipe, job.metadata), yieldToRequests);
        return { kind: "made", bytes };
      } catch (cause) {
        if (!(cause instanceof ImagingError)) throw cause;
        return { kind: cause.kind === "damaged" ? "undecodable" : "refused" };
      }
    case "stream":
      try {
        return { kind: "made", bytes: await runInSteps(streamJpegToWebp(job.bytes, recipe.quality), yieldToRequests) };
      } catch (cause) {
        if (!(cause instanceof ImagingError)) throw cause;
        return { kind: cause.kind === "damaged" ? "undecodable" : "refused" };
      }
    case "optimise": {
      const source = await withoutMetadata(job.bytes, job.facts, job.metadata);
      const packed = await engine.optimisePng(source, recipe.effort);
      return packed.length < job.bytes.length ? { kind: "made", bytes: packed } : { kind: "refused" };
    }
    case "animate": {
      const animated = await engine.animate(job.bytes);
      return animated === undefined ? { kind: "refused" } : { kind: "made", bytes: animated };
    }
    default:
      return recipe satisfies never;
  }
}

/** Whether the picture is of the kind that is wanted. What has transparency is no photograph, and JPEG has none. */
function isFor({ pixels }: Picture, { only, settings }: EncodeRecipe): boolean {
  if (settings.format === "jpeg" && !isOpaque(pixels)) return false;
  return only === undefined || (isPhotographic(pixels) && isOpaque(pixels)) === (only === "photograph");
}

/** Whether the source's pixels have to be decoded for this variant. */
function needsDecode(job: Pick<TranscodeJob, "held">, { recipe }: PlannedVariant): boolean {
  return recipe.kind === "encode" && job.held === undefined;
}

/** Predicted milliseconds of CPU for one variant, with the decode if it is still to be done. */
export function predictMs(job: Pick<TranscodeJob, "held" | "decodeCost">, variant: PlannedVariant): number {
  return variant.cost.ms + (needsDecode(job, variant) ? job.decodeCost.ms : 0);
}

/** Lets the pixels go; call it when the last variant is done. */
export function endJob(job: TranscodeJob): void {
  job.held?.release();
  job.held = undefined;
}

async function decode(encoderPool: EncoderPool, job: TranscodeJob): Promise<Picture | undefined> {
  const picture = await encoderPool.engine.decode(job.bytes, job.facts);
  const { pixels } = picture;
  // The plan was made for the size in the header; anything else is a damaged or lying file.
  const upright = uprightSize(job.facts);
  if (pixels.width !== upright.width || pixels.height !== upright.height) return undefined;
  if (encoderPool.ledger.heldBytes() + pixels.data.byteLength <= maxHeldPixelBytes + job.bytes.byteLength) {
    job.held = { picture, release: encoderPool.ledger.hold(pixels.data.byteLength) };
  }
  await yieldToRequests();
  return picture;
}

/**
 * Whether the job fits beside what is held already; idle codec instances are dropped until it does. What the job
 * itself holds is part of its predicted peak and not counted twice.
 */
function makeRoom(encoderPool: EncoderPool, job: TranscodeJob, variant: PlannedVariant): boolean {
  const isPixelWork = variant.recipe.kind === "encode";
  // Other engines do not use the pixels, which stand beside their work then.
  const own = job.bytes.byteLength + (isPixelWork ? (job.held?.picture.pixels.data.byteLength ?? 0) : 0);
  const peak = Math.max(needsDecode(job, variant) ? job.decodeCost.peakBytes : 0, variant.cost.peakBytes);
  const needed = Math.max(0, encoderPool.ledger.heldBytes() - own) + peak;
  if (needed + encoderPool.engine.liveBytes() > job.memoryBudgetBytes) encoderPool.engine.dropIdle();
  return needed <= job.memoryBudgetBytes;
}

/** The decoder of a variant stands beside its encoder, which is dropped where both are too much. */
function makeRoomToCheck(
  { ledger, engine }: EncoderPool,
  { memoryBudgetBytes }: TranscodeJob,
  settings: EncodeSettings,
  size: Pick<Pixels, "width" | "height">,
): void {
  const needed = isScored(settings) ? predictCheck(settings, size).peakBytes : 0;
  if (ledger.heldBytes() + engine.liveBytes() + needed > memoryBudgetBytes) engine.dropIdle();
}

/** The last guard before a variant is stored: it is what it should be, and of the source's size once upright. */
async function isFaithful(bytes: Uint8Array, variant: PlannedVariant, source: ImageFacts): Promise<boolean> {
  const facts = await probeImage(bytes);
  if (facts?.format !== formatOf(variant.recipe)) return false;
  const [made, expected] = [uprightSize(facts), uprightSize(source)];
  return made.width === expected.width && made.height === expected.height;
}

/** Orientations from 5 on exchange the sides (EXIF 3.0, tag 274). */
function uprightSize({ width, height, orientation }: ImageFacts): Pick<ImageFacts, "width" | "height"> {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
