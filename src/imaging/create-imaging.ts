import type { Imaging } from "./imaging.ts";
import { openWith } from "./open-image.ts";
import { createPixelEngine } from "./create-pixel-engine.ts";
import type { Outside } from "./pixel-engine.ts";

/** The library with codecs of its own; none is started before it is needed. */
export function createImaging(outside: Partial<Outside> = {}): Imaging {
  return openWith(createPixelEngine(outside), outside.pause);
}
