import { correctQuality, type ScoredEncode, type ScoreScale, predictScore } from "../../src/imaging/cost/score.ts";
import { median } from "./search.ts";
import type { Trial } from "./trials.ts";

/** A source with one encoder. */
export interface GainSource {
  readonly bytes: number;
  /** The calibrated quality for it. */
  readonly quality: number;
  /** The score that it is to have. */
  readonly target: number;
  run(quality: number): Promise<Trial>;
  /** Of encoders that find the quality by themselves, before the one encode. */
  search?(quality: number, score: number): Promise<Trial>;
}

/** Of all sources; scores are less the target of each. */
interface Outcome {
  readonly medianMiss: number;
  readonly lowestMiss: number;
  readonly highestMiss: number;
  readonly meanSavingPercent: number;
}

export interface LoopGain {
  readonly sources: number;
  /** Everything with the calibrated quality. */
  readonly fixed: Outcome;
  /** The same with corrective encodes where the target was missed; of these the mean number. */
  readonly corrected: Outcome & { readonly encodes: number };
  /** The calibrated quality raised for all, until the worst is as good as the worst corrected one. */
  readonly fixedAtEqualWorst: Outcome & { readonly steps: number };
  /** What correcting saves at the same lowest score. */
  readonly fewerBytesPercent: number;
}

/** What looking at the result is worth, on these sources. */
export async function measureLoopGain(scale: ScoreScale, sources: readonly GainSource[]): Promise<LoopGain> {
  const first = await runAll(sources, ({ quality }) => quality);
  const made: { readonly trial: Trial; readonly encodes: number }[] = [];
  for (const source of sources) made.push(await correct(scale, source));
  const second = made.map(({ trial }) => trial);
  const corrected = outcomeOf(second, sources);
  let steps = 0;
  let equal = first;
  while (steps < 30 && outcomeOf(equal, sources).lowestMiss < corrected.lowestMiss) {
    const raised = ++steps;
    equal = await runAll(sources, ({ quality }) => Math.min(100, quality + raised));
  }
  return {
    sources: sources.length,
    fixed: outcomeOf(first, sources),
    corrected: { ...corrected, encodes: mean(made.map(({ encodes }) => encodes)) },
    fixedAtEqualWorst: { steps, ...outcomeOf(equal, sources) },
    fewerBytesPercent: 100 * (1 - mean(second.map(({ bytes }, index) => bytes / (equal[index]?.bytes ?? NaN)))),
  };
}

/** As `encodeToScore()` does it. */
async function correct(scale: ScoreScale, source: GainSource): Promise<{ trial: Trial; encodes: number }> {
  const encodes: ScoredEncode[] = [];
  let { quality } = source;
  if (source.search !== undefined) return { trial: await source.search(quality, source.target), encodes: 1 };
  for (;;) {
    const trial = await source.run(quality);
    if (trial.dissimilarity === undefined) throw new Error("not measured");
    encodes.push({ quality, score: predictScore(scale, trial.dissimilarity) });
    const corrected = correctQuality(scale, encodes, source.target);
    if (corrected === undefined) return { trial, encodes: encodes.length };
    quality = corrected;
  }
}

function outcomeOf(trials: readonly Trial[], sources: readonly GainSource[]): Outcome {
  const misses = trials.map(({ score }, index) => score - (sources[index]?.target ?? NaN));
  return {
    medianMiss: median(misses),
    lowestMiss: Math.min(...misses),
    highestMiss: Math.max(...misses),
    meanSavingPercent: mean(trials.map(({ bytes }, index) => 100 * (1 - bytes / (sources[index]?.bytes ?? NaN)))),
  };
}

/** One after the other: the encoders are instances of one engine. */
async function runAll(
  sources: readonly GainSource[],
  qualityOf: (source: GainSource, index: number) => number,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const [index, source] of sources.entries()) trials.push(await source.run(qualityOf(source, index)));
  return trials;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
