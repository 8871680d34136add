import { isRetryDue, type VariantState } from "./known-source.ts";
import { isDue } from "../clock.ts";
import type { Config } from "../config.ts";
import { pendingMarkerSeconds } from "../limits.ts";
import { isLossless } from "../../imaging/model/recipe.ts";
import type { FormatId } from "../../imaging/model/formats.ts";
import { legacyTargets, type Target, targets, universalTargets, type VariantId } from "../targets.ts";
import type { ClientClass } from "../negotiate/client-class.ts";
import { firstReason, type Reason, reasons } from "../reasons.ts";
import type { Plan } from "./plan.ts";
import { isBestForItsClients, isImprovement, mustBeConverted } from "./policy.ts";
import type { PlannedVariant } from "./variant.ts";

/** What a choice is made from. */
export interface Known {
  readonly sourceFormat: FormatId;
  readonly sourceBytes: number;
  /** For the client's kind of network. */
  readonly plan: Plan;
  readonly variants: Readonly<Partial<Record<VariantId, VariantState>>>;
  /** Drafts at hand (see `planSlicedDraft()`); each may be sent as long as its variant is missing, and ends no waiting. */
  readonly drafts?: ReadonlyMap<VariantId, Uint8Array>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The answer for one client class, as far as it is known now. */
export interface Choice {
  /** Whose bytes are sent. */
  readonly serve: Target | "original";
  /** The variant in that format; undefined for the original. */
  readonly id: VariantId | undefined;
  readonly reason: Reason;
  /** Size that the explanation gives as `to`: in shadow mode the variant's that is not sent. */
  readonly to: number;
  /** Formats that this class is still waiting for. */
  readonly pending: readonly FormatId[];
  /** The variants of these formats. */
  readonly awaited: readonly VariantId[];
  /** Those of them that are not being made: the caller may start. */
  readonly startable: readonly PlannedVariant[];
  /** The original is no answer: the client cannot show it. */
  readonly mustConvert: boolean;
  readonly transient: boolean;
  /** When a variant that failed may be tried again, in milliseconds since the epoch. */
  readonly retryAt: number | undefined;
  /** Another kind of network could have had another answer. */
  readonly variesByNetwork: boolean;
  /** A format chosen by User-Agent was possible, so `Vary` must name it. */
  readonly variesByUserAgent: boolean;
  /** A client that downloads a file for print gets it as it is, which others may not. */
  readonly variesByDestination: boolean;
}

/**
 * A file of so many per cent of the source's picture is smaller than that picture optimised, which saves up to a
 * tenth. What the source says about itself does not count: no variant holds it.
 */
const fallbackPercent = 85;

/**
 * A file of no more bytes holds so little picture that an optimised PNG may be smaller, however long the source is: what a
 * format says about itself decides. Of 564 small and plain PNGs 33 came out so, all below 2,500 bytes.
 */
const plainPictureBytes = 4096;

/** Chooses the smallest existing file that the class accepts, and says which variants are still to come. */
export function chooseAnswer(known: Known, client: ClientClass, config: Config): Choice {
  const { plan, sourceBytes, sourceFormat } = known;
  const mustConvert = mustBeConverted(sourceFormat, client);
  const original = (reason: Reason): Choice => ({
    serve: "original",
    id: undefined,
    reason,
    to: sourceBytes,
    pending: [],
    awaited: [],
    startable: [],
    mustConvert,
    transient: reasons[reason].transient,
    retryAt: undefined,
    variesByNetwork: false,
    variesByUserAgent: false,
    variesByDestination: false,
  });
  if (plan.kind === "pass") return original(plan.reason);
  if (mustConvert && plan.isNamed === true) return original("opted-out");

  const { variants } = plan;
  const isFor = (target: Target): boolean => mustConvert || isImprovement(sourceFormat, target);
  const named = client.formats
    .filter((target) => target !== "tiff")
    .filter((target) => variants[target] !== undefined && isFor(target));
  const verdictsOn = (wanted: readonly Target[]) => wanted.map((target) => variants[target]);
  const modern = verdictsOn(named).filter(isPlanned);
  const universal = verdictsOn(universalTargets.filter(isFor));
  const fallback = universal.filter(isPlanned);
  // A client that can show a TIFF is better off with any smaller file: others get that one, however little it saves.
  const minSaving = sourceFormat === "tiff" ? 0 : config.MIN_SAVING_PERCENT;
  const maxBytes = mustConvert ? Infinity : (sourceBytes * (100 - minSaving)) / 100;
  const smallestOf = (wanted: readonly PlannedVariant[]) =>
    wanted
      .flatMap((variant) => madeVariant(variant, known) ?? [])
      .filter(({ bytes }) => mustConvert || bytes < sourceBytes)
      .filter(({ bytes }) => bytes <= maxBytes)
      .toSorted((a, b) => a.bytes - b.bytes)[0];
  const best = smallestOf([...modern, ...fallback]);
  const areMissing = (wanted: readonly PlannedVariant[]) =>
    wanted.filter(({ id }) => isMissing(known.variants[id], known.now));
  const missingModern = areMissing(modern);
  // Universal formats are made for clients that have nothing clearly smaller.
  const alternatives = fallback.filter((variant) => best === undefined || mayBeSmaller(variant, best));
  const missingAlternatives = areMissing(alternatives);
  // A client that cannot show the source waits for the first variant that is ready.
  const missing =
    missingModern.length === 0 ? missingAlternatives : [...missingModern, ...(mustConvert ? missingAlternatives : [])];
  const startable = missing.filter(({ id }) => isStartable(known.variants[id], known.now));
  const pending = [...new Set(missing.map(({ target }) => targets[target].format))];
  const awaited = missing.map(({ id }) => id);
  const makeable = [...modern, ...alternatives];
  const retryAt = earliestRetry(makeable.map(({ id }) => known.variants[id]));
  const variesByUserAgent = verdictsOn(legacyTargets).some(isPlanned);
  const variesByNetwork = config.NETWORK !== "off" && modern.some(({ recipe }) => !isLossless(recipe));
  const varies = { retryAt, variesByNetwork, variesByUserAgent, variesByDestination: true };

  if (pending.length > 0) {
    const served = config.MODE === "shadow" ? undefined : best;
    const { target: serve, id } = served ?? { target: "original" as const, id: undefined };
    const to = best?.bytes ?? sourceBytes;
    return { serve, id, reason: "interim", to, pending, awaited, startable, mustConvert, transient: true, ...varies };
  }
  if (best === undefined) {
    const isBest = !mustConvert && isBestForItsClients(sourceFormat);
    const reason = firstReason([
      ...(named.length > 0
        ? verdictsOn(named)
        : [isBest ? (plan.unchangedReason ?? "already-best") : ("not-accepted" as const)]),
      ...(mustConvert ? universal : []),
      ...(makeable.length === 0 ? [] : [retryAt === undefined ? "not-smaller" : "encode-failed"]),
    ]);
    return { ...original(reason ?? "not-accepted"), ...varies };
  }
  if (config.MODE === "shadow") return { ...original("shadow"), to: best.bytes, ...varies };
  return { ...original("transcoded"), serve: best.target, id: best.id, to: best.bytes, ...varies };
}

/** Whether a file in a format that every client shows could be smaller than the best one that there is. */
function mayBeSmaller({ optimisedBytes, recipe }: PlannedVariant, { bytes }: MadeVariant): boolean {
  if (optimisedBytes === undefined || bytes * 100 > optimisedBytes * fallbackPercent) return true;
  return recipe.kind === "optimise" && bytes <= plainPictureBytes;
}

function isPlanned(verdict: PlannedVariant | Reason | undefined): verdict is PlannedVariant {
  return typeof verdict === "object";
}

interface MadeVariant {
  readonly id: VariantId;
  readonly target: Target;
  readonly bytes: number;
}

/** The variant, or the draft in its place. */
function madeVariant({ id, target }: PlannedVariant, { variants, drafts, now }: Known): MadeVariant | undefined {
  const state = variants[id];
  if (state?.state === "made") return { id, target, bytes: state.bytes };
  const draft = isMissing(state, now) ? drafts?.get(id) : undefined;
  return draft && { id, target, bytes: draft.length };
}

function earliestRetry(states: readonly (VariantState | undefined)[]): number | undefined {
  const times = states.flatMap((state) => (state?.state === "failed" ? [state.retryAt] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Attempts after which a format rests for an hour and the answer stops being interim. */
const maxAttempts = 3;

function isMissing(state: VariantState | undefined, now: number): boolean {
  if (state === undefined || state.state === "pending") return true;
  return state.state === "failed" && (state.attempts < maxAttempts || isRetryDue(state.retryAt, now));
}

function isStartable(state: VariantState | undefined, now: number): boolean {
  if (state === undefined) return true;
  if (state.state === "pending") return isDue(state.until, now, pendingMarkerSeconds * 1000);
  return state.state === "failed" && isRetryDue(state.retryAt, now);
}

/** Formats to make for a source now: those that the asking class waits for, and the eager ones. */
export function eagerVariants(known: Known, config: Config): readonly PlannedVariant[] {
  const { plan } = known;
  if (plan.kind === "pass") return [];
  return config.EAGER.filter((format) => isImprovement(known.sourceFormat, format))
    .map((format) => plan.variants[format])
    .filter(isPlanned)
    .filter(({ id }) => isStartable(known.variants[id], known.now));
}
