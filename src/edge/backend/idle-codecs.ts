import type { Imaging } from "../../imaging/imaging.ts";
import { maxRequestsKeepingCodecs } from "../limits.ts";

/** The library, whose codecs are dropped when they have not been used for a while. */
export interface IdlingImaging {
  readonly imaging: Imaging;
  /** To be called for every request. */
  readonly countRequest: () => void;
}

/**
 * Watches the library. The memory of a WASM instance counts towards the limit at which the whole heap is collected, and
 * every hit of that moment waits. Requests are counted rather than seconds, since only requests fill the heap, and since
 * a dropped codec is only freed by the next collection: with few requests in between, another one would be started while
 * the old one is still there.
 */
export function dropWhenIdle(imaging: Imaging): IdlingImaging {
  let requestsSinceWork = 0;
  const working = async <Result>(work: Promise<Result>): Promise<Result> => {
    requestsSinceWork = 0;
    try {
      return await work;
    } finally {
      requestsSinceWork = 0;
    }
  };
  return {
    imaging: {
      ...imaging,
      open(...opened) {
        const image = imaging.open(...opened);
        return {
          make: (...wanted) => working(image.make(...wanted)),
          render: (rendering) => working(image.render(rendering)),
          decode: () => working(image.decode()),
          compare: (...wanted) => working(image.compare(...wanted)),
          heldBytes: () => image.heldBytes(),
          close: () => image.close(),
        };
      },
    },
    countRequest: () => {
      requestsSinceWork += 1;
      // Once, not ever after: there is nothing left to drop.
      if (requestsSinceWork === maxRequestsKeepingCodecs) imaging.dropIdle();
    },
  };
}
