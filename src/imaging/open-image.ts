import { releaseBuffers } from "./bytes/release.ts";
import { carryMetadata, dropMetadata, withoutMetadata } from "./carry/carry-metadata.ts";
import { isWhole } from "./encode/is-whole.ts";
import { encodeToScore } from "./encode/encode-to-score.ts";
import type { Imaging, Made, OpenImage, PixelMemory } from "./imaging.ts";
import { ImagingError } from "./model/error.ts";
import type { ImageFacts } from "./model/facts.ts";
import type { Picture } from "./model/picture.ts";
import { type EncodeRecipe, formatOf, type Recipe } from "./model/recipe.ts";
import {
  type EncodeSettings,
  isLossyWebp,
  type MetadataSetting,
  type OxipngPreset,
  type ScoredFormat,
} from "./model/settings.ts";
import type { Outside, PixelEngine } from "./pixel-engine.ts";
import { isOpaque } from "./pixels/alpha.ts";
import { measureDissimilarity } from "./pixels/dissimilarity.ts";
import { hasFineColour } from "./pixels/fine-colour.ts";
import { isRendered, renderPicture } from "./render/render.ts";
import type { Rendering } from "./model/rendering.ts";
import { isPhotographic } from "./pixels/is-photographic.ts";
import { hasGraphics } from "./pixels/graphics.ts";
import { probeImage } from "./probe/probe.ts";
import { recompressJpeg } from "./recompress/recompress.ts";
import { goOn, runInSteps } from "./steps.ts";
import { streamToJxl } from "./stream/stream-to-jxl.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const alwaysGranted: PixelMemory = { mayKeep: () => true, hold: () => () => undefined };

/** The library on these codecs. */
export function openWith(engine: PixelEngine, pause: Outside["pause"] = goOn): Imaging {
  return {
    open: (bytes, facts, keep, memory = alwaysGranted) =>
      new OpenedImage(engine, pause, memory, { bytes, facts, keep }),
    liveBytes: () => engine.liveBytes(),
    dropIdle: () => engine.dropIdle(),
  };
}

interface OpenedFile {
  readonly bytes: Bytes;
  readonly facts: ImageFacts;
  readonly keep: MetadataSetting;
}

class OpenedImage implements OpenImage {
  readonly #engine: PixelEngine;
  readonly #pause: Outside["pause"];
  readonly #memory: PixelMemory;
  readonly #file: OpenedFile;
  #isClosed = false;
  #held: { readonly picture: Picture; readonly release: () => void } | undefined;

  constructor(engine: PixelEngine, pause: Outside["pause"], memory: PixelMemory, file: OpenedFile) {
    this.#engine = engine;
    this.#pause = pause;
    this.#memory = memory;
    this.#file = file;
  }

  async make(recipe: Recipe, between: () => Promise<boolean> = () => Promise.resolve(true)): Promise<Made> {
    try {
      const made = await this.#makePicture(recipe, between);
      if (made.kind !== "made") return made;
      const bytes = await this.#withMetadata(made.bytes, recipe);
      if (await isFaithful(bytes, formatOf(recipe), this.#file.facts)) return { kind: "made", bytes };
      return { kind: "failed", cause: new Error("The encoder's output has another format or size than the source.") };
    } catch (cause) {
      return isAboutSource(cause, this.#file.facts) ? { kind: "undecodable", cause } : { kind: "failed", cause };
    }
  }

  async render(rendering: Rendering): Promise<Made> {
    const { bytes, facts, keep } = this.#file;
    try {
      const decode = this.#engine.holdsPictures() ? () => this.decode() : undefined;
      const drawn = await renderPicture({ bytes, facts, decode }, rendering, this.#pause);
      const file = await carryMetadata(drawn.bytes, drawn.format, bytes, facts, keep);
      if (isRendered(await probeImage(file), facts, rendering)) return { kind: "made", bytes: file };
      return { kind: "failed", cause: new Error("The rendering has another size than the one that was asked for.") };
    } catch (cause) {
      if (!(cause instanceof ImagingError) || cause.kind === "codec") return { kind: "failed", cause };
      return { kind: cause.kind === "damaged" ? "undecodable" : "refused", cause };
    }
  }

  async decode(): Promise<Picture> {
    if (this.#held !== undefined) return this.#held.picture;
    const { bytes, facts } = this.#file;
    const picture = await this.#engine.decode(bytes, facts);
    const { width, height, data } = picture.pixels;
    const upright = uprightSize(facts);
    // Everything else was decided by the size in the header; another one means a damaged or lying file.
    if (width !== upright.width || height !== upright.height)
      throw new ImagingError("damaged", facts.format, `${width} × ${height} pixels in place of what the header says`);
    // Work that is still going on when the image is closed keeps nothing.
    if (!this.#isClosed && this.#memory.mayKeep(data.byteLength))
      this.#held = { picture, release: this.#memory.hold(data.byteLength) };
    await this.#pause();
    return picture;
  }

  async compare(file: Uint8Array, format: ScoredFormat): Promise<number | undefined> {
    const { pixels } = await this.decode();
    return measureDissimilarity(pixels, await this.#engine.decodeVariant(file, format));
  }

  heldBytes(): number {
    return this.#held?.picture.pixels.data.byteLength ?? 0;
  }

  close(): void {
    this.#isClosed = true;
    this.#held?.release();
    this.#held = undefined;
  }

  /** The file without metadata. */
  async #makePicture(recipe: Recipe, between: () => Promise<boolean>): Promise<Made> {
    const { bytes, facts, keep } = this.#file;
    switch (recipe.kind) {
      case "encode":
        return this.#encode(recipe, between);
      case "recompress":
        return this.#remake(async () => (await runInSteps(recompressJpeg(bytes, recipe, keep), this.#pause)).bytes);
      case "stream":
        if (recipe.format === "jxl")
          return this.#remake(() => runInSteps(streamToJxl(bytes, facts.orientation), this.#pause));
        return this.#remake(() =>
          this.#engine.streamWebp(bytes, facts.format === "png" ? "png" : "jpeg", recipe.quality),
        );
      case "optimise":
        return recipe.effort === "stream" ? this.#optimiseRows() : this.#optimise(recipe.effort);
      case "animate": {
        const animated = await this.#engine.animate(bytes);
        return animated === undefined ? { kind: "refused" } : { kind: "made", bytes: animated };
      }
      default:
        return recipe satisfies never;
    }
  }

  async #optimise(effort: OxipngPreset): Promise<Made> {
    const { bytes, facts, keep } = this.#file;
    const plain = await withoutMetadata(bytes, facts, keep);
    const optimised = await this.#engine.optimisePng(plain, effort);
    if (plain !== bytes && plain !== optimised) releaseBuffers([plain]);
    return optimised.length < bytes.length ? { kind: "made", bytes: optimised } : { kind: "refused" };
  }

  /**
   * The metadata is dropped afterwards, from fewer bytes. What rows cannot be read of is refused for good; oxipng may take it the
   * next time.
   */
  async #optimiseRows(): Promise<Made> {
    const { bytes, facts, keep } = this.#file;
    const made = await this.#remake(() => this.#engine.optimisePng(bytes, "stream"));
    if (made.kind !== "made") return made;
    const plain = await dropMetadata(made.bytes, facts, keep);
    if (made.bytes !== plain && made.bytes !== bytes) releaseBuffers([made.bytes]);
    return plain.length < bytes.length ? { kind: "made", bytes: plain } : { kind: "refused" };
  }

  /** Of the file's own bytes: what cannot be read here may well be decoded for other recipes. */
  async #remake(work: () => Promise<Bytes>): Promise<Made> {
    try {
      return { kind: "made", bytes: await work() };
    } catch (cause) {
      if (!(cause instanceof ImagingError)) throw cause;
      return { kind: cause.kind === "damaged" ? "undecodable" : "refused", cause };
    }
  }

  async #encode(recipe: EncodeRecipe, between: () => Promise<boolean>): Promise<Made> {
    const picture = await this.decode();
    const { settings, forGraphics } = recipe;
    if (!isFor(picture, recipe)) return { kind: "refused" };
    const chosen = forGraphics !== undefined && isGraphics(picture, settings) ? forGraphics : settings;
    const mayGoOn = async (): Promise<boolean> => {
      // Other work has to know of pixels that stay although they are not kept for the next recipe.
      const waiting = this.#held === undefined ? this.#memory.hold(picture.pixels.data.byteLength) : undefined;
      return between().finally(() => waiting?.());
    };
    const bytes = await encodeToScore(this.#engine, picture, chosen, { mayGoOn, pause: this.#pause });
    return { kind: "made", bytes };
  }

  async #withMetadata(bytes: Bytes, recipe: Recipe): Promise<Bytes> {
    const { facts, keep } = this.#file;
    const format = formatOf(recipe);
    // A file that is rewritten in its own format keeps everything by itself.
    if (keep === "keep" && recipe.kind !== "encode" && format === facts.format) return bytes;
    return carryMetadata(bytes, format, this.#file.bytes, facts, keep);
  }
}

/** Whether the picture or its colour profile is the obstacle, and not a codec. */
function isAboutSource(cause: unknown, { format }: ImageFacts): boolean {
  if (!(cause instanceof ImagingError) || cause.kind === "codec") return false;
  return cause.format === format || cause.format === "icc";
}

/** Whether the picture is of the kind that is wanted. A picture with transparency is no photograph, and JPEG has none. */
function isFor({ pixels }: Picture, { only, settings }: EncodeRecipe): boolean {
  if (settings.format === "jpeg" && !isOpaque(pixels)) return false;
  return only === undefined || (isPhotographic(pixels) && isOpaque(pixels)) === (only === "photograph");
}

/**
 * Whether a picture is to be encoded as graphics. For AVIF that decides about memory, and smooth photographs count. WebP by rows
 * is for them as well, but not for colour that must not be halved plainly.
 */
function isGraphics({ pixels }: Picture, settings: EncodeSettings): boolean {
  if (!isLossyWebp(settings, "rows")) return hasGraphics(pixels);
  return hasFineColour(pixels) || (hasGraphics(pixels) && !isPhotographic(pixels));
}

/** The last guard: the file is whole, of the right format, and of the source's size once upright. */
async function isFaithful(bytes: Uint8Array, format: string, source: ImageFacts): Promise<boolean> {
  const facts = await probeImage(bytes);
  if (facts?.format !== format || !isWhole(facts.format, bytes)) return false;
  const [made, expected] = [uprightSize(facts), uprightSize(source)];
  return made.width === expected.width && made.height === expected.height;
}

/** Orientations from 5 on exchange the sides (EXIF 3.0, tag 274). */
function uprightSize({ width, height, orientation }: ImageFacts): Pick<ImageFacts, "width" | "height"> {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
