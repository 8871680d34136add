import { Inflater } from "./inflate.ts";
import { InflateError } from "./inflate-error.ts";

/** Room for what is inflated at first; doubled as often as it is full. */
const firstBytes = 65_536;

/**
 * Inflates a zlib stream; undefined when it is broken, cut, followed by something, or gives more than `maxBytes`. It stops at that bound, so
 * that a bomb costs no more time and memory than an honest stream.
 */
export function inflateZlib(compressed: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
  try {
    const inflater = new Inflater(compressed);
    let inflated = new Uint8Array(Math.min(maxBytes, firstBytes));
    for (let total = 0; ;) {
      total += inflater.read(inflated.subarray(total));
      if (inflater.isAtEnd()) return inflater.restBytes === 0 ? inflated.slice(0, total) : undefined;
      if (total === maxBytes) return undefined;
      const larger = new Uint8Array(Math.min(maxBytes, 2 * inflated.length));
      larger.set(inflated);
      inflated = larger;
    }
  } catch (error) {
    if (error instanceof InflateError) return undefined;
    throw error;
  }
}
