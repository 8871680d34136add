import { areaOf, emptyRectangle, type Rectangle } from "../gif/rectangle.ts";

/** What has to be painted so that the picture shown becomes the next one. */
export interface FrameChange {
  /** Even left and top; empty when nothing changes. */
  readonly area: Rectangle;
  /** A pixel becomes transparent: painting over cannot do that. */
  readonly clears: boolean;
  /** Every pixel of the area changes. */
  readonly isFull: boolean;
}

/** Compares the pictures inside `within`; both have `width` words per row, 0 for a transparent pixel. */
export function findChange(shown: Uint32Array, next: Uint32Array, width: number, within: Rectangle): FrameChange {
  let left = within.right;
  let right = within.left;
  let top = within.bottom;
  let bottom = within.top;
  let clears = false;
  let changed = 0;
  for (let y = within.top; y < within.bottom; y++) {
    for (let x = within.left, at = y * width + x; x < within.right; x++, at++) {
      const word = next[at];
      if (word === shown[at]) continue;
      changed++;
      if (word === 0) clears = true;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  // The file stores half of an offset (RFC 9649 §2.7.1.1).
  const area = changed === 0 ? emptyRectangle : { left: left & ~1, top: top & ~1, right, bottom };
  return { area, clears, isFull: changed === areaOf(area) };
}

/**
 * Puts the pixels of `area`, row after row, at the beginning of `shown`, which thus needs no third buffer: a row is
 * written where nothing is read any more. With `onlyChanges`, pixels that stay as they are become transparent.
 */
export function packArea(
  shown: Uint32Array,
  next: Uint32Array,
  width: number,
  area: Rectangle,
  onlyChanges: boolean,
): void {
  let to = 0;
  for (let y = area.top; y < area.bottom; y++) {
    for (let at = y * width + area.left, end = y * width + area.right; at < end; at++) {
      const word = next[at] ?? 0;
      shown[to++] = onlyChanges && word === shown[at] ? 0 : word;
    }
  }
}
