import type { Chroma, EncodeSettings } from "../../src/imaging/model/settings.ts";
import { targetScore } from "../../src/imaging/cost/score.ts";

/** One line of the quality map: an encoder, and the speed and the chroma that it is set to. */
export interface CalibratedRow {
  readonly key: string;
  readonly how: DistributiveOmit<LossySettings, "quality" | "target">;
  /** The Worker scores the result and corrects it; the worst picture then does not decide the quality of all. */
  readonly isCorrected?: true;
}

/** Settings of the encoders whose quality is calibrated. */
type LossySettings = Extract<
  EncodeSettings,
  { readonly quality: number; readonly format: "webp" | "avif" | "jp2" | "jxr" }
>;
type DistributiveOmit<Settings, Name extends string> = Settings extends unknown ? Omit<Settings, Name> : never;

const avif = { format: "avif", chroma: "4:4:4", bitDepth: 8 } as const;

export const calibratedRows: readonly CalibratedRow[] = [
  {
    key: "webp",
    how: { format: "webp", lossless: false, coder: "libwebp", method: 4, sharpYuv: true },
    isCorrected: true,
  },
  { key: "webp rows", how: { format: "webp", lossless: false, coder: "rows" }, isCorrected: true },
  { key: "avif full chroma", how: { ...avif, speed: 8 } },
  { key: "avif halved chroma", how: { ...avif, speed: 8, chroma: "4:2:0" } },
  { key: "avif full chroma, slow", how: { ...avif, speed: 6 } },
  { key: "avif full chroma, 10 bits", how: { ...avif, speed: 8, bitDepth: 10 }, isCorrected: true },
  { key: "avif halved chroma, 10 bits", how: { ...avif, speed: 8, chroma: "4:2:0", bitDepth: 10 }, isCorrected: true },
  { key: "avif full chroma, slow, 10 bits", how: { ...avif, speed: 6, bitDepth: 10 }, isCorrected: true },
  { key: "jp2", how: { format: "jp2", lossless: false } },
  { key: "jxr", how: { format: "jxr", container: "jpeg-xr", lossless: false } },
];

export function settingsOf({ how }: CalibratedRow, quality: number): LossySettings {
  return { ...how, quality };
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
