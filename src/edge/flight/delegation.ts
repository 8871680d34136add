import type { Fleet } from "../backend/fleet.ts";
import { isSliced } from "../../imaging/model/recipe.ts";
import type { Choice } from "../plan/choose.ts";
import type { planSlicedDraft } from "../plan/draft.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedVariant } from "../plan/variant.ts";
import type { VariantId } from "../targets.ts";
import type { SourceState } from "./source-state.ts";

/**
 * What one flight of a gateway leaves to the fleet. The first gateway that works on a source makes for its waiting client
 * what works in steps; all else, and everything after the answer, is the encoder's.
 */
export class Delegation {
  readonly #fleet: Fleet;
  readonly #state: SourceState;
  readonly #original: Uint8Array<ArrayBuffer>;
  #announcing: Promise<void> | undefined;
  #isAnnounced = false;
  /** Variants that this flight has said are being made. */
  readonly #own = new Map<VariantId, PlannedVariant>();
  readonly #results = new Set<VariantId>();
  readonly #reported = new Set<VariantId>();
  readonly #handedOver = new Set<VariantId>();

  constructor(fleet: Fleet, state: SourceState, original: Uint8Array<ArrayBuffer>) {
    this.#fleet = fleet;
    this.#state = state;
    this.#original = original;
  }

  /**
   * Of many data centres that have fetched a source at the same time, one goes on. To be awaited before an encode that
   * is kept.
   */
  announce(variants: readonly PlannedVariant[]): Promise<void> {
    return (this.#announcing ??= this.#announce(new Map(variants.map((variant) => [variant.id, variant]))));
  }

  async #announce(variants: ReadonlyMap<VariantId, PlannedVariant>): Promise<void> {
    if (variants.size === 0) return;
    const isFirst = await this.#state.announce(this.#fleet, [...variants.values()]);
    this.#isAnnounced = true;
    if (isFirst) for (const [id, variant] of variants) this.#own.set(id, variant);
  }

  /** What a waiting client may have made here; where that is nothing, drafts, which nobody else gets. */
  makeable({ awaited }: Choice, plan: Plan, draftOf: typeof planSlicedDraft | undefined): readonly PlannedVariant[] {
    const own = [...this.#own.values()].filter(
      ({ id, recipe }) => awaited.includes(id) && isSliced(recipe) && !this.#results.has(id),
    );
    if (own.length > 0 || plan.kind === "pass" || draftOf === undefined) return own;
    const { facts, bytes } = this.#state.known.file;
    return Object.values(plan.variants).flatMap((variant) => {
      if (typeof variant === "string" || !awaited.includes(variant.id) || this.#state.hasDraft(variant.id)) return [];
      return draftOf(variant, facts, bytes) ?? [];
    });
  }

  owns(variant: PlannedVariant): boolean {
    return this.#own.get(variant.id) === variant;
  }

  /** A variant has been made here, or found to be impossible. */
  noteResult(id: VariantId): void {
    this.#results.add(id);
  }

  /** Has everything made that is announced or wanted; false when there was nothing to hand over any more. */
  async handOver(wanted: readonly PlannedVariant[]): Promise<boolean> {
    await this.#announcing;
    const results = [...this.#results].filter((id) => !this.#reported.has(id));
    const all = new Map([...this.#own.values(), ...wanted].map((variant) => [variant.id, variant]));
    const variants = [...all.values()].filter(({ id }) => !this.#handedOver.has(id) && !this.#results.has(id));
    if (variants.length === 0 && results.length === 0) return false;
    for (const { id } of variants) this.#handedOver.add(id);
    for (const id of results) this.#reported.add(id);
    const [isAnnounced, isFirst] = [this.#isAnnounced, this.#own.size > 0];
    await this.#state.delegate(this.#fleet, this.#original, { variants, own: results, isAnnounced, isFirst });
    return true;
  }
}
