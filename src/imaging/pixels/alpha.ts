import type { Pixels } from "../model/picture.ts";

/** Whether every pixel is opaque, so that an alpha channel would say nothing. Stops at the first that is not. */
export function isOpaque({ data }: Pixels): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

/** Whether red, green and blue are the same in every pixel, transparent ones included. Stops at the first that differs. */
export function isGray({ data }: Pixels): boolean {
  for (let at = 0; at + 3 < data.length; at += 4)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}
