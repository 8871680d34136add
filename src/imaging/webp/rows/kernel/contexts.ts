import { firstChromaFlag } from "./layout";

/** Whether a block has levels that are not 0. */
// @inline
function flagOf(end: usize): i32 {
  return load<u8>(end) != 0 ? 1 : 0;
}

/** Context of a block of luma: how many of its two neighbours have levels that are not 0. `ends` are of its macroblock so far. */
// @inline
export function lumaContext(ends: usize, block: i32, above: usize, left: usize): i32 {
  return (
    (block < 4 ? <i32>load<u8>(above + block) : flagOf(ends + block - 4)) +
    ((block & 3) == 0 ? <i32>load<u8>(left + (block >> 2)) : flagOf(ends + block - 1))
  );
}

/** The same for one of eight blocks of chroma. */
// @inline
export function chromaContext(ends: usize, block: i32, above: usize, left: usize): i32 {
  const plane = firstChromaFlag + ((block >> 2) << 1);
  const inPlane = block & 3;
  return (
    (inPlane < 2 ? <i32>load<u8>(above + plane + inPlane) : flagOf(ends + block - 2)) +
    ((inPlane & 1) == 0 ? <i32>load<u8>(left + plane + (inPlane >> 1)) : flagOf(ends + block - 1))
  );
}
