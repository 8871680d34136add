/** 8-bit RGBA, row by row from the top left, 4 × width × height bytes, alpha not premultiplied. */
export interface Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Pixels that are upright, and what their numbers mean. */
export interface Picture {
  readonly pixels: Pixels;
  /** ICC profile of RGB pixels; undefined for sRGB. */
  readonly profile: Uint8Array | undefined;
}

/** What a picture shows: things seen, or graphics (text, user interfaces, line art); see `hasGraphics()`. */
export type Content = "natural" | "graphics";
