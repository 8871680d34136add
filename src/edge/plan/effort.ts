import type { Content } from "../../imaging/model/picture.ts";
import type { EncodedFormat, OxipngPreset } from "../../imaging/model/settings.ts";

/** What else of a picture moves the effort; transparency does it before the content. */
type PictureKind = Content | "alpha";

interface EffortStep {
  /** Largest picture, in megapixels, that this step is for. */
  readonly upTo: number;
  /** Encoder's own scale; see `EncodeSettings`. */
  readonly effort: number;
}

/**
 * Chosen from the figures behind `cost-model.ts`. Effort falls with size, because an encode blocks its isolate for as
 * long as it runs and what is saved grows slower than what it costs.
 *
 * Bytes are compared at the same SSIMULACRA 2, on photographs (docs/decisions/011).
 *
 * - Lossy WebP: method 4 saves 5 % over method 2 for twice the time; method 6 another 4 % for twice that. With
 *   transparency, whose lossless coder takes its effort from the same number, method 6 can take half a minute.
 * - Lossless WebP: method 2 is as small as 4 from 1 MP on; method 1 is up to 1.5 % larger with less memory; method 0
 *   fits Full HD, saves on photographs, and loses on screenshots.
 * - AVIF: speed 8 saves 7 % over 10 (up to 40 % on screenshots) for three times the time, speed 6 another 3–8 % for
 *   almost three times that, and up to 200 bytes of memory for each pixel of a screenshot. Speed 7 saves 1 % over 8,
 *   speed 5 takes five times as long as 6. Speeds 9 and 10 give the same bytes.
 */
const efforts = {
  "webp lossy": [
    { upTo: 0.5, effort: 6 },
    { upTo: 2, effort: 4 },
    { upTo: Infinity, effort: 2 },
  ],
  "webp lossy, alpha": [
    { upTo: 1, effort: 4 },
    { upTo: Infinity, effort: 2 },
  ],
  "webp lossless": [
    { upTo: 0.5, effort: 4 },
    { upTo: 1.5, effort: 2 },
    { upTo: 1.85, effort: 1 },
    { upTo: Infinity, effort: 0 },
  ],
  "avif lossy": [
    { upTo: 0.6, effort: 6 },
    { upTo: 1.25, effort: 8 },
    { upTo: Infinity, effort: 10 },
  ],
  "avif lossy, screen": [
    { upTo: 0.4, effort: 6 },
    { upTo: 1.25, effort: 8 },
    { upTo: Infinity, effort: 10 },
  ],
  // oxipng is smaller by a tenth, and takes seconds above a megapixel.
  png: [
    { upTo: 0.25, effort: 3 },
    { upTo: 1, effort: 2 },
    { upTo: Infinity, effort: 0 },
  ],
} as const satisfies Record<string, readonly EffortStep[]>;

/** The effort of packing a PNG again: level 0 saves 10 % of the corpus, 1 saves 14 %, 2 saves 15 %. */
export function chooseOptimising(megapixels: number): OxipngPreset {
  if (megapixels <= 0.5) return 2;
  return megapixels <= 2 ? 1 : 0;
}

/** The effort for a picture of this size, on the scale of `EncodeSettings.effort`; 0 where the encoder has none. */
export function chooseEffort(
  format: EncodedFormat,
  lossless: boolean,
  megapixels: number,
  kind: PictureKind = "natural",
): number {
  return effortsFrom(format, lossless, megapixels, kind)[0];
}

/** The effort for a picture of this size, and then what larger ones get, down to the lightest. */
export function effortsFrom(
  format: EncodedFormat,
  lossless: boolean,
  megapixels: number,
  kind: PictureKind,
): readonly [number, ...number[]] {
  const rows: Readonly<Record<string, readonly EffortStep[]>> = efforts;
  const name = `${format} ${lossless ? "lossless" : "lossy"}`;
  const steps = rows[`${name}, ${kind}`] ?? rows[name] ?? rows[format] ?? [];
  // The last step has no upper end.
  const [effort = 0, ...lighter] = steps.filter(({ upTo }) => megapixels <= upTo).map((step) => step.effort);
  return [effort, ...lighter];
}

/** From this speed on, AVIF is no smaller with 10 bits. */
const quickAvifSpeed = 9;

/**
 * The depths to code with, the best first. At the same score an AVIF of 10 bits is 4 % smaller than one of 8, for a tenth
 * to a quarter more time and most of twice the memory.
 */
export function bitDepthsFor(format: EncodedFormat, effort: number, alpha: boolean): readonly (8 | 10)[] {
  return format === "avif" && effort < quickAvifSpeed && !alpha ? [10, 8] : [8];
}

/** Largest picture, in megapixels, whose colour stays at full resolution in a format where that saves bytes. */
const fullChromaUpTo: Partial<Record<EncodedFormat, number>> = {
  // Where halving is refined (see `EncodeSettings.fullChroma`), only memory is against it.
  webp: Infinity,
  // 3 % smaller at the same score for a fifth more time, and twice the memory: colour that a JPEG has halved already is
  // smooth and cheap to code, while halving it again in another place costs quality.
  avif: 0.9,
};

/** Whether colour is best coded at full resolution although the source has it at half. */
export function prefersFullChroma(format: EncodedFormat, megapixels: number): boolean {
  return megapixels <= (fullChromaUpTo[format] ?? 0);
}
