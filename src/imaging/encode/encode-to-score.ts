import { measureDissimilarity } from "../pixels/dissimilarity.ts";
import { correctQuality, type Look, scoreScaleOf, predictScore } from "./score.ts";
import { checkedFormats, type CheckedFormat, type EncodeSettings } from "../model/settings.ts";
import type { Picture } from "../model/picture.ts";
import type { PixelEngine } from "../imaging.ts";
import { yieldToRequests } from "../../edge/backend/give-way.ts";

/**
 * Encodes a picture so that it looks as `settings.look` says: what comes out is decoded and compared with the picture, and
 * where it is too bad or needlessly good, another encode replaces it, three at most. Without `look` there is one.
 *
 * @param mayGoOn asked after each encode, so that others can have their turn; without leave its result is kept
 */
export async function encodeToScore(
  engine: PixelEngine,
  picture: Picture,
  settings: EncodeSettings,
  mayGoOn: () => Promise<boolean>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { look: target, isMinimum = false } = settings;
  const scale = scoreScaleOf(settings);
  const format = checkedFormats.find((checked) => checked === settings.format);
  const looks: Look[] = [];
  let { quality } = settings;
  let file = await engine.encode(picture, settings);
  for (;;) {
    if (target === undefined || scale === undefined || format === undefined || looks.length === mostScorings)
      return file;
    if (!(await mayGoOn())) return file;
    const dissimilarity = await compare(engine, picture, file, format);
    if (dissimilarity === undefined) return file;
    looks.push({ quality, score: predictScore(scale, dissimilarity) });
    const corrected = correctQuality(scale, looks, target);
    if (corrected === undefined || (isMinimum && corrected < settings.quality)) return file;
    quality = corrected;
    await yieldToRequests();
    try {
      file = await engine.encode(picture, { ...settings, quality });
    } catch {
      // What is there already is a whole file, only not the best one.
      return file;
    }
  }
}

/** The third encode lies between two that were looked at, or is as near as it may get. */
const mostScorings = 2;

/** Apart, so that the decoded file is gone before the second encode. */
async function compare(
  engine: PixelEngine,
  { pixels }: Picture,
  file: Uint8Array,
  format: CheckedFormat,
): Promise<number | undefined> {
  return measureDissimilarity(pixels, await engine.decodeVariant(file, format));
}
