import { readProfile } from "../decode/read-profile.ts";
import { toGrayProfile } from "../colour/matrix-profile.ts";
import { insertSegments, metadataSegments } from "../jpeg/embed.ts";
import { encodeJpegRows } from "../jpeg/encode-rows.ts";
import { ImagingError } from "../model/error.ts";
import type { ImageFacts } from "../model/facts.ts";
import type { Picture, Pixels } from "../model/picture.ts";
import { frameOf, isDrawnByRows, isSmallPng, type Rendering, uprightSize } from "../model/rendering.ts";
import { isGray, isOpaque } from "../pixels/alpha.ts";
import { hasFineColour } from "../pixels/fine-colour.ts";
import { isPhotographic } from "../pixels/is-photographic.ts";
import { wrapPng } from "../png/embed.ts";
import { encodePng } from "../png/encode-png.ts";
import { lightOf } from "../resample/light.ts";
import { sharpen } from "../resample/sharpen.ts";
import { type Pause, runInSteps } from "../steps.ts";
import { drawFile, drawPixels } from "./draw-rows.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Quality from which colour keeps its full resolution, where most encoders draw the line. */
const fullChromaQuality = 90;

/** A picture to be drawn, of which the pixels are asked for only where rows will not do. */
export interface Drawable {
  readonly bytes: Bytes;
  readonly facts: ImageFacts;
  /** Undefined where whole pictures cannot be held. */
  readonly decode: (() => Promise<Picture>) | undefined;
}

/** A file that was drawn. */
interface Rendered {
  readonly format: "jpeg" | "png";
  readonly bytes: Bytes;
}

/**
 * A file of a picture in another size, upright and in the colours that it came in, without its metadata: a JPEG of what is
 * opaque and has continuous tone, a PNG of everything else.
 * @throws ImagingError for a picture that cannot be decoded, or has no such form
 */
export async function renderPicture(source: Drawable, rendering: Rendering, pause: Pause): Promise<Rendered> {
  const { pixels, profile } = await draw(source, rendering, pause);
  if (rendering.sharpen !== undefined) await runInSteps(sharpen(pixels, rendering.sharpen), pause);
  return isForJpeg(pixels, source.facts)
    ? { format: "jpeg", bytes: await writeJpeg(pixels, profile, rendering.quality, pause) }
    : { format: "png", bytes: await writePng(pixels, profile, pause) };
}

async function draw(source: Drawable, rendering: Rendering, pause: Pause): Promise<Picture> {
  const { bytes, facts, decode } = source;
  if (isDrawnByRows(facts)) {
    const profile = facts.profile === "other" ? await readProfile(bytes, facts.format) : undefined;
    const framing = frameOf(rendering, uprightSize(facts));
    const drawing = { framing, light: lightOf(profile), orientation: facts.orientation };
    try {
      return { pixels: await runInSteps(drawFile(bytes, facts.format, drawing), pause), profile };
    } catch (error) {
      // An interlaced PNG, which its facts do not say.
      if (!isSmallPng(facts) || !(error instanceof ImagingError) || error.kind !== "unsupported") throw error;
    }
  }
  if (decode === undefined) throw new ImagingError("unsupported", facts.format, "no codec for whole pictures");
  const { pixels, profile } = await decode();
  const framing = frameOf(rendering, pixels);
  return { pixels: await runInSteps(drawPixels(pixels, framing, lightOf(profile), !facts.alpha), pause), profile };
}

/** Formats whose pictures have been through a lossy encoder, and are photographs or taken for one. */
function isLossyFile(facts: ImageFacts): boolean {
  return facts.format === "jpeg" || facts.format === "avif" || (facts.format === "webp" && !facts.lossless);
}

function isForJpeg(pixels: Pixels, facts: ImageFacts): boolean {
  return isOpaque(pixels) && (isLossyFile(facts) || isPhotographic(pixels));
}

async function writeJpeg(
  pixels: Pixels,
  profile: Uint8Array | undefined,
  quality: number,
  pause: Pause,
): Promise<Bytes> {
  // An RGB profile says nothing about a single component.
  const isSingle = profile === undefined && isGray(pixels);
  const chroma = quality >= fullChromaQuality || hasFineColour(pixels) ? "4:4:4" : "4:2:0";
  const file = await runInSteps(encodeJpegRows(pixels, { quality, chroma: isSingle ? "gray" : chroma }), pause);
  return profile === undefined ? file : insertSegments(file, metadataSegments({ icc: profile }));
}

async function writePng(pixels: Pixels, profile: Uint8Array | undefined, pause: Pause): Promise<Bytes> {
  const file = await encodePng(pixels, pause);
  if (profile === undefined) return file;
  const icc = isGray(pixels) ? toGrayProfile(profile) : profile;
  if (icc === undefined) throw new ImagingError("unsupported", "icc", "a profile of colours beside gray samples");
  return wrapPng(file, { icc });
}

/** Whether a file is what was asked for. */
export function isRendered(made: ImageFacts | undefined, source: ImageFacts, rendering: Rendering): boolean {
  const { width, height } = frameOf(rendering, uprightSize(source));
  const isExpected = made?.format === "jpeg" || made?.format === "png";
  return isExpected && made.width === width && made.height === height && made.orientation === 1;
}
