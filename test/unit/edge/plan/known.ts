/** What is known of a source, and what is chosen of it, in the words of tests. */
import type { Env } from "../../../../src/edge/env.ts";
import { type ClientClass, readAccept } from "../../../../src/edge/negotiate/client-class.ts";
import { type Choice, chooseAnswer, type Known } from "../../../../src/edge/plan/choose.ts";
import type { VariantState } from "../../../../src/edge/plan/known-source.ts";
import { planSource } from "../../../../src/edge/plan/plan.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";
import type { ImageFacts } from "../../../../src/imaging/model/facts.ts";
import { formatOf } from "../../../../src/imaging/model/recipe.ts";
import { accepts, configOf, jpeg } from "../../samples.ts";

export const now = 1_800_000_000_000;
export const hour = 3_600_000;

export function made(bytes: number): VariantState {
  return { state: "made", bytes, etag: `"${bytes}"` };
}
export const beingMade: VariantState = { state: "pending", until: now + 1, attempts: 0 };
export const abandoned: VariantState = { state: "pending", until: now, attempts: 0 };
export function failed(attempts: number, retryAt: number): VariantState {
  return { state: "failed", attempts, retryAt };
}

/** A source of 1000 bytes, unless it is said otherwise. */
export function know(variants: Known["variants"], env: Env = {}, facts: ImageFacts = jpeg, sourceBytes = 1000): Known {
  const plan = planSource(facts, sourceBytes, configOf(env));
  return { sourceFormat: facts.format, sourceBytes, plan, variants, now };
}

export function choose(known: Known, accept: string = accepts.chrome, env: Env = {}): Choice {
  return chooseAnswer(known, readAccept(accept).clientClass, configOf(env));
}

/** The same for a class that no Accept header leads to. */
export function chooseFor(known: Known, client: ClientClass, env: Env = {}): Choice {
  return chooseAnswer(known, client, configOf(env));
}

export function formatsOf(variants: readonly PlannedVariant[]): string[] {
  return variants.map(({ recipe }) => formatOf(recipe));
}
