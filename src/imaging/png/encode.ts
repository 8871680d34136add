import { describeThrown, ImagingError } from "../model/error.ts";
import { encodePng } from "./encode-png.ts";
import type { PngEffort } from "../model/settings.ts";
import type { Pixels } from "../model/picture.ts";
import type { PngOptimiser } from "./optimise.ts";

export interface PngWriter {
  /**
   * A PNG of these very pixels, colour under alpha 0 included, in 8 bits or fewer: gray, RGB or palette where that
   * loses nothing. It says nothing about its colour space; a profile is to be added to the file.
   */
  encode(pixels: Pixels, effort: PngEffort): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * @param optimiser whose instance does the work of the efforts above `stream`; the caller drops it
 * @param pause awaited now and then with effort `stream`, so that other work is not held up
 */
export function createPngWriter(optimiser: PngOptimiser, pause?: () => Promise<void>): PngWriter {
  return {
    encode: async (pixels, effort) => {
      if (effort !== "stream") return optimiser.encode(pixels, effort);
      try {
        return await encodePng(pixels, pause);
      } catch (error) {
        throw new ImagingError("codec", "png", describeThrown(error), error);
      }
    },
  };
}
