import { type Cost, predictCheck, predictDecode } from "../../imaging/cost/predict.ts";
import type { Imaging, Made, OpenImage } from "../../imaging/imaging.ts";
import type { Rendering } from "../../imaging/model/rendering.ts";
import type { Recipe } from "../../imaging/model/recipe.ts";
import { isScored } from "../../imaging/model/settings.ts";
import { maxHeldPixelBytes } from "../limits.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import type { Deadline, Dropped, EncodeJob, EncoderBackend, EncodeSource } from "./backend.ts";
import type { MemoryLedger } from "./memory-ledger.ts";
import type { WorkQueue } from "./work-queue.ts";

type CountMade = (recipe: Recipe | "rendering", made: Made, isDraft: boolean) => void;

/**
 * Makes variants in this isolate: one at a time, within the memory that is left.
 * @param count takes note of what became of each recipe, and of each rendering of a preset
 */
export function localBackend(
  imaging: Imaging,
  queue: WorkQueue,
  ledger: MemoryLedger,
  count: CountMade = () => undefined,
): EncoderBackend {
  return { open: (source) => new LocalJob(imaging, queue, ledger, source, count) };
}

class LocalJob implements EncodeJob {
  readonly #imaging: Imaging;
  readonly #queue: WorkQueue;
  readonly #ledger: MemoryLedger;
  readonly #source: EncodeSource;
  readonly #count: CountMade;
  readonly #decodeCost: Cost;
  readonly #image: OpenImage;

  constructor(imaging: Imaging, queue: WorkQueue, ledger: MemoryLedger, source: EncodeSource, count: CountMade) {
    const { bytes, facts, metadata } = source;
    this.#imaging = imaging;
    this.#queue = queue;
    this.#ledger = ledger;
    this.#source = source;
    this.#count = count;
    this.#decodeCost = predictDecode(facts, bytes.byteLength);
    this.#image = imaging.open(bytes, facts, metadata, {
      mayKeep: (pixelBytes) => ledger.heldBytes() + pixelBytes <= maxHeldPixelBytes + bytes.byteLength,
      hold: (pixelBytes) => ledger.hold(pixelBytes),
    });
  }

  waitMs(): number {
    return this.#queue.predictedWaitMs("inline");
  }

  workMs({ recipe, cost }: PlannedVariant): number {
    return cost.ms + this.#decodeMs(recipe);
  }

  close(): void {
    this.#image.close();
  }

  async make(variant: PlannedVariant, { priority, endBy, isDraft = false }: Deadline): Promise<Made | Dropped> {
    const { recipe, cost } = variant;
    const stepMs = cost.ms / mostLikelyEncodes(recipe);
    let permit = await this.#queue.acquire(priority, this.#decodeMs(recipe) + stepMs, endBy);
    if (permit === undefined) return { kind: "dropped" };
    try {
      if (!this.#makeRoom(variant)) return { kind: "dropped" };
      const made = await this.#image.make(recipe, async () => {
        // Work for a waiting client comes before another encode.
        permit?.release();
        permit = await this.#queue.acquire(priority, stepMs, endBy);
        if (permit === undefined || !this.#makeRoom(variant)) return false;
        this.#makeRoomToScore(recipe);
        return true;
      });
      this.#count(recipe, made, isDraft);
      return made;
    } finally {
      permit?.release();
    }
  }

  async render(rendering: Rendering, cost: Cost, { priority, endBy }: Deadline): Promise<Made | Dropped> {
    const permit = await this.#queue.acquire(priority, cost.ms, endBy);
    if (permit === undefined) return { kind: "dropped" };
    try {
      if (!this.#hasRoom(cost.peakBytes, this.#source.bytes.byteLength)) return { kind: "dropped" };
      const made = await this.#image.render(rendering);
      this.#count("rendering", made, false);
      return made;
    } finally {
      permit.release();
    }
  }

  /** Zero where the pixels are there already, or are not needed. */
  #decodeMs(recipe: Recipe): number {
    return this.#needsDecode(recipe) ? this.#decodeCost.ms : 0;
  }

  #needsDecode(recipe: Recipe): boolean {
    return recipe.kind === "encode" && this.#image.heldBytes() === 0;
  }

  /**
   * Whether the variant fits beside what is held already; idle codecs are dropped until it does. What the job itself
   * holds is part of the predicted peak and not counted twice.
   */
  #makeRoom({ recipe, cost }: PlannedVariant): boolean {
    const { bytes } = this.#source;
    // Other recipes do not use the pixels, which are held beside their work.
    const own = bytes.byteLength + (recipe.kind === "encode" ? this.#image.heldBytes() : 0);
    const peak = Math.max(this.#needsDecode(recipe) ? this.#decodeCost.peakBytes : 0, cost.peakBytes);
    return this.#hasRoom(peak, own);
  }

  #hasRoom(peakBytes: number, ownBytes: number): boolean {
    const { memoryBudgetBytes } = this.#source;
    const needed = Math.max(0, this.#ledger.heldBytes() - ownBytes) + peakBytes;
    if (needed + this.#imaging.liveBytes() > memoryBudgetBytes) this.#imaging.dropIdle();
    // What is left belongs to work that has lost its permit, and may never end: then nothing gives its memory back.
    return needed + this.#imaging.liveBytes() <= memoryBudgetBytes;
  }

  /** The decoder of a variant is needed beside its encoder, which is dropped where both are too much. */
  #makeRoomToScore(recipe: Recipe): void {
    const { facts, memoryBudgetBytes } = this.#source;
    const size = { width: facts.width ?? 0, height: facts.height ?? 0 };
    const settings = recipe.kind === "encode" ? [recipe.settings, recipe.forGraphics ?? recipe.settings] : [];
    const needed = Math.max(0, ...settings.filter(isScored).map((each) => predictCheck(each, size).peakBytes));
    if (this.#ledger.heldBytes() + this.#imaging.liveBytes() + needed > memoryBudgetBytes) this.#imaging.dropIdle();
  }
}

/** A scored variant is encoded twice more often than not, and its cost is that of both. */
function mostLikelyEncodes(recipe: Recipe): number {
  return recipe.kind === "encode" && isScored(recipe.settings) && recipe.settings.target !== undefined ? 2 : 1;
}
