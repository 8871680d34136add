/** GIFs written for tests, block by block, so that each can have what no encoder writes. */

export interface WrittenFrame {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** Palette indices, row by row. */
  readonly indices: readonly number[];
  /** Colours as 0xRRGGBB; their number is a power of two. */
  readonly palette?: readonly number[];
  readonly interlaced?: boolean;
  /** No graphic control is written when all of these are left out. */
  readonly disposal?: number;
  /** Hundredths of a second. */
  readonly delay?: number;
  readonly transparent?: number;
}

export interface WrittenGif {
  readonly version?: "GIF87a" | "GIF89a";
  readonly width: number;
  readonly height: number;
  readonly palette?: readonly number[];
  /** The stored count of an extension before the first frame. */
  readonly loops?: number;
  readonly loopName?: string;
  readonly frames: readonly WrittenFrame[];
}

type Bytes = readonly number[];

const u16 = (value: number): Bytes => [value & 255, value >> 8];
const text = (value: string): Bytes => [...value].map((letter) => letter.charCodeAt(0));

/** The application extension that carries a loop count. */
export function loopExtension(loops: number, name = "NETSCAPE2.0"): Bytes {
  return [0x21, 0xff, 11, ...text(name), 3, 1, ...u16(loops), 0];
}

export function writeGif(gif: WrittenGif): Uint8Array {
  return joinGif(gif, [
    ...(gif.loops === undefined ? [] : [loopExtension(gif.loops, gif.loopName)]),
    ...gif.frames.map(writeFrame),
  ]);
}

/** Header, blocks as they are, trailer. */
export function joinGif(
  { version = "GIF89a", width, height, palette }: Omit<WrittenGif, "frames">,
  blocks: readonly Bytes[],
) {
  const head = [...text(version), ...u16(width), ...u16(height), tableFlags(palette), 0, 0, ...colours(palette)];
  return Uint8Array.from([...head, ...blocks.flat(), 0x3b]);
}

export function writeFrame(frame: WrittenFrame): Bytes {
  const { left = 0, top = 0, width, height, palette, interlaced = false } = frame;
  const place = [...u16(left), ...u16(top), ...u16(width), ...u16(height)];
  const flags = tableFlags(palette) | (interlaced ? 0x40 : 0);
  return [...graphicControl(frame), 0x2c, ...place, flags, ...colours(palette), ...imageData(interlace(frame))];
}

function graphicControl({ disposal, delay, transparent }: WrittenFrame): Bytes {
  if (disposal === undefined && delay === undefined && transparent === undefined) return [];
  const flags = ((disposal ?? 0) << 2) | (transparent === undefined ? 0 : 1);
  return [0x21, 0xf9, 4, flags, ...u16(delay ?? 0), transparent ?? 0, 0];
}

function tableFlags(palette: readonly number[] | undefined): number {
  return palette === undefined ? 0 : 0x80 | (Math.log2(palette.length) - 1);
}

function colours(palette: readonly number[] = []): Bytes {
  return palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
}

/** Rows in the order of GIF89a Appendix E. */
function interlace({ width, height, indices, interlaced }: WrittenFrame): Bytes {
  if (interlaced !== true) return indices;
  const rows = Array.from({ length: height }, (_, y) => y);
  const order = [
    rows.filter((y) => y % 8 === 0),
    rows.filter((y) => y % 8 === 4),
    rows.filter((y) => y % 4 === 2),
    rows.filter((y) => y % 2 === 1),
  ].flat();
  return order.flatMap((y) => indices.slice(y * width, (y + 1) * width));
}

/** LZW code size, sub-blocks and their end. */
export function imageData(indices: Bytes, codeSize = 8): Bytes {
  const packed = packCodes(lzwCodes(indices, codeSize));
  const blocks: number[] = [];
  for (let at = 0; at < packed.length; at += 255) {
    const block = packed.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  return [codeSize, ...blocks, 0];
}

/** Codes and how many bits each takes (GIF89a Appendix F). */
function lzwCodes(indices: Bytes, codeSize: number): [code: number, bits: number][] {
  const clear = 1 << codeSize;
  let table = new Map<string, number>();
  let next = clear + 2;
  let bits = codeSize + 1;
  const codes: [number, number][] = [[clear, bits]];
  let run = "";
  let code = -1;
  for (const index of indices) {
    const longer = `${run},${index}`;
    const known = code === -1 ? index : table.get(longer);
    if (known !== undefined) {
      [run, code] = [longer, known];
      continue;
    }
    codes.push([code, bits]);
    table.set(longer, next);
    if (next === 1 << bits && bits < 12) bits++;
    next++;
    if (next === 4096) {
      codes.push([clear, bits]);
      table = new Map();
      [next, bits] = [clear + 2, codeSize + 1];
    }
    [run, code] = [`,${index}`, index];
  }
  if (code !== -1) codes.push([code, bits]);
  // The decoder has one more entry by then.
  codes.push([clear + 1, next === 1 << bits && bits < 12 ? bits + 1 : bits]);
  return codes;
}

/** Lowest bit first. */
function packCodes(codes: readonly [number, number][]): number[] {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const [code, length] of codes) {
    bits |= code << count;
    count += length;
    for (; count >= 8; count -= 8, bits >>>= 8) bytes.push(bits & 255);
  }
  if (count > 0) bytes.push(bits & 255);
  return bytes;
}

/** An animation of a few small frames of every kind that browsers agree on; `random(n)` gives 0 to n - 1. */
export function randomGif(random: (below: number) => number): WrittenGif {
  const [width, height] = [1 + random(20), 1 + random(20)];
  const frames = Array.from({ length: 2 + random(7) }, (_, index): WrittenFrame => {
    const isFirst = index === 0;
    const isFull = isFirst && random(3) > 0;
    const [left, top] = isFull ? [0, 0] : [random(width), random(height)];
    const size = isFull
      ? { width, height }
      : { width: 1 + random(isFirst ? width - left : 20), height: 1 + random(isFirst ? height - top : 20) };
    const style = random(3);
    return {
      ...size,
      left,
      top,
      interlaced: random(4) === 0,
      disposal: random(5),
      delay: random(6),
      ...(random(2) === 0 ? {} : { transparent: random(4) }),
      ...(random(3) === 0 ? { palette: Array.from({ length: 4 }, () => random(0x1000000)) } : {}),
      indices: Array.from({ length: size.width * size.height }, (_unused, at) =>
        style === 0 ? random(4) : style === 1 ? 1 : (at % size.width) & 3,
      ),
    };
  });
  return { width, height, palette: [0xff0000, 0x00ff00, 0x0000ff, 0xffffff], loops: random(4), frames };
}
