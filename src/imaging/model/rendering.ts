import type { FactsOf, ImageFacts } from "./facts.ts";

/** How a picture fills the box that is given for it; never with more pixels than it has. */
export const fits = ["contain", "cover", "fill"] as const;

/**
 * The words of CSS Images 3 §4.5. `contain`: all of the picture, inside of the box. `cover`: the whole box, from the middle of
 * the picture. `fill`: the whole box and all of the picture, whose proportions give way.
 */
export type Fit = (typeof fits)[number];

/** An unsharp mask: what a Gaussian blur takes away is added once more. */
export interface UnsharpMask {
  /** How much of it: 1 adds all. */
  readonly amount: number;
  /** Standard deviation of the blur, in pixels of the result. */
  readonly radius: number;
  /** Differences of fewer levels, of 255, are left alone: they are grain rather than edges. */
  readonly threshold: number;
}

/** A picture in another size. At least one side is given; a single one leaves the other to the proportions. */
export interface Rendering {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly fit: Fit;
  /** Of a JPEG, 1–100 on the IJG scale. */
  readonly quality: number;
  readonly sharpen: UnsharpMask | undefined;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, in pixels that need not be whole, and the size that it is drawn in. */
export interface Framing extends Size {
  readonly left: number;
  readonly top: number;
  /** Pixels of the picture for each pixel of the result, at least 1. */
  readonly scaleX: number;
  readonly scaleY: number;
}

/** What a rendering shows of an upright picture of this size, and how large. */
export function frameOf({ width, height, fit }: Pick<Rendering, "width" | "height" | "fit">, size: Size): Framing {
  const isBox = width !== undefined && height !== undefined;
  if (!isBox || fit === "contain") {
    const share = Math.min(1, (width ?? Infinity) / size.width, (height ?? Infinity) / size.height);
    return spread({ left: 0, top: 0, ...size }, size.width * share, size.height * share);
  }
  if (fit === "fill") {
    const share = Math.min(1, size.width / width, size.height / height);
    return spread({ left: 0, top: 0, ...size }, width * share, height * share);
  }
  // Where the picture is smaller than the box, the box shrinks and keeps its proportions.
  const share = Math.min(1, size.width / width, size.height / height);
  const scale = Math.min(size.width / (width * share), size.height / (height * share));
  const shown = { width: width * share * scale, height: height * share * scale };
  const place = { left: (size.width - shown.width) / 2, top: (size.height - shown.height) / 2 };
  return spread({ ...place, ...shown }, width * share, height * share);
}

function spread(shown: Size & { readonly left: number; readonly top: number }, width: number, height: number): Framing {
  const drawn = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
  const { left, top } = shown;
  return { ...drawn, left, top, scaleX: shown.width / drawn.width, scaleY: shown.height / drawn.height };
}

/** Whether a rendering shows the picture as it is. */
export function isWhole({ width, height, scaleX, scaleY }: Framing, size: Size): boolean {
  return width === size.width && height === size.height && scaleX === 1 && scaleY === 1;
}

/**
 * Whether a picture is drawn from its rows as they are read: an opaque JPEG or PNG of 8 bits in gray or RGB, whose profile, if it
 * matters, is one of RGB. (What of a PNG its header does not say may still refuse it.)
 */
export function isDrawnByRows(facts: ImageFacts): facts is FactsOf<"jpeg" | "png"> {
  const { colour, profile, alpha, bitDepth } = facts;
  const areColoursKnown = profile === "none" || profile === "srgb" || (profile === "other" && colour === "rgb");
  if (!areColoursKnown) return false;
  if (facts.format === "jpeg") return facts.jpeg.recompress?.streamedWebpBytes != null;
  return facts.format === "png" && bitDepth === 8 && !alpha && (colour === "gray" || colour === "rgb");
}

/** Pixels of a PNG up to which it is decoded whole where its rows cannot be read. */
const smallPngPixels = 1_000_000;

export function isSmallPng({ format, width = Infinity, height = Infinity }: ImageFacts): boolean {
  return format === "png" && width * height <= smallPngPixels;
}

/** The size of the upright picture: orientations from 5 on exchange the sides (EXIF 3.0, tag 274). */
export function uprightSize({ width = 0, height = 0, orientation }: ImageFacts): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
