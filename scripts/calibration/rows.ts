import type { EncodeSettings } from "../../src/imaging/model/settings.ts";
import { targetScore } from "../../src/imaging/encode/score.ts";
import type { Chroma } from "./source-pictures.ts";

/** One line of the quality map: an encoder, and the speed and the chroma that it is set to. */
export interface CalibratedRow {
  readonly key: string;
  readonly format: "webp" | "avif" | "jp2" | "jxr";
  readonly effort: number;
  /** The source's where the encoder has no choice. */
  readonly fullChroma?: boolean;
  readonly bitDepth?: 8 | 10;
  /** The Worker scores the result and corrects it; the worst picture then does not decide the quality of all. */
  readonly isCorrected?: true;
}

export const calibratedRows: readonly CalibratedRow[] = [
  { key: "webp", format: "webp", effort: 4, fullChroma: true, isCorrected: true },
  { key: "avif full chroma", format: "avif", effort: 8, fullChroma: true },
  { key: "avif halved chroma", format: "avif", effort: 8, fullChroma: false },
  { key: "avif full chroma, slow", format: "avif", effort: 6, fullChroma: true },
  { key: "avif full chroma, 10 bits", format: "avif", effort: 8, fullChroma: true, bitDepth: 10, isCorrected: true },
  { key: "avif halved chroma, 10 bits", format: "avif", effort: 8, fullChroma: false, bitDepth: 10, isCorrected: true },
  {
    key: "avif full chroma, slow, 10 bits",
    format: "avif",
    effort: 6,
    fullChroma: true,
    bitDepth: 10,
    isCorrected: true,
  },
  { key: "jp2", format: "jp2", effort: 0 },
  { key: "jxr", format: "jxr", effort: 0 },
];

export function settingsOf(row: CalibratedRow, quality: number, source: Chroma): EncodeSettings {
  const { format, effort, fullChroma = source === "4:4:4", bitDepth = 8 } = row;
  return { format, lossless: false, quality, effort, fullChroma, bitDepth };
}

export const sourceQualities = [50, 60, 70, 76, 82, 86, 90, 95, 100] as const;
/** Half of the sources each: which of the two matters to no encoder by more than the width of a step. */
export const sourceChromas = ["4:2:0", "4:4:4"] as const satisfies readonly Chroma[];

/** Where nothing is corrected, no photograph may be further below the target than this, nor below the least score. */
const toleratedShortfall = 8;
const leastScore = 65;

export function floorScore(sourceQuality: number): number {
  return Math.max(targetScore(sourceQuality) - toleratedShortfall, leastScore);
}
