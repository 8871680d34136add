/** One input through everything of the library that its format has, and what must hold then. */
import { readConfig } from "../../src/edge/config.ts";
import { planSource } from "../../src/edge/plan/plan.ts";
import type { PlannedVariant } from "../../src/edge/plan/variant.ts";
import { readSourceMetadata, rightsIn } from "../../src/imaging/carry/read-metadata.ts";
import { type Cost, predictDecode } from "../../src/imaging/cost/predict.ts";
import type { Imaging } from "../../src/imaging/imaging.ts";
import { ImagingError } from "../../src/imaging/model/error.ts";
import { type ImageFacts, isDecoded } from "../../src/imaging/model/facts.ts";
import { formatOf, isLossless, type Recipe } from "../../src/imaging/model/recipe.ts";
import { hasEndMarker } from "../../src/imaging/probe/end-marker.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import type { Shown } from "../../test/support/shown-picture.ts";
import { type Complaint, type Disputed, judgeFile, judgeFrames, judgePixels, showSource } from "./judge.ts";
import type { Meter, Usage } from "./meter.ts";
import type { Input } from "./sources.ts";

/** What a step did with an input. */
export type Verdict = "made" | "refused" | "undecodable" | "failed";

export interface Finding {
  readonly step: string;
  readonly reason: string;
  /** The picture in question, where one decoder's word is not enough. */
  readonly disputed?: Disputed;
}

export interface Outcome {
  readonly number: number;
  readonly bytes: number;
  readonly format: string;
  readonly isKnown: boolean;
  readonly verdicts: readonly Verdict[];
  /** Pictures that were compared with what an independent decoder shows, and those of which it shows nothing. */
  readonly judged: number;
  readonly notJudged: number;
  readonly slowest: Usage & { readonly step: string };
  readonly mostBytes: number;
  readonly findings: readonly Finding[];
}

/** What a picture may be given, beside the defaults. */
const configs = [
  {},
  { METADATA: "keep", FIDELITY: "exact" },
  { METADATA: "copyright", JPEG_FALLBACK: "lossy", CMYK: "convert" },
  { METADATA: "none", PNG_MODE: "lossy" },
].map((env) => readConfig({ ORIGIN: "https://origin.test", ...env }));

/** Milliseconds that a recipe may be predicted to take here: the slow ones are the same code with more to do. */
const mostPredictedMs = 700;
/** Recipes tried of one input, beside the decode. */
const recipesOfOne = 2;

/** Processor time that 100 KB may take, and how many times longer than predicted a prediction may be: code is cold here. */
const secondsPer100KB = 1;
const timesPredicted = 4;
/** Bytes beyond the prediction: what is not collected yet. */
const garbageBytes = 64e6;
const timesPredictedBytes = 2;

/** Exact, so that any fault of reading shows. */
const faithful: Recipe = { kind: "encode", settings: { format: "png", effort: "stream" } };

interface Tried {
  readonly input: Input;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: ImageFacts;
  readonly findings: Finding[];
  readonly verdicts: Verdict[];
  readonly usages: (Usage & { readonly step: string })[];
  judged: number;
  notJudged: number;
}

export async function exercise(input: Input, imaging: Imaging, meter: Meter): Promise<Outcome> {
  const bytes = new Uint8Array(input.file);
  const findings: Finding[] = [];
  const usages: Tried["usages"] = [];
  let isWhole: boolean | undefined;
  const facts = await measured("probe", { ms: 0, peakBytes: 1e6 }, () => probeImage(bytes));
  if (facts !== undefined) {
    isWhole = await measured("end marker", { ms: 0, peakBytes: 1e6 }, () =>
      Promise.resolve(hasEndMarker(facts.format, bytes)),
    );
    await measured("metadata", { ms: 0, peakBytes: 2e6 }, async () =>
      rightsIn(await readSourceMetadata(bytes, facts.format)),
    );
  }
  const tried = facts &&
    isWhole === true && { input, bytes, facts, findings, verdicts: [], usages, judged: 0, notJudged: 0 };
  if (tried) await tryRecipes(tried, imaging, meter);
  const slowest = usages.reduce((most, usage) => (usage.ms > most.ms ? usage : most));
  return {
    number: input.number,
    bytes: bytes.length,
    format: facts?.format ?? "unknown",
    isKnown: facts !== undefined,
    verdicts: tried ? tried.verdicts : [],
    judged: tried ? tried.judged : 0,
    notJudged: tried ? tried.notJudged : 0,
    slowest,
    mostBytes: Math.max(...usages.map((usage) => usage.bytes)),
    findings,
  };

  async function measured<Result>(step: string, cost: Cost, work: () => Promise<Result>): Promise<Result | undefined> {
    const { result, error, usage } = await meter.measure(work);
    usages.push({ ...usage, step });
    findings.push(...excesses(step, usage, cost, bytes.length));
    if (error !== undefined) findings.push({ step, reason: `threw ${describe(error)}` });
    return result;
  }
}

async function tryRecipes(tried: Tried, imaging: Imaging, meter: Meter): Promise<void> {
  const { input, bytes, facts } = tried;
  const { random } = input;
  const config = random.pick(configs);
  const network = random.chance(0.2) ? "slow" : "fast";
  const plan = planSource(facts, bytes.length, config, network);
  if (plan.kind === "pass") return;
  const planned = Object.values(plan.variants).filter((variant) => typeof variant === "object");
  const isOfPixels = planned.some(({ recipe }) => recipe.kind === "encode") && isDecoded(facts);
  const affordable = planned.filter(({ cost }) => cost.ms + plan.decode.ms <= mostPredictedMs);
  const chosen: PlannedVariant[] = [];
  for (let i = 0; i < recipesOfOne && affordable.length > 0; i++) chosen.push(random.pick(affordable));
  if (!isOfPixels && chosen.length === 0) return;
  const shown = await showSource(input.file, facts);
  const image = imaging.open(bytes, facts, config.METADATA);
  try {
    const decode = predictDecode(facts, bytes.length);
    if (isOfPixels && decode.ms <= mostPredictedMs) await tryDecode();
    const isFresh = new Set<string>();
    for (const { recipe, cost } of chosen) {
      const key = JSON.stringify(recipe);
      if (isFresh.has(key)) continue;
      isFresh.add(key);
      const { ms, peakBytes } = cost;
      await tryRecipe(recipe, { ms: ms + plan.decode.ms, peakBytes: Math.max(peakBytes, plan.decode.peakBytes) });
    }

    async function tryDecode(): Promise<void> {
      const { result, error, usage } = await meter.measure(() => image.decode());
      note("decode", usage, decode);
      if (error !== undefined) {
        tried.verdicts.push("undecodable");
        if (!isDeclared(error)) tried.findings.push({ step: "decode", reason: `threw ${describe(error)}` });
        return;
      }
      tried.verdicts.push("made");
      if (shown === undefined) {
        tried.notJudged++;
        return;
      }
      tried.judged++;
      // With a profile the colours show only in a file that carries it.
      const complaint =
        result?.profile === undefined
          ? result && (await judgePixels(shown, result.pixels, facts.profile === "other" ? "converted" : "exact"))
          : await makeAndJudge(faithful, shown);
      if (complaint !== undefined) tried.findings.push({ step: "decode", ...complaint });
    }
  } finally {
    image.close();
  }

  async function makeAndJudge(recipe: Recipe, source: Shown): Promise<Complaint | undefined> {
    const made = await image.make(recipe);
    if (made.kind !== "made") return { reason: `exact PNG: ${made.kind} ${describe(made.cause)}` };
    return judgeFile(source, made.bytes, formatOf(recipe), "exact");
  }

  async function tryRecipe(recipe: Recipe, cost: Cost): Promise<void> {
    const step = nameOf(recipe);
    const { result: made, error, usage } = await meter.measure(() => image.make(recipe));
    note(step, usage, cost);
    if (made === undefined) {
      tried.findings.push({ step, reason: `threw ${describe(error)}` });
      return;
    }
    tried.verdicts.push(made.kind);
    const cause = made.kind === "made" ? undefined : made.cause;
    if (made.kind === "failed" || (cause !== undefined && !isDeclared(cause)))
      tried.findings.push({ step, reason: `${made.kind}: ${describe(cause)}` });
    if (made.kind !== "made") return;
    tried.judged++;
    const look = facts.profile === "other" ? "look by a profile" : "look";
    // Decoders of JPEG XL round otherwise, and clip what damaged tables make too large.
    const isExact = isLossless(recipe) && formatOf(recipe) !== "jxl";
    const exactness = isExact ? "exact" : look;
    // Optimised in its own format, a file keeps parts of the source as they are.
    const keepsFaults = recipe.kind !== "encode" && formatOf(recipe) === facts.format;
    const complaint =
      recipe.kind === "animate"
        ? await judgeFrames(input.file, made.bytes)
        : await judgeFile(shown, made.bytes, formatOf(recipe), exactness, keepsFaults);
    if (complaint !== undefined) tried.findings.push({ step, ...complaint });
  }

  function note(step: string, usage: Usage, cost: Cost): void {
    tried.usages.push({ ...usage, step });
    tried.findings.push(...excesses(step, usage, cost, bytes.length));
  }
}

function excesses(step: string, usage: Usage, { ms, peakBytes }: Cost, sourceBytes: number): Finding[] {
  const most = Math.max(1000 * secondsPer100KB * Math.max(1, sourceBytes / 100e3), timesPredicted * ms);
  const mostBytes = timesPredictedBytes * peakBytes + 8 * sourceBytes + garbageBytes;
  return [
    ...(usage.ms > most
      ? [
          {
            step,
            reason: `${usage.ms.toFixed(0)} ms of processor time for ${sourceBytes} bytes, ${ms.toFixed(0)} predicted`,
          },
        ]
      : []),
    ...(usage.bytes > mostBytes ? [{ step, reason: `${usage.bytes} bytes of memory, ${peakBytes} predicted` }] : []),
  ];
}

/** An error of the library that says something about the picture; any other is a fault of the library. */
function isDeclared(error: unknown): boolean {
  return error instanceof ImagingError && error.kind !== "codec";
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function nameOf(recipe: Recipe): string {
  const detail =
    recipe.kind === "encode" && "lossless" in recipe.settings && recipe.settings.lossless ? " lossless" : "";
  return `${recipe.kind} ${formatOf(recipe)}${detail}`;
}
