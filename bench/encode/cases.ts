import sharp, { type Sharp } from "sharp";
import type { EncodeSettings } from "../../src/codecs/codec.ts";
import type { CodecRun, CodecWorker, RunOptions } from "./launch.ts";
import type { BenchPicture } from "./pictures.ts";

/** The same work twice: by our codecs in workerd, and by sharp. */
export interface BenchCase {
  readonly codec: string;
  readonly settings: string;
  /** Only for encoders. */
  readonly encodeSettings?: EncodeSettings;
  prepare(worker: CodecWorker, picture: BenchPicture): Promise<void>;
  inWorkerd(worker: CodecWorker, options: RunOptions): Promise<CodecRun>;
  native(picture: BenchPicture): Promise<Buffer>;
}

function decodeCase(codec: "jpeg" | "png", settings: string, fileOf: (picture: BenchPicture) => Buffer): BenchCase {
  return {
    codec: `${codec} decode`,
    settings,
    prepare: (worker, picture) => worker.keepSource(fileOf(picture)),
    inWorkerd: (worker, options) => worker.decode(options),
    native: (picture) => sharp(fileOf(picture)).ensureAlpha().raw().toBuffer(),
  };
}

function encodeCase(settings: EncodeSettings, label: string, native: (image: Sharp) => Sharp): BenchCase {
  return {
    codec: `${settings.format} encode`,
    settings: label,
    encodeSettings: settings,
    prepare: (worker, picture) => worker.keepPixels(picture),
    inWorkerd: (worker, options) => worker.encode(settings, options),
    native: ({ data, width, height }) => native(sharp(data, { raw: { width, height, channels: 4 } })).toBuffer(),
  };
}

function webpLossy(effort: number): BenchCase {
  const settings = { format: "webp", lossless: false, quality: 80, effort, fullChroma: true } as const;
  return encodeCase(settings, `q80 m${effort}`, (image) => image.webp({ quality: 80, effort, smartSubsample: true }));
}

function webpLossless(effort: number): BenchCase {
  const settings = { format: "webp", lossless: true, quality: 0, effort, fullChroma: false } as const;
  // sharp's quality is the search effort here, as in our adapter.
  return encodeCase(settings, `lossless m${effort}`, (image) =>
    image.webp({ lossless: true, exact: true, quality: 75, effort }),
  );
}

/** sharp's effort is 9 − speed; 9 and 10 are the same speed in libaom. */
function avif(speed: number, fullChroma: boolean): BenchCase {
  const settings = { format: "avif", lossless: false, quality: 60, effort: speed, fullChroma } as const;
  const chromaSubsampling = fullChroma ? "4:4:4" : "4:2:0";
  return encodeCase(settings, `q60 s${speed} ${chromaSubsampling}`, (image) =>
    image.avif({ quality: 60, effort: Math.max(0, 9 - speed), chromaSubsampling }),
  );
}

/** Every setting that `chooseEffort()` can name. */
export const benchCases: readonly BenchCase[] = [
  decodeCase("jpeg", "sequential", (picture) => picture.jpeg),
  decodeCase("jpeg", "progressive", (picture) => picture.progressiveJpeg),
  decodeCase("png", "RGB", (picture) => picture.png),
  webpLossy(2),
  webpLossy(4),
  webpLossy(6),
  webpLossless(0),
  webpLossless(1),
  webpLossless(2),
  webpLossless(4),
  avif(10, false),
  avif(8, false),
  avif(8, true),
  avif(6, true),
];
