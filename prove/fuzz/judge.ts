/** Whether a file shows what its damaged source shows, by decoders that share no code with the project. */
import sharp from "sharp";
import { asVisitorsSee, type BrowserViewer } from "../../test/support/browser-viewer.ts";
import { type Apart, compareShown, show, showFormat, type Shown, viewers } from "../../test/support/shown-picture.ts";
import type { ImageFacts } from "../../src/imaging/model/facts.ts";
import type { Pixels } from "../../src/imaging/model/picture.ts";

// One thread, as the work that is judged has; nothing is asked for twice.
sharp.concurrency(1);
sharp.cache(false);

/** Shows what browsers would show of a file with damage that they overlook. */
const patient = { failOn: "none", limitInputPixels: 60e6 } as const;

/**
 * Levels by which two pictures may differ, see `compareShown()`: rounding, and what a lossy encoder loses of a picture that
 * is half noise, as damaged ones are.
 */
const limits = {
  exact: { mean: 1, coarse: 1, alpha: 0 },
  /** Through a profile that only a converter applies, of which there are several. */
  converted: { mean: 2, coarse: 2, alpha: 0 },
  look: { mean: 12, coarse: 5, alpha: 3 },
  /** A damaged profile may make a step of one into any other. That it is carried, exact files show. */
  "look by a profile": { mean: 60, coarse: 20, alpha: 3 },
  /** Some blocks of a few colours, which a lossy format blurs into each other: only its shape can be judged. */
  "look of a tiny picture": { mean: 90, coarse: 90, alpha: 3 },
} as const;

/** Pixels of a tiny picture. */
const tinyPixels = 128 * 128;

export type Exactness = Exclude<keyof typeof limits, "look of a tiny picture">;

/** The picture; undefined where the independent decoder refuses the file. */
export async function showSource(file: Buffer, facts: ImageFacts): Promise<Shown | undefined> {
  const { format, alpha, bitDepth, profile } = facts;
  // libvips gives such colours a profile of its own.
  if (format === "avif" && (bitDepth ?? 8) > 8 && profile === "other") return undefined;
  try {
    const { space } = await sharp(file, patient).metadata();
    // CMYK has no single appearance: programs differ.
    if (space === "cmyk") return undefined;
    const shown = await show(file, patient);
    // A channel of no stated kind is no transparency, although libvips takes it for that.
    return format === "tiff" && !alpha ? withoutAlpha(shown) : shown;
  } catch {
    return undefined;
  }
}

function withoutAlpha(shown: Shown): Shown {
  return { ...shown, data: shown.data.map((value, at) => (at % 4 === 3 ? 255 : value)) };
}

/** What one decoder says; another one may say otherwise. */
export interface Complaint {
  readonly reason: string;
  readonly disputed?: Disputed;
}

/** A file that was made, and how far it may be from its source. */
export interface Disputed {
  readonly file: Uint8Array;
  readonly format: string;
  readonly exactness: Exactness;
  readonly isAnimated: boolean;
  /** What its decoder complains about may be in it, since the pixels' stream is the source's own. */
  readonly keepsFaults: boolean;
}

/** What is wrong with pixels that were decoded here. */
export async function judgePixels(
  source: Shown,
  { data, width, height }: Pixels,
  exactness: Exactness,
): Promise<Complaint | undefined> {
  const reason = compare(source, { data: new Uint8Array(data), width, height, hasAlpha: true }, exactness);
  if (reason === undefined) return undefined;
  const file = await sharp(data, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { reason, disputed: { file, format: "png", exactness, isAnimated: false, keepsFaults: false } };
}

/**
 * What is wrong with a file that was made; undefined where nothing is, or where the tool for its format is missing.
 * @param keepsFaults see `Disputed`
 */
export async function judgeFile(
  source: Shown | undefined,
  file: Uint8Array,
  format: string,
  exactness: Exactness,
  keepsFaults = false,
): Promise<Complaint | undefined> {
  const tool = viewers[format];
  if (tool !== undefined && !tool.available) return undefined;
  if (keepsFaults && source === undefined) return undefined;
  let shown: Shown;
  try {
    shown = keepsFaults ? await show(file, patient) : await showFormat(Buffer.from(file), format);
  } catch (error) {
    return { reason: `the file that was made cannot be shown: ${String(error).slice(0, 200)}` };
  }
  const reason = source && compare(source, shown, exactness);
  if (
    reason === undefined ||
    (source !== undefined && exactness === "look" && (await isUsualLoss(source, shown, format)))
  )
    return undefined;
  return { reason, disputed: { file, format, exactness, isAnimated: false, keepsFaults } };
}

/** By how much more than of libwebp's own file a lossy one may differ. */
const mostOfUsualLoss = 1.25;

/** Whether libwebp loses as much, which fits halved chroma as well: it holds no noise of colours, as damage makes of any picture. */
async function isUsualLoss(source: Shown, shown: Shown, format: string): Promise<boolean> {
  const { data, width, height } = source;
  if (format !== "webp" || shown.width !== width || shown.height !== height) return false;
  const usual = await sharp(data, { raw: { width, height, channels: 4 } })
    .webp({ quality: 80, smartSubsample: true })
    .toBuffer();
  const [ours, theirs] = [compareShown(source, shown), compareShown(source, await show(usual))];
  return (["mean", "coarse", "alpha"] as const).every((each) => ours[each] <= mostOfUsualLoss * theirs[each]);
}

/** What is wrong with an animation: each frame, as it is composed. */
export async function judgeFrames(source: Buffer, file: Uint8Array): Promise<Complaint | undefined> {
  const frames = async (animation: Uint8Array): Promise<Shown> => {
    const { data, info } = await sharp(animation, { ...patient, animated: true })
      .toColourspace("srgb")
      .ensureAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, hasAlpha: true };
  };
  let shown: Shown;
  try {
    shown = await frames(source);
  } catch {
    return undefined;
  }
  const disputed = { file, format: "webp", exactness: "exact", isAnimated: true, keepsFaults: false } as const;
  try {
    const reason = compare(shown, await frames(file), "exact");
    return reason === undefined ? undefined : { reason, disputed };
  } catch (error) {
    return { reason: `the animation that was made cannot be shown: ${String(error).slice(0, 200)}` };
  }
}

/** Chromium does not stretch transparency of limited range (16 to 235). */
const limitedAlpha = 20;

/** What is wrong with it by a browser, which is what visitors have; a complaint that it does not share is none. */
export async function appeal(
  browser: BrowserViewer,
  source: Uint8Array,
  sourceFormat: string,
  { file, format, exactness, isAnimated, keepsFaults }: Disputed,
): Promise<string | undefined> {
  if (isAnimated) {
    const [before, after] = [
      await browser.showFrames(source, `image/${sourceFormat}`),
      await browser.showFrames(file, `image/${format}`),
    ].map(asVisitorsSee);
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : "another animation in the browser";
  }
  const shown = await browser.show(source, `image/${sourceFormat}`);
  const moreAlpha = sourceFormat === "avif" ? limitedAlpha : 0;
  const made = keepsFaults ? await browser.show(file, `image/${format}`) : await showFormat(Buffer.from(file), format);
  return compare(shown, made, exactness, moreAlpha);
}

function compare(source: Shown, shown: Shown, exactness: Exactness, moreAlpha = 0): string | undefined {
  let apart: Apart;
  try {
    apart = compareShown(source, shown);
  } catch (error) {
    return String(error);
  }
  const { mean, coarse, alpha } = apart;
  const isTiny = exactness.startsWith("look") && source.width * source.height < tinyPixels;
  const limit = limits[isTiny ? "look of a tiny picture" : exactness];
  if (mean <= limit.mean && coarse <= limit.coarse && alpha <= limit.alpha + moreAlpha) return undefined;
  return `another picture (${exactness}): mean ${mean.toFixed(2)}, coarse ${coarse.toFixed(2)}, alpha ${alpha}`;
}
