import { compareInSteps } from "../pixels/dissimilarity.ts";
import type { Picture, Pixels } from "../model/picture.ts";
import { type EncodeSettings, isScored, type ScoredFormat } from "../model/settings.ts";
import { type Pause, runInSteps } from "../steps.ts";
import { correctQuality, predictScore, type ScoredEncode, scoreScaleOf } from "../cost/score.ts";

/** The codecs that are used here. */
interface ScoringEngine {
  encode(picture: Picture, settings: EncodeSettings): Promise<Uint8Array<ArrayBuffer>>;
  decodeVariant(file: Uint8Array, format: ScoredFormat): Promise<Pixels>;
}

interface Pauses {
  /** Asked after each encode, so that other work can run; without permission its result is kept. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Awaited between two computations. */
  readonly pause: Pause;
}

/**
 * Encodes a picture so that it has the score of `settings.target`: the result is decoded and compared with the picture,
 * and where it is too bad or needlessly good, another encode replaces it, three at most. Without a target there is one.
 */
export async function encodeToScore(
  engine: ScoringEngine,
  picture: Picture,
  settings: EncodeSettings,
  { mayGoOn, pause }: Pauses,
): Promise<Uint8Array<ArrayBuffer>> {
  let file = await engine.encode(picture, settings);
  if (!isScored(settings) || settings.target === undefined) return file;
  const { score: target, isMinimum } = settings.target;
  const scale = scoreScaleOf(settings);
  const encodes: ScoredEncode[] = [];
  let { quality } = settings;
  while (encodes.length < mostScorings && (await mayGoOn())) {
    const dissimilarity = await compare(engine, picture, file, settings.format, pause);
    if (dissimilarity === undefined) return file;
    encodes.push({ quality, score: predictScore(scale, dissimilarity) });
    const corrected = correctQuality(scale, encodes, target);
    if (corrected === undefined || (isMinimum && corrected < settings.quality)) return file;
    quality = corrected;
    await pause();
    try {
      file = await engine.encode(picture, { ...settings, quality });
    } catch {
      // What is there already is a whole file, only not the best one.
      return file;
    }
  }
  return file;
}

/** The third encode lies between two that were scored, or is as near as it may get. */
const mostScorings = 2;

/** Apart, so that the decoded file is gone before the second encode. */
async function compare(
  engine: ScoringEngine,
  { pixels }: Picture,
  file: Uint8Array,
  format: ScoredFormat,
  pause: Pause,
): Promise<number | undefined> {
  return runInSteps(compareInSteps(pixels, await engine.decodeVariant(file, format)), pause);
}
