import type { ImageFacts } from "./model/facts.ts";
import type { Picture } from "./model/picture.ts";
import type { Rendering } from "./model/rendering.ts";
import type { Recipe } from "./model/recipe.ts";
import type { MetadataSetting, ScoredFormat } from "./model/settings.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The library, beside `probeImage()` and what predicts costs. */
export interface Imaging {
  /**
   * Holds a file, from which files of other formats are made.
   * @param facts of the file, by `probeImage()`
   * @param keep what of its metadata goes into the files that are made of it
   * @param memory where its pixels are counted while they wait; they are always kept when left out
   */
  open(bytes: Bytes, facts: ImageFacts, keep: MetadataSetting, memory?: PixelMemory): OpenImage;
  /** Bytes of WASM memory that codecs hold now. */
  liveBytes(): number;
  /** Drops every codec that does nothing now. */
  dropIdle(): void;
}

/** Counts pixels that wait. */
export interface PixelMemory {
  /** Whether so many bytes of pixels may be kept for the next recipe. */
  mayKeep(bytes: number): boolean;
  /** Counts bytes until the result is called. */
  hold(bytes: number): () => void;
}

/** One image. One call at a time: decoders and encoders are shared with all other images. */
export interface OpenImage {
  /**
   * Makes one file. Never rejects.
   * @param between asked between two encodes of one recipe, so that other work can run; without permission the file
   *   that is there already is the result
   */
  make(recipe: Recipe, between?: () => Promise<boolean>): Promise<Made>;
  /**
   * Draws the picture in another size, as a JPEG or PNG from which other files can be made. Never rejects; `refused` is what
   * cannot be drawn here.
   */
  render(rendering: Rendering): Promise<Made>;
  /**
   * The upright pixels.
   * @throws ImagingError for a file that cannot be decoded
   */
  decode(): Promise<Picture>;
  /** How much a lossy file that was made of this image differs from it, see `measureDissimilarity()`. */
  compare(file: Uint8Array, format: ScoredFormat): Promise<number | undefined>;
  /** Bytes of pixels that are kept for the next recipe. */
  heldBytes(): number;
  /** Releases the pixels. */
  close(): void;
}

/** What became of a recipe. */
export type Made =
  | { readonly kind: "made"; readonly bytes: Bytes }
  /** The image is sound and has no such form, today or later. */
  | { readonly kind: "refused"; readonly cause?: unknown }
  /** The image cannot be read; nothing can ever be made of it. */
  | { readonly kind: "undecodable"; readonly cause?: unknown }
  /** It may go well the next time. */
  | { readonly kind: "failed"; readonly cause: unknown };
