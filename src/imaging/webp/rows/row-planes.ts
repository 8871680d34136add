/** Samples of one macroblock row that comes in: 16 lines of luma, 8 lines of each chroma, as wide as whole macroblocks. */
export class RowPlanes {
  readonly lumaStride: number;
  readonly chromaStride: number;
  readonly luma: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;

  constructor(macroblocksWide: number, luma: Uint8Array, u: Uint8Array, v: Uint8Array) {
    this.lumaStride = 16 * macroblocksWide;
    this.chromaStride = 8 * macroblocksWide;
    this.luma = luma;
    this.u = u;
    this.v = v;
  }

  copyFrom({ luma, u, v }: RowPlanes): void {
    this.luma.set(luma);
    this.u.set(u);
    this.v.set(v);
  }

  /**
   * Fills what is outside of the picture, of which `width` columns and `lines` lines are in this row, with its edge. Chroma is
   * padded from its own edge.
   */
  pad(width: number, lines: number): void {
    padPlane(this.luma, this.lumaStride, width, lines);
    padPlane(this.u, this.chromaStride, (width + 1) >> 1, (lines + 1) >> 1);
    padPlane(this.v, this.chromaStride, (width + 1) >> 1, (lines + 1) >> 1);
  }
}

/** Planes in memory of their own. */
export function createRowPlanes(macroblocksWide: number): RowPlanes {
  const [luma, u, v] = [256, 64, 64].map((samples) => new Uint8Array(samples * macroblocksWide));
  return new RowPlanes(macroblocksWide, luma, u, v);
}

function padPlane(plane: Uint8Array, stride: number, width: number, lines: number): void {
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    plane.fill(plane[start + width - 1], start + width, start + stride);
  }
  for (let at = lines * stride; at < plane.length; at += stride) {
    plane.copyWithin(at, (lines - 1) * stride, lines * stride);
  }
}
