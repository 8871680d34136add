import { measureDissimilarity } from "../pixels/dissimilarity.ts";
import { correctQuality, lookScaleOf, predictScore } from "../plan/look.ts";
import { checkedFormats, type CheckedFormat, type EncodeSettings, type Picture, type PixelEngine } from "./codec.ts";
import { giveWay } from "./give-way.ts";

/**
 * Encodes a picture so that it looks as `settings.look` says: what the first encode gives is decoded and compared with
 * the picture, and where it is too bad or needlessly good, a second one replaces it. Without `look` there is one encode.
 *
 * @param mayGoOn asked after the first encode, so that others can have their turn; without leave its result is kept
 */
export async function encodeToLook(
  engine: PixelEngine,
  picture: Picture,
  settings: EncodeSettings,
  mayGoOn: () => Promise<boolean>,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await engine.encode(picture, settings);
  const { look, quality } = settings;
  const scale = lookScaleOf(settings);
  const format = checkedFormats.find((checked) => checked === settings.format);
  if (look === undefined || scale === undefined || format === undefined || !(await mayGoOn())) return file;
  const dissimilarity = await compare(engine, picture, file, format);
  if (dissimilarity === undefined) return file;
  const corrected = correctQuality(scale, quality, predictScore(scale, dissimilarity), look);
  if (corrected === quality) return file;
  await giveWay();
  return engine.encode(picture, { ...settings, quality: corrected });
}

/** Apart, so that the decoded file is gone before the second encode. */
async function compare(
  engine: PixelEngine,
  { pixels }: Picture,
  file: Uint8Array,
  format: CheckedFormat,
): Promise<number | undefined> {
  return measureDissimilarity(pixels, await engine.decodeVariant(file, format));
}
