import type { JpegFrame } from "../frame.ts";
import { frequencyOf, leastDivisorRatio, wantedSteps } from "./wanted-steps.ts";

/** Strengths that are tried; between two of them no divisor below 255 changes by more than one. */
const strengths = Array.from({ length: 451 }, (_, i) => 0.1 + i / 1000);

/**
 * Divisors of luma that are of this engine's own shape, where the file counts as its work. Tables of other encoders have
 * 24 at most, by chance; with fewer than 26, too little was changed for a second time to be seen.
 */
const minOwnDivisors = 26;

/**
 * Whether a JPEG's luma was quantised by `lossyDivisors()`: all divisors grow with the frequency as that makes them grow,
 * but for those that it left as they were. Each time costs something of the picture, so once is enough.
 */
export function isRequantised(frame: JpegFrame): boolean {
  const { quantisation } = frame.components[0];
  const { ac } = wantedSteps(frame, 0, 1);
  const shape = Float64Array.from(quantisation, (_, place) => ac(frequencyOf(place)));
  return strengths.some((strength) => countOwn(quantisation, shape, strength) >= minOwnDivisors);
}

/** Divisors that are the wanted step; none where any other should have been replaced by it. */
function countOwn(divisors: Uint16Array, shape: Float64Array, strength: number): number {
  let own = 0;
  for (let place = 1; place < divisors.length; place++) {
    const wanted = strength * shape[place];
    if (divisors[place] === Math.max(1, Math.round(wanted))) own++;
    else if (wanted >= leastDivisorRatio * divisors[place]) return 0;
  }
  return own;
}
