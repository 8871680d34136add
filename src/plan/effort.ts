import type { EncodedFormat, PackEffort } from "../codecs/codec.ts";

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
 * - Lossy WebP: method 4 saves 2–3 % over method 2 for twice the time, and needs half as much memory again.
 * - Lossless WebP: method 2 is as small as 4 from 1 MP on; method 1 is up to 1.5 % larger with less memory; method 0
 *   fits Full HD, saves on photographs, and loses on screenshots.
 * - AVIF: speed 8 saves 6–8 % over 10 on photographs (up to 40 % on screenshots) for two and a half times the time.
 *   Speeds 9 and 10 give the same bytes.
 */
const efforts = {
  "webp lossy": [
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
    { upTo: 1, effort: 8 },
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
export function choosePacking(megapixels: number): PackEffort {
  if (megapixels <= 0.5) return 2;
  return megapixels <= 2 ? 1 : 0;
}

/** The effort for a picture of this size, on the scale of `EncodeSettings.effort`; 0 where the encoder has none. */
export function chooseEffort(format: EncodedFormat, lossless: boolean, megapixels: number): number {
  const rows: Readonly<Record<string, readonly EffortStep[]>> = efforts;
  const steps = rows[format] ?? rows[`${format} ${lossless ? "lossless" : "lossy"}`] ?? [];
  // The last step has no upper end.
  return steps.find((step) => megapixels <= step.upTo)?.effort ?? 0;
}
