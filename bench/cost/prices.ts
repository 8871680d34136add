/**
 * Cloudflare's public price list, paid plan, in US dollars, as read in November 2026:
 * https://developers.cloudflare.com/workers/platform/pricing/, https://developers.cloudflare.com/r2/pricing/,
 * https://developers.cloudflare.com/images/pricing/. What is included every month is left out, so that the figures grow
 * evenly.
 */
export const prices = {
  readIn: "2026-11",
  millionRequests: 0.3,
  millionCpuMs: 0.02,
  /** The Cache API has no price. */
  cacheStorage: 0,
  r2: { gigabyteMonth: 0.015, millionWrites: 4.5, millionReads: 0.36 },
  images: { thousandTransformations: 0.5 },
} as const;
