import { damagedJpeg, unsupportedJpeg } from "../error.ts";
import type { JpegScan } from "../frame.ts";

/** T.81 §G.1.1.1.2: a point transform of more than 13 bits leaves nothing of a coefficient. */
const maxPointTransform = 13;

/**
 * Whether the scans bring every coefficient exactly once, and every bit of it (ITU T.81 §B.2.3, §G.1.1.1). Decoders
 * smooth what a progression leaves out, so such a file shows something that is not in its coefficients.
 */
export function checkProgression(progressive: boolean, componentCount: number, scans: readonly JpegScan[]): void {
  if (!progressive) {
    const seen = new Set<number>();
    for (const index of scans.flatMap((scan) => scan.components)) {
      if (seen.has(index)) throw unsupportedJpeg("repeated-scan");
      seen.add(index);
    }
    if (seen.size !== componentCount) throw damagedJpeg("missing-scan");
    return;
  }
  /** Per component and zigzag position: the lowest bit known so far, or -1. */
  const known = Array.from({ length: componentCount }, () => new Int8Array(64).fill(-1));
  for (const scan of scans) {
    checkParameters(scan);
    for (const index of scan.components) recordScan(known[index], scan);
  }
  if (known.some((bits) => bits.some((bit) => bit !== 0))) throw unsupportedJpeg("incomplete-progression");
}

function checkParameters(scan: JpegScan): void {
  const { spectralStart, spectralEnd, approximationHigh, approximationLow } = scan;
  const band =
    spectralStart === 0
      ? spectralEnd === 0
      : spectralStart <= spectralEnd && spectralEnd <= 63 && scan.components.length === 1;
  const bits =
    approximationLow <= maxPointTransform && (approximationHigh === 0 || approximationHigh === approximationLow + 1);
  if (!band || !bits) throw damagedJpeg("bad-progression");
}

function recordScan(known: Int8Array, scan: JpegScan): void {
  const { spectralStart, spectralEnd, approximationHigh, approximationLow } = scan;
  if (spectralStart > 0 && known[0] < 0) throw damagedJpeg("bad-progression");
  for (let k = spectralStart; k <= spectralEnd; k++) {
    const before = known[k];
    if (approximationHigh === 0 && before >= 0) throw unsupportedJpeg("repeated-scan");
    if (approximationHigh !== 0 && before !== approximationHigh) throw damagedJpeg("bad-progression");
    known[k] = approximationLow;
  }
}
