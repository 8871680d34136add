import { cmykTableBase64 } from "./cmyk-table.generated.ts";

/** Nodes of one axis of the table: node i is the channel value `round(i * 255 / 8)`. */
const nodes = Array.from({ length: 9 }, (_, i) => Math.round((i * 255) / 8));

/** Bytes from one node to the next along each channel's axis. */
const stepK = 3;
const stepY = 9 * stepK;
const stepM = 9 * stepY;
const stepC = 9 * stepM;

/** One in the 8-bit fixed point of the weights. */
const one = 256;

interface CmykTable {
  readonly rgb: Uint8Array;
  /** For each channel value: the node below it (255 has the last but one, so that there always is one above). */
  readonly nodeBelow: Uint8Array;
  /** For each channel value: the weight of the node above, 0 to `one`. */
  readonly weightAbove: Uint16Array;
}

let loaded: CmykTable | undefined;

/**
 * Converts CMYK without an ICC profile to sRGB, in place: 4 bytes C, M, Y, K per pixel (0 = no ink, 255 = full ink)
 * become opaque RGBA. The colours are those of commercial printing on coated paper (TR 006), relative colorimetric with
 * black point compensation, interpolated between the 16 nearest nodes.
 *
 * @param samples whole pixels; may be a strip of a picture
 */
export function convertUntaggedCmyk(samples: Uint8ClampedArray | Uint8Array): void {
  const { rgb, nodeBelow, weightAbove } = (loaded ??= loadTable());
  let [lastC, lastM, lastY, lastK] = [0, 0, 0, 0];
  // No ink is white.
  let [r, g, b] = [255, 255, 255];
  for (let at = 0; at + 3 < samples.length; at += 4) {
    const c = samples[at];
    const m = samples[at + 1];
    const y = samples[at + 2];
    const k = samples[at + 3];
    // Areas of one colour are common in graphics for print.
    if (c !== lastC || m !== lastM || y !== lastY || k !== lastK) {
      lastC = c;
      lastM = m;
      lastY = y;
      lastK = k;
      const cAbove = weightAbove[c];
      const mAbove = weightAbove[m];
      const yAbove = weightAbove[y];
      const kAbove = weightAbove[k];
      const none = (one - yAbove) * (one - kAbove);
      const onlyK = (one - yAbove) * kAbove;
      const onlyY = yAbove * (one - kAbove);
      const both = yAbove * kAbove;
      const start = nodeBelow[c] * stepC + nodeBelow[m] * stepM + nodeBelow[y] * stepY + nodeBelow[k] * stepK;
      // Half of the last bit, so that the shift at the end rounds.
      let red = 1 << 21;
      let green = 1 << 21;
      let blue = 1 << 21;
      for (let corner = 0; corner < 4; corner++) {
        const weight = (corner < 2 ? one - cAbove : cAbove) * ((corner & 1) === 0 ? one - mAbove : mAbove);
        if (weight === 0) continue;
        const p = start + (corner < 2 ? 0 : stepC) + ((corner & 1) === 0 ? 0 : stepM);
        // 8 bits times 16 bits of weight, cut to 14 bits: with another 16 bits of weight the sum fits 31.
        red += weight * ((rgb[p] * none + rgb[p + 3] * onlyK + rgb[p + 27] * onlyY + rgb[p + 30] * both) >> 10);
        green += weight * ((rgb[p + 1] * none + rgb[p + 4] * onlyK + rgb[p + 28] * onlyY + rgb[p + 31] * both) >> 10);
        blue += weight * ((rgb[p + 2] * none + rgb[p + 5] * onlyK + rgb[p + 29] * onlyY + rgb[p + 32] * both) >> 10);
      }
      r = red >> 22;
      g = green >> 22;
      b = blue >> 22;
    }
    samples[at] = r;
    samples[at + 1] = g;
    samples[at + 2] = b;
    samples[at + 3] = 255;
  }
}

function loadTable(): CmykTable {
  const nodeBelow = new Uint8Array(256);
  const weightAbove = new Uint16Array(256);
  for (let value = 0; value < 256; value++) {
    const below = Math.min(
      nodes.findLastIndex((node) => node <= value),
      nodes.length - 2,
    );
    const [low = 0, high = 0] = nodes.slice(below);
    nodeBelow[value] = below;
    weightAbove[value] = Math.round(((value - low) / (high - low)) * one);
  }
  return {
    rgb: Uint8Array.from(atob(cmykTableBase64), (character) => character.charCodeAt(0)),
    nodeBelow,
    weightAbove,
  };
}
