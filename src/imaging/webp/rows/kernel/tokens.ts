import { contextStride, endToken, moreToken, tokenCounts, tokenOfLevel } from "./layout";
import { bandOf } from "./quantise";

// @inline
function count(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts the tokens of a block, and for each that follows a check for the end of the block, that it did not end. */
export function countTokens(type: usize, context: i32, levels: usize, first: i32, end: i32): void {
  const counts = tokenCounts + type;
  let row = bandOf(counts, first) + contextStride * <usize>context;
  let isChecked = true;
  for (let n = first; n < end; n++) {
    const magnitude = abs<i32>(load<i16>(levels + ((<usize>n) << 1)));
    if (isChecked) count(row + moreToken);
    count(row + ((<usize>load<u8>(tokenOfLevel + magnitude)) << 2));
    isChecked = magnitude != 0;
    row = bandOf(counts, n + 1) + contextStride * <usize>min(magnitude, 2);
  }
  if (end < 16) count(row + endToken);
}
