import { maxRequestsKeepingCodecs } from "../limits.ts";
import type { PixelEngine } from "../../imaging/imaging.ts";

/** A pixel engine whose codecs are released when they have not been used for a while. */
export interface IdlingEngine {
  readonly engine: PixelEngine;
  /** To be called for every request. */
  readonly countRequest: () => void;
}

/**
 * Watches an engine. The memory of a WASM instance counts towards the limit at which the whole heap is collected, and
 * every hit of that moment waits. Requests are counted rather than seconds, since only requests fill the heap, and
 * since a released codec is freed by the next collection only: with few requests in between, a new one would start
 * beside the old.
 */
export function dropWhenIdle(engine: PixelEngine): IdlingEngine {
  let requestsSinceWork = 0;
  const used = (): PixelEngine => {
    requestsSinceWork = 0;
    return engine;
  };
  return {
    engine: {
      ...engine,
      decode: (bytes, facts) => used().decode(bytes, facts),
      encode: (picture, settings) => used().encode(picture, settings),
      optimisePng: (bytes, effort) => used().optimisePng(bytes, effort),
      animate: (bytes) => used().animate(bytes),
    },
    countRequest: () => {
      requestsSinceWork += 1;
      // Once, not ever after: there is nothing left to drop.
      if (requestsSinceWork === maxRequestsKeepingCodecs) engine.dropIdle();
    },
  };
}
