import { type MeasuredFormat, correctQuality, predictScore, targetScore } from "../../src/plan/look.ts";
import { median } from "./search.ts";
import type { Trial } from "./trials.ts";

/** A source with one encoder. */
export interface QualitySource {
  readonly bytes: number;
  run(quality: number): Promise<Trial>;
}

interface Outcome {
  readonly medianScore: number;
  readonly leastScore: number;
  readonly meanSavingPercent: number;
}

export interface LoopGain {
  readonly sourceQuality: number;
  readonly target: number;
  /** One quality for all. */
  readonly fixed: Outcome & { readonly quality: number };
  /** The same with one corrective encode where the target was missed. */
  readonly corrected: Outcome & { readonly secondEncodesPercent: number };
  /** One quality for all, raised until the worst picture is as good as the worst corrected one. */
  readonly fixedAtEqualWorst: Outcome & { readonly quality: number };
  /** What correcting saves at the same worst score. */
  readonly fewerBytesPercent: number;
}

/** What looking at the result is worth, on these sources. */
export async function measureLoopGain(
  format: MeasuredFormat,
  sources: readonly QualitySource[],
  sourceQuality: number,
  quality: number,
): Promise<LoopGain> {
  const target = targetScore(sourceQuality);
  const first = await runAll(sources, () => quality);
  const corrections = first.map(({ dissimilarity }) =>
    dissimilarity === undefined
      ? quality
      : correctQuality(format, quality, predictScore(format, dissimilarity), target),
  );
  const second = await runAll(sources, (index) => corrections[index] ?? quality);
  const corrected = outcomeOf(second, sources);
  let equalQuality = quality;
  let equal = first;
  while (equalQuality < 100 && Math.min(...equal.map(({ score }) => score)) < corrected.leastScore) {
    equalQuality++;
    const raised = equalQuality;
    equal = await runAll(sources, () => raised);
  }
  const ratios = second.map(({ bytes }, index) => bytes / (equal[index]?.bytes ?? NaN));
  return {
    sourceQuality,
    target,
    fixed: { quality, ...outcomeOf(first, sources) },
    corrected: {
      ...corrected,
      secondEncodesPercent: (100 * corrections.filter((each) => each !== quality).length) / corrections.length,
    },
    fixedAtEqualWorst: { quality: equalQuality, ...outcomeOf(equal, sources) },
    fewerBytesPercent: 100 * (1 - mean(ratios)),
  };
}

function outcomeOf(trials: readonly Trial[], sources: readonly QualitySource[]): Outcome {
  const scores = trials.map(({ score }) => score);
  return {
    medianScore: median(scores),
    leastScore: Math.min(...scores),
    meanSavingPercent: mean(trials.map(({ bytes }, index) => 100 * (1 - bytes / (sources[index]?.bytes ?? NaN)))),
  };
}

/** One after the other: the encoders are instances of one engine. */
async function runAll(sources: readonly QualitySource[], qualityOf: (index: number) => number): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const [index, source] of sources.entries()) trials.push(await source.run(qualityOf(index)));
  return trials;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
