/** JPEGs of known coefficients for the sample path, and what an independent decoder makes of them. */
import sharp from "sharp";
import { segment } from "../probe/bytes.ts";
import { seededNumbers } from "./oracles.ts";
import type { WrittenComponent } from "./written-jpeg.ts";

/** APP14 "Adobe", version 100, no flags (Adobe Technical Note 5116 §18). */
export function adobeMarker(transform: number): Uint8Array {
  return segment(0xee, "Adobe", [0, 100, 0, 0, 0, 0, transform]);
}

/** Blocks like those of a busy photograph, other ones in every place; `strength` 1 leaves few samples out of range. */
export function busyBlocks(component: number, strength = 1): WrittenComponent["coefficient"] {
  return (x, y, k) => {
    const random = seededNumbers(1 + k + 64 * (x + 1000 * (y + 1000 * component)));
    random();
    if (k === 0) return Math.floor((random() - 0.5) * 200 * strength);
    return random() < 0.25 ? Math.floor(((random() - 0.5) * 60 * strength) / Math.sqrt(k)) : 0;
  };
}

export function busyComponents(
  factors: readonly (readonly [horizontal: number, vertical: number])[],
  strength = 1,
): WrittenComponent[] {
  return factors.map(([h, v], index) => ({ h, v, coefficient: busyBlocks(index, strength) }));
}

/** Raw CMYK by libvips: 4 bytes per pixel, 0 for none, no profile applied. */
export async function sharpCmyk(jpeg: Uint8Array): Promise<Buffer> {
  return sharp(jpeg, { autoOrient: false, failOn: "error" })
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer();
}

/** Places at which two pictures differ. */
export function countDifferences(a: Uint8Array | Uint8ClampedArray, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let differences = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) differences++;
  return differences;
}
