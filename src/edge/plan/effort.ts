import type { Content } from "../../imaging/model/picture.ts";
import type { AvifSpeed, OxipngPreset, PngEffort, WebpMethod } from "../../imaging/model/settings.ts";

interface Step<Effort> {
  /** Largest picture, in megapixels, that this step is for. */
  readonly upTo: number;
  readonly effort: Effort;
}

/**
 * Chosen from the figures of `imaging/cost/`. Effort falls with size, because an encode costs processor time, one
 * is made at a time, and what is saved grows slower than what it costs.
 *
 * Bytes are compared at the same SSIMULACRA 2, on photographs (docs/decisions/011).
 *
 * - Lossy WebP: method 4 saves 5 % over method 2 for twice the time; method 6 another 4 % for twice that. With
 *   transparency, whose lossless coder takes its effort from the same number, method 6 can take half a minute.
 * - Lossless WebP: method 2 is as small as 4 from 1 MP on; method 1 is up to 1.5 % larger and takes two thirds of the time;
 *   method 0 fits Full HD, saves on photographs, and loses on screenshots.
 * - AVIF: speed 8 saves 6 % over 9 (up to 40 % on screenshots) for two and a half times the time, speed 7 another 2 % (5 % where
 *   much is smooth) for a third more, speed 6 another 4 % for twice that, and a quarter more memory for a screenshot. 10 is 9: see
 *   `fastestSpeed`.
 */
const efforts = {
  webp: [
    { upTo: 0.5, effort: 6 },
    { upTo: 2, effort: 4 },
    { upTo: Infinity, effort: 2 },
  ],
  "webp with alpha": [
    { upTo: 1, effort: 4 },
    { upTo: Infinity, effort: 2 },
  ],
  "lossless webp": [
    { upTo: 0.5, effort: 4 },
    { upTo: 1.5, effort: 2 },
    { upTo: 1.85, effort: 1 },
    { upTo: Infinity, effort: 0 },
  ],
  avif: [
    { upTo: 0.6, effort: 6 },
    { upTo: 1.25, effort: 7 },
    { upTo: 2, effort: 8 },
    { upTo: Infinity, effort: 10 },
  ],
  "avif with alpha": [
    { upTo: 0.6, effort: 6 },
    { upTo: 1.25, effort: 8 },
    { upTo: Infinity, effort: 10 },
  ],
  "avif of graphics": [
    { upTo: 0.4, effort: 6 },
    { upTo: 1.25, effort: 8 },
    { upTo: Infinity, effort: 10 },
  ],
  // oxipng is smaller by a tenth, and takes seconds above a megapixel.
  png: [
    { upTo: 0.25, effort: 2 },
    { upTo: 1, effort: 1 },
    { upTo: Infinity, effort: "stream" },
  ],
} as const satisfies Record<string, readonly Step<AvifSpeed | WebpMethod | PngEffort>[]>;

/** What a picture of this size gets, and then what larger ones get, down to the lightest. */
function stepsFrom<Effort>(steps: readonly Step<Effort>[], megapixels: number): readonly Effort[] {
  return steps.filter(({ upTo }) => megapixels <= upTo).map(({ effort }) => effort);
}

/** Methods of lossy WebP, the best for this size first. */
export function webpMethodsFrom(megapixels: number, alpha: boolean): readonly WebpMethod[] {
  return stepsFrom<WebpMethod>(efforts[alpha ? "webp with alpha" : "webp"], megapixels);
}

/** Efforts of lossless WebP, the best for this size first. */
export function webpEffortsFrom(megapixels: number): readonly WebpMethod[] {
  return stepsFrom<WebpMethod>(efforts["lossless webp"], megapixels);
}

/** Speeds of AVIF, the best for this size first. */
export function avifSpeedsFrom(megapixels: number, alpha: boolean, content: Content): readonly AvifSpeed[] {
  const row = alpha ? "avif with alpha" : content === "graphics" ? "avif of graphics" : "avif";
  return stepsFrom<AvifSpeed>(efforts[row], megapixels);
}

/** Efforts of a new PNG, the best for this size first. */
export function pngEffortsFrom(megapixels: number): readonly PngEffort[] {
  return stepsFrom<PngEffort>(efforts.png, megapixels);
}

/** The effort of optimising a PNG: level 0 saves 10 % of the corpus, 1 saves 14 %, 2 saves 15 %. */
export function chooseOptimising(megapixels: number): OxipngPreset {
  if (megapixels <= 0.5) return 2;
  return megapixels <= 2 ? 1 : 0;
}

/**
 * The depths to code an AVIF with, the best first. At the same score 10 bits are 3 to 4 % smaller than 8, for a tenth to a
 * quarter more time (none at speed 9) and most of twice the memory.
 */
export function bitDepthsFor(alpha: boolean): readonly (8 | 10)[] {
  return alpha ? [8] : [10, 8];
}

/**
 * Largest picture, in megapixels, whose colour an AVIF keeps at full resolution although the source has it at half:
 * 3 % smaller at the same score for a fifth more time, and twice the memory. Colour that a JPEG has halved already is
 * smooth and cheap to code, while halving it again in another place costs quality.
 */
export const avifFullChromaUpTo = 0.9;
