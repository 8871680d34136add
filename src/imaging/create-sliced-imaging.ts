import type { Imaging } from "./imaging.ts";
import { ImagingError } from "./model/error.ts";
import { openWith } from "./open-image.ts";
import type { Outside, PixelEngine } from "./pixel-engine.ts";
import { goOn, runInSteps } from "./steps.ts";
import { streamToWebp } from "./stream/stream-to-webp.ts";

/**
 * The library without codecs of whole pictures, for a program that has to be small: it makes what works in steps (see
 * `isSliced()`), JPEG XL and JPEG of a JPEG's coefficients, WebP of its rows, lossless JPEG XL of those of a PNG, and renderings
 * of rows. Every other recipe fails.
 */
export function createSlicedImaging({ pause = goOn }: Pick<Partial<Outside>, "pause"> = {}): Imaging {
  const engine: PixelEngine = {
    holdsPictures: () => false,
    streamWebp: (...wanted) => runInSteps(streamToWebp(...wanted), pause),
    decode: (_, { format }) => refuse(format),
    encode: (_, { format }) => refuse(format),
    decodeVariant: (_, format) => refuse(format),
    optimisePng: () => refuse("png"),
    animate: () => refuse("gif"),
    liveBytes: () => 0,
    dropIdle: () => undefined,
  };
  return openWith(engine, pause);
}

function refuse(format: ImagingError["format"]): Promise<never> {
  return Promise.reject(new ImagingError("codec", format, "There is no codec for whole pictures here."));
}
