import type { VariantState } from "../cache/meta.ts";
import type { Config } from "../config.ts";
import type { FormatId, ProducedFormat } from "../formats/formats.ts";
import { producedFormats } from "../formats/formats.ts";
import type { ClientClass } from "../negotiate/client-class.ts";
import { type Reason, reasonOrder, reasons } from "../reasons.ts";
import type { Plan, PlannedVariant } from "./plan.ts";

/** What a choice is made from. */
export interface Known {
  readonly sourceFormat: FormatId;
  readonly sourceBytes: number;
  readonly plan: Plan;
  readonly variants: Readonly<Partial<Record<ProducedFormat, VariantState>>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The answer for one client class, as far as it is known now. */
export interface Choice {
  /** Whose bytes are sent. */
  readonly serve: ProducedFormat | "original";
  readonly reason: Reason;
  /** Size that the explanation gives as `to`: in shadow mode the variant's that is not sent. */
  readonly to: number;
  /** Formats that this class is still waiting for. */
  readonly pending: readonly ProducedFormat[];
  /** Those of them that nobody is making: the caller may start. */
  readonly startable: readonly PlannedVariant[];
  readonly transient: boolean;
}

/** Chooses the smallest file that the class accepts among what exists, and says what is still to come. */
export function chooseAnswer(known: Known, client: ClientClass, config: Config): Choice {
  const { plan, sourceBytes } = known;
  const original = (reason: Reason): Choice => ({
    serve: "original",
    reason,
    to: sourceBytes,
    pending: [],
    startable: [],
    transient: reasons[reason].transient,
  });
  if (plan.kind === "pass") return original(plan.reason);

  const accepted = producedFormats.filter((format) => client.formats.includes(format) && plan.variants[format] !== undefined);
  if (accepted.length === 0) return original("not-accepted");
  const makeable = accepted.map((format) => plan.variants[format]).filter(isPlanned);
  if (makeable.length === 0) return original(firstReason(accepted.map((format) => plan.variants[format])));

  const largest = sourceBytes * (1 - config.MIN_SAVING_PERCENT / 100);
  const best = makeable
    .flatMap(({ settings: { format } }) => madeVariant(format, known) ?? [])
    .filter(({ bytes }) => bytes <= largest && bytes < sourceBytes)
    .toSorted((a, b) => a.bytes - b.bytes)[0];
  const missing = makeable.filter(({ settings: { format } }) => isMissing(known.variants[format], known.now));
  const startable = missing.filter(({ settings: { format } }) => isStartable(known.variants[format], known.now));
  const pending = missing.map(({ settings: { format } }) => format);
  const hasFailed = makeable.some(({ settings: { format } }) => known.variants[format]?.state === "failed");

  if (pending.length > 0) {
    const serve = best === undefined || config.MODE === "shadow" ? "original" : best.format;
    return { serve, reason: "interim", to: best?.bytes ?? sourceBytes, pending, startable, transient: true };
  }
  if (best === undefined) return original(hasFailed ? "encode-failed" : "not-smaller");
  if (config.MODE === "shadow") return { ...original("shadow"), to: best.bytes };
  return { serve: best.format, reason: "transcoded", to: best.bytes, pending, startable, transient: false };
}

function isPlanned(verdict: PlannedVariant | Reason | undefined): verdict is PlannedVariant {
  return typeof verdict === "object";
}

function firstReason(verdicts: readonly (PlannedVariant | Reason | undefined)[]): Reason {
  return reasonOrder.find((reason) => verdicts.includes(reason)) ?? "not-accepted";
}

function madeVariant(format: ProducedFormat, known: Known): { format: ProducedFormat; bytes: number } | undefined {
  const state = known.variants[format];
  return state?.state === "made" ? { format, bytes: state.bytes } : undefined;
}

/** Attempts after which a format rests for an hour and the answer stops being interim. */
const maxAttempts = 3;

function isMissing(state: VariantState | undefined, now: number): boolean {
  if (state === undefined || state.state === "pending") return true;
  return state.state === "failed" && (state.attempts < maxAttempts || state.retryAt <= now);
}

function isStartable(state: VariantState | undefined, now: number): boolean {
  if (state === undefined) return true;
  if (state.state === "pending") return state.until <= now;
  return state.state === "failed" && state.retryAt <= now;
}

/** Formats to make for a source now: those that the asking class waits for, and the eager ones. */
export function eagerVariants(known: Known, config: Config): readonly PlannedVariant[] {
  const { plan } = known;
  if (plan.kind === "pass") return [];
  return config.EAGER.map((format) => plan.variants[format])
    .filter(isPlanned)
    .filter(({ settings: { format } }) => isStartable(known.variants[format], known.now));
}
