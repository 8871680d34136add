import { type ByteReader, HeaderError } from "./byte-reader.ts";

/** Boxes walked in one container: far above real files (a large tiled HEIC has about a thousand items), and stops crafted lists of empty boxes. */
const maxBoxes = 10_000;

export interface Box {
  readonly type: string;
  /** The bytes after the box header. Throws when the box reaches beyond its container. */
  readonly payload: () => ByteReader;
}

/**
 * The boxes of an ISO base media file, JP2 or JPEG XL container, or those inside one box (ISO/IEC 14496-12 §4.2,
 * ISO/IEC 15444-1 §I.4): a size of 1 means that 64 bits follow, 0 that the box ends with its container.
 */
export function* boxes(container: ByteReader, start = 0): Generator<Box> {
  let at = start;
  for (let count = 0; at + 8 <= container.length; count++) {
    if (count === maxBoxes) throw new HeaderError("too many boxes");
    const size32 = container.u32(at);
    const header = size32 === 1 ? 16 : 8;
    const size = size32 === 0 ? container.length - at : size32 === 1 ? container.u64(at + 8) : size32;
    if (size < header) throw new HeaderError("box smaller than its header");
    const from = at + header;
    const to = at + size;
    yield { type: container.text(at + 4, 4), payload: () => container.slice(from, to) };
    at = to;
  }
}
