import type { Pixels } from "../model/picture.ts";
import type { RowRing } from "./overlap-filter.ts";

/** What a codestream carries: luma alone, luma and two chroma planes made of RGB, or alpha. */
export type PlaneContent = "gray" | "rgb" | "alpha";

const bias = 128;

/** Bytes of a pixel that a one-channel codestream reads. */
const sampleOffset = { gray: 0, alpha: 3 } as const;

function padRow(data: RowRing["data"], at: number, width: number, stride: number): void {
  data.fill(data[at + width - 1], at + width, at + stride);
}

/**
 * Reads the 16 rows of a row of macroblocks into the rings of the channels, centred around 0, converted (ITU-T T.832,
 * RGB to YUV, reversible), shifted left by `shift`, the last column and row repeated up to whole macroblocks.
 */
export function loadRows(
  { data: source, width, height }: Pixels,
  content: PlaneContent,
  macroblockRow: number,
  rings: readonly RowRing[],
  shift: number,
): void {
  const centre = bias << shift;
  for (let row = 16 * macroblockRow; row < 16 * macroblockRow + 16; row++) {
    let from = Math.min(row, height - 1) * width * 4;
    const { data, base, stride, rowMask } = rings[0];
    const ringRow = (row & rowMask) * stride;
    const luma = base + ringRow;
    if (content !== "rgb") {
      from += sampleOffset[content];
      for (let x = 0; x < width; x++) data[luma + x] = (source[from + 4 * x] << shift) - centre;
      padRow(data, luma, width, stride);
      continue;
    }
    const chromaU = rings[1].base + ringRow;
    const chromaV = rings[2].base + ringRow;
    for (let x = 0; x < width; x++, from += 4) {
      const red = source[from] << shift;
      const green = source[from + 1] << shift;
      const v = (source[from + 2] << shift) - red;
      const u = red + ((v + 1) >> 1) - green;
      data[luma + x] = green + (u >> 1) - centre;
      data[chromaU + x] = -u;
      data[chromaV + x] = v;
    }
    padRow(data, luma, width, stride);
    padRow(data, chromaU, width, stride);
    padRow(data, chromaV, width, stride);
  }
}
