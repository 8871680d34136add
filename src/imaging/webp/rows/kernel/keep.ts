import { chromaContext, lumaContext } from "./contexts";
import {
  blockBytes,
  endsOffset,
  flagsAbove,
  flagsLeft,
  flagStride,
  modeOffset,
  modesAbove,
  modesLeft,
  rowLevels,
  rowModes,
  segmentCounts,
  skippedCount,
  subblockCandidate,
  subblockModes,
  typeChroma,
  typeLuma,
  typeLumaWithoutDc,
  typeY2,
  y2Flag,
} from "./layout";
import { countTokens } from "./tokens";

/** Where the row's next modes and levels go. */
export let modesAt: usize = 0;
export let levelsAt: usize = 0;

export function beginRow(): void {
  modesAt = rowModes;
  levelsAt = rowLevels;
  v128.store(flagsLeft, i32x4.splat(0));
  store<u32>(modesLeft, 0);
}

/** Ends of the 25 blocks of a macroblock: luma, chroma, Y2. */
const ends: usize = memory.data(32, 16);

/** Keeps what was chosen for a macroblock: for the file, and for the macroblocks to come. */
export function keepChoice(column: i32, segment: i32, whole: usize, hasSubblocks: bool, chroma: usize): void {
  const luma = hasSubblocks ? subblockCandidate : whole;
  const above = flagsAbove + flagStride * <usize>column;
  v128.store(ends, v128.load(luma, endsOffset));
  store<u64>(ends, load<u64>(chroma, endsOffset), 16);
  store<u8>(ends, hasSubblocks ? 0 : load<u8>(whole + 16, endsOffset), 24);
  const isSkipped = (load<u64>(ends) | load<u64>(ends, 8) | load<u64>(ends, 16) | <u64>load<u8>(ends, 24)) == 0;
  keepModes(column, segment, hasSubblocks, isSkipped, load<i32>(whole, modeOffset), load<i32>(chroma, modeOffset));
  if (!isSkipped) keepLevels(luma, chroma, above, hasSubblocks);
  keepFlags(above, !hasSubblocks);
}

/** A byte: segment, "subblocks", "skipped", modes of luma and chroma; then two modes of subblocks a byte, the first lower. */
function keepModes(
  column: i32,
  segment: i32,
  hasSubblocks: bool,
  isSkipped: bool,
  lumaMode: i32,
  chromaMode: i32,
): void {
  const counts = segmentCounts + ((<usize>segment) << 2);
  store<u32>(counts, load<u32>(counts) + 1);
  if (isSkipped) store<u32>(skippedCount, load<u32>(skippedCount) + 1);
  store<u8>(
    modesAt++,
    segment | ((<i32>hasSubblocks) << 2) | ((<i32>isSkipped) << 3) | (lumaMode << 4) | (chromaMode << 6),
  );
  const above = modesAbove + 4 * <usize>column;
  if (!hasSubblocks) {
    // Its blocks count as predicted by the mode of the same number.
    store<u32>(above, lumaMode * 0x01010101);
    store<u32>(modesLeft, lumaMode * 0x01010101);
    return;
  }
  for (let block: usize = 0; block < 16; block += 2) {
    store<u8>(modesAt++, load<u8>(subblockModes + block) | (load<u8>(subblockModes + block, 1) << 4));
  }
  store<u32>(above, load<u32>(subblockModes, 12));
  for (let y: usize = 0; y < 4; y++) store<u8>(modesLeft + y, load<u8>(subblockModes + 4 * y, 3));
}

/** A map of the blocks that are not empty, then their levels in nibbles, the lower half of a byte first. */
function keepLevels(luma: usize, chroma: usize, above: usize, hasSubblocks: bool): void {
  const at = levelsAt;
  let nibble = (at + 4) << 1;
  let map: u32 = 0;
  const lumaType = hasSubblocks ? typeLuma : typeLumaWithoutDc;
  const lumaFirst = hasSubblocks ? 0 : 1;
  for (let block = 0; block < 16; block++) {
    const end = <i32>load<u8>(ends + block);
    const levels = luma + blockBytes * <usize>block;
    countTokens(lumaType, lumaContext(ends, block, above, flagsLeft), levels, lumaFirst, end);
    if (end == 0) continue;
    map |= 1 << block;
    nibble = writeNibbles(nibble, levels, lumaFirst, end);
  }
  for (let block = 0; block < 8; block++) {
    const end = <i32>load<u8>(ends + block, 16);
    const levels = chroma + blockBytes * <usize>block;
    countTokens(typeChroma, chromaContext(ends + 16, block, above, flagsLeft), levels, 0, end);
    if (end == 0) continue;
    map |= 1 << (16 + block);
    nibble = writeNibbles(nibble, levels, 0, end);
  }
  if (!hasSubblocks) {
    const end = <i32>load<u8>(ends, 24);
    const levels = luma + blockBytes * 16;
    countTokens(typeY2, <i32>load<u8>(above, y2Flag) + <i32>load<u8>(flagsLeft, y2Flag), levels, 0, end);
    if (end != 0) {
      map |= 1 << 24;
      nibble = writeNibbles(nibble, levels, 0, end);
    }
  }
  store<u32>(at, map);
  levelsAt = (nibble + 1) >> 1;
}

/** Nibbles: levels from -6 to 6 as 0–12; 13 and the 16 bits of another level, lowest first; 15 after the last of less than 16. */
function writeNibbles(from: usize, levels: usize, first: i32, end: i32): usize {
  let nibble = from;
  for (let n = first; n < end; n++) {
    const level = <i32>load<i16>(levels + ((<usize>n) << 1));
    if (<u32>(level + 6) <= 12) nibble = writeNibble(nibble, level + 6);
    else {
      nibble = writeNibble(nibble, 13);
      for (let shift = 0; shift < 16; shift += 4) nibble = writeNibble(nibble, (level >> shift) & 15);
    }
  }
  return end < 16 ? writeNibble(nibble, 15) : nibble;
}

// @inline
function writeNibble(at: usize, value: i32): usize {
  const byte = at >> 1;
  if ((at & 1) == 0) store<u8>(byte, value);
  else store<u8>(byte, load<u8>(byte) | (value << 4));
  return at + 1;
}

/** Leaves the flags of a macroblock's lowest and rightmost blocks for its neighbours. */
function keepFlags(above: usize, hasY2: bool): void {
  for (let i: usize = 0; i < 4; i++) {
    store<u8>(above + i, load<u8>(ends + i, 12) != 0 ? 1 : 0);
    store<u8>(flagsLeft + i, load<u8>(ends + 4 * i, 3) != 0 ? 1 : 0);
  }
  for (let i: usize = 0; i < 4; i++) {
    // Of each plane of chroma the two lower blocks, and the two at the right.
    const plane = ends + 16 + 4 * (i >> 1);
    store<u8>(above + i, load<u8>(plane + 2 + (i & 1)) != 0 ? 1 : 0, 4);
    store<u8>(flagsLeft + i, load<u8>(plane + 1 + 2 * (i & 1)) != 0 ? 1 : 0, 4);
  }
  // Without Y2 the flag of the last macroblock that had one is passed on.
  if (!hasY2) return;
  const flag = load<u8>(ends, 24) != 0 ? 1 : 0;
  store<u8>(above, flag, y2Flag);
  store<u8>(flagsLeft, flag, y2Flag);
}
