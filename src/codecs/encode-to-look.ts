import { measureDissimilarity } from "../pixels/dissimilarity.ts";
import { correctQuality, predictScore } from "../plan/look.ts";
import { checkedFormats, type CheckedFormat, type EncodeSettings, type Picture, type PixelEngine } from "./codec.ts";
import { giveWay } from "./give-way.ts";

/**
 * Encodes a picture so that it looks as `settings.look` says: what the first encode gives is decoded and compared with
 * the picture, and where it is too bad or needlessly good, a second one replaces it. Without `look` there is one encode.
 * Other requests are answered between the steps.
 *
 * @param makeRoom called before the file is decoded, which takes memory of its own
 */
export async function encodeToLook(
  engine: PixelEngine,
  picture: Picture,
  settings: EncodeSettings,
  makeRoom: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await engine.encode(picture, settings);
  const { look, quality } = settings;
  const format = checkedFormats.find((checked) => checked === settings.format);
  if (look === undefined || format === undefined) return file;
  await giveWay();
  makeRoom();
  const dissimilarity = await compare(engine, picture, file, format);
  if (dissimilarity === undefined) return file;
  const corrected = correctQuality(format, quality, predictScore(format, dissimilarity), look);
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
