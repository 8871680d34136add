import type { EncodeSettings } from "../../src/codecs/codec.ts";
import type { Chroma } from "./source-pictures.ts";

/** One line of the quality map: an encoder, and the speed and the chroma that it is set to. */
export interface CalibratedRow {
  readonly key: string;
  readonly format: "webp" | "avif" | "jp2" | "jxr";
  readonly effort: number;
  /** The source's where the encoder has no choice. */
  readonly fullChroma?: boolean;
  readonly bitDepth?: 8 | 10;
}

export const calibratedRows: readonly CalibratedRow[] = [
  { key: "webp", format: "webp", effort: 4, fullChroma: true },
  { key: "avif full chroma", format: "avif", effort: 8, fullChroma: true },
  { key: "avif halved chroma", format: "avif", effort: 8, fullChroma: false },
  { key: "avif full chroma, slow", format: "avif", effort: 6, fullChroma: true },
  { key: "avif full chroma, 10 bits", format: "avif", effort: 8, fullChroma: true, bitDepth: 10 },
  { key: "avif halved chroma, 10 bits", format: "avif", effort: 8, fullChroma: false, bitDepth: 10 },
  { key: "avif full chroma, slow, 10 bits", format: "avif", effort: 6, fullChroma: true, bitDepth: 10 },
  { key: "jp2", format: "jp2", effort: 0 },
  { key: "jxr", format: "jxr", effort: 0 },
];

export function settingsOf(row: CalibratedRow, quality: number, source: Chroma): EncodeSettings {
  const { format, effort, fullChroma = source === "4:4:4", bitDepth = 8 } = row;
  return { format, lossless: false, quality, effort, fullChroma, bitDepth };
}

export const sourceQualities = [50, 60, 70, 75, 80, 82, 85, 90, 92, 95, 100] as const;
/** Half of the sources each: which of the two matters to no encoder by more than the width of a step. */
export const sourceChromas = ["4:2:0", "4:4:4"] as const satisfies readonly Chroma[];

/**
 * SSIMULACRA 2 that the middle photograph is to reach against the decoded source, by the source's quality. It rises,
 * because what a better source shows without damage is seen to be missing; docs/decisions/011 has the reasons.
 */
const targetBySource = [
  [50, 70],
  [60, 71],
  [70, 72.5],
  [82, 76],
  [90, 80],
  [95, 85],
  [100, 90],
] as const;

/** No photograph may be further below the target than this, nor below the least score. */
const toleratedShortfall = 8;
const leastScore = 65;

export function targetScore(sourceQuality: number): number {
  let [from, score]: readonly [number, number] = targetBySource[0];
  for (const [to, scoreThere] of targetBySource) {
    if (sourceQuality <= to)
      return to === from ? scoreThere : score + ((scoreThere - score) * (sourceQuality - from)) / (to - from);
    [from, score] = [to, scoreThere];
  }
  return score;
}

export function floorScore(sourceQuality: number): number {
  return Math.max(targetScore(sourceQuality) - toleratedShortfall, leastScore);
}
