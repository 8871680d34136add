/** Device pixels per CSS pixel, as classes: few values, so that the cache is not split by every zoom level. */
export const pixelRatios = [1, 2, 3] as const;
type PixelRatio = (typeof pixelRatios)[number];

/** The hints that state a pixel ratio (W3C Responsive Image Client Hints §3.1, and its older name). */
export const pixelRatioFields = ["Sec-CH-DPR", "DPR"] as const;

/** The class of a hint's value; rounded up, since a picture that is too small looks worse than one that is too large. */
export function classifyPixelRatio(value: string | null): PixelRatio {
  const ratio = value !== null && /^\d{1,3}(?:\.\d{1,10})?$/.test(value.trim()) ? Number(value) : 1;
  // Zoom levels make ratios such as 1.1; the difference to 1 is invisible.
  if (ratio <= 1.25) return 1;
  return ratio <= 2.25 ? 2 : 3;
}
