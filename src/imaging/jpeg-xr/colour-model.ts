import type { Pixels } from "../model/picture.ts";

/** What is written: one channel, three, or three and a plane of alpha. */
export type ColourModel = "gray" | "rgb" | "rgba";

/** The smallest model that holds all samples: alpha when any pixel is not opaque, gray when red, green and blue never differ. */
export function chooseColourModel({ data }: Pixels): ColourModel {
  let isGray = true;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] !== 255) return "rgba";
    if (isGray && (data[i] !== data[i + 1] || data[i] !== data[i + 2])) isGray = false;
  }
  return isGray ? "gray" : "rgb";
}
