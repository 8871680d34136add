import type { Pixels } from "../model/picture.ts";

/** A difference of Cb or Cr (of 255) within 2 × 2 pixels that halving them makes visible: lines and letters of strong colours. */
const strongDifference = 48;

/**
 * Share of such places from which they matter. Of 33 photographs none has more than one in 7000; a few lines of red text on
 * two megapixels of white are one in 600.
 */
const minShare = 1 / 2000;

/** Places that are looked at, about: rows of them, spread evenly. */
const sampledPlaces = 250_000;

/** Whether halving a picture's colour would show, as in red text and in user interfaces. Alpha is ignored. */
export function hasFineColour({ data, width, height }: Pixels): boolean {
  const step = 2 * Math.max(1, Math.round((width * height) / 4 / sampledPlaces));
  let places = 0;
  let strong = 0;
  for (let y = 0; y + 1 < height; y += step) {
    for (let at = 4 * y * width, end = at + 4 * (width - 1); at < end; at += 8) {
      places++;
      if (isStrong(data, at, at + 4, at + 4 * width, at + 4 * width + 4)) strong++;
    }
  }
  return strong > minShare * places;
}

function isStrong(data: Uint8ClampedArray, a: number, b: number, c: number, d: number): boolean {
  return (
    spread(cb(data, a), cb(data, b), cb(data, c), cb(data, d)) ||
    spread(cr(data, a), cr(data, b), cr(data, c), cr(data, d))
  );
}

function spread(a: number, b: number, c: number, d: number): boolean {
  return Math.max(a, b, c, d) - Math.min(a, b, c, d) > strongDifference;
}

/** ITU-R BT.601, from an arbitrary zero. */
function cb(data: Uint8ClampedArray, at: number): number {
  return 0.5 * data[at + 2] - 0.169 * data[at] - 0.331 * data[at + 1];
}

function cr(data: Uint8ClampedArray, at: number): number {
  return 0.5 * data[at] - 0.419 * data[at + 1] - 0.081 * data[at + 2];
}
