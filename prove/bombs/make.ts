/** Files that are small, and announce or unfold to what nobody could hold. All are made here; none comes from elsewhere. */
import { constants, crc32, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import type { Reason } from "../../src/edge/reasons.ts";
import { writeTiff } from "../../test/support/write-tiff.ts";

type Part = string | Uint8Array | readonly number[];

/** Texts are Latin-1, numbers bytes. */
const join = (...parts: readonly Part[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(Math.floor(value / 65_536)), ...u16(value % 65_536)];
const u16le = (value: number): number[] => u16(value).toReversed();
const u32le = (value: number): number[] => u32(value).toReversed();
const repeat = (part: Uint8Array, times: number): Buffer => Buffer.alloc(part.length * times, part);

const blockBytes = 1_000_000;
let block: Buffer | undefined;

/** A zlib stream of zeros: a block that is put together once, again and again (RFC 1950; their Adler-32 is known). */
function zeros(bytes: number): Buffer {
  const blocks = Math.floor(bytes / blockBytes);
  if (blocks > 0) block ??= deflateRawSync(Buffer.alloc(blockBytes), { finishFlush: constants.Z_FULL_FLUSH });
  const rest = deflateRawSync(Buffer.alloc(bytes % blockBytes), { level: 9 });
  return join([0x78, 0xda], repeat(block ?? Buffer.of(), blocks), rest, u16(bytes % 65_521), u16(1));
}

const segment = (code: number, ...payload: readonly Part[]): Buffer => {
  const body = join(...payload);
  return join([0xff, code], u16(body.length + 2), body);
};

/** A small photograph-like JPEG, cut where things can be put in. */
async function plainJpeg(progressive = false): Promise<{ head: Buffer; rest: Buffer }> {
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 7919) % 251));
  const raw = { raw: { width: 64, height: 64, channels: 3 } } as const;
  const file = await sharp(noise, raw).jpeg({ quality: 85, progressive }).toBuffer();
  return { head: file.subarray(0, 2), rest: file.subarray(2) };
}

async function jpegWith(...parts: readonly Uint8Array[]): Promise<Buffer> {
  const { head, rest } = await plainJpeg();
  return join(head, ...parts, rest);
}

/** With other sides in its frame header. */
async function jpegOf(width: number, height: number): Promise<Buffer> {
  const { head, rest } = await plainJpeg();
  const file = join(head, rest);
  const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
  file.writeUInt16BE(height, frame + 5);
  file.writeUInt16BE(width, frame + 7);
  return file;
}

/** A progressive JPEG whose last scan comes so many times. */
async function jpegOfScans(times: number): Promise<Buffer> {
  const { head, rest } = await plainJpeg(true);
  const file = join(head, rest);
  const last = file.lastIndexOf(Buffer.from([0xff, 0xda]));
  const end = file.length - 2;
  return join(file.subarray(0, end), repeat(file.subarray(last, end), times), file.subarray(end));
}

/** Gray, 12 megapixels, of scans that say in a few bytes that nothing changes anywhere (runs of 32,767 blocks). */
function jpegOfEmptyScans(scans: number): Buffer {
  const [width, height] = [4000, 3000];
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const frame = segment(0xc2, [8], u16(height), u16(width), [1, 1, 0x11, 0]);
  const tables = join(
    segment(0xdb, [0], Buffer.alloc(64, 1)),
    // One code of one bit: 0 for DC differences, and EOB14 (0xe0) for AC.
    segment(0xc4, [0, 1], Buffer.alloc(15), [0]),
    segment(0xc4, [0x10, 1], Buffer.alloc(15), [0xe0]),
  );
  const dc = join(segment(0xda, [1, 1, 0x00, 0, 0, 0x00]), Buffer.alloc(Math.ceil(blocks / 8)));
  // Ten runs: the code 0, then 14 bits of what is beyond 2^14.
  const run = (blocks / 10 - 2 ** 14).toString(2).padStart(14, "0");
  const bits = `0${run}`.repeat(10);
  const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(8 * at, 8 * at + 8).padEnd(8, "1"), 2),
  );
  const ac = Array.from({ length: scans }, (_, scan) =>
    join(segment(0xda, [1, 1, 0x00, 1 + (scan % 63), 1 + (scan % 63), 0]), bytes),
  );
  return join([0xff, 0xd8], frame, tables, dc, ...ac, [0xff, 0xd9]);
}

function chunk(type: string, ...data: readonly Part[]): Buffer {
  const body = join(type, ...data);
  return join(u32(body.length - 4), body, u32(crc32(body)));
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface PngOptions {
  readonly width?: number;
  readonly height?: number;
  readonly depth?: number;
  readonly colourType?: number;
  readonly interlaced?: boolean;
  readonly before?: readonly Uint8Array[];
  readonly pixels?: Uint8Array;
}

function png({
  width = 16,
  height = 16,
  depth = 8,
  colourType = 0,
  interlaced,
  before = [],
  pixels,
}: PngOptions): Buffer {
  const rows = pixels ?? zeros(height * (1 + Math.ceil((width * depth) / 8)));
  const header = chunk("IHDR", u32(width), u32(height), [depth, colourType, 0, 0, interlaced === true ? 1 : 0]);
  return join(pngSignature, header, ...before, chunk("IDAT", rows), chunk("IEND"));
}

/** An APNG's frames of one pixel. */
function apng(frames: number): Buffer {
  const control = (number: number): Buffer =>
    chunk("fcTL", u32(number), u32(1), u32(1), u32(0), u32(0), [0, 1, 0, 1, 0, 0]);
  const parts = Array.from({ length: frames }, (_, i) =>
    join(control(2 * i + 1), chunk("fdAT", u32(2 * i + 2), zeros(2))),
  );
  return png({ width: 1, height: 1, before: [chunk("acTL", u32(frames), u32(0)), control(0), ...parts] });
}

const gifHead = (width: number, height: number): Buffer =>
  join("GIF89a", u16le(width), u16le(height), [0x80, 0, 0], [0, 0, 0, 255, 255, 255]);
const gifFrame = (width: number, height: number, data: Uint8Array): Buffer =>
  join([0x2c], u16le(0), u16le(0), u16le(width), u16le(height), [0, 2], data, [0]);
/** Clear, the index 0, end. */
const onePixel = Uint8Array.from([2, 0x44, 0x01]);

/** All pixels of one colour, in codes that grow by one index each: the most that LZW unfolds to. */
function lzwOfOneColour(pixels: number): Buffer {
  const codes: [code: number, bits: number][] = [];
  let [bits, next, run, left] = [3, 6, 1, pixels];
  codes.push([4, bits]);
  while (left > 0) {
    codes.push([run === 1 ? 0 : next - 1, bits]);
    left -= run;
    if (run > 1 || codes.length > 2) next++;
    if (next === 2 ** bits && bits < 12) bits++;
    if (next >= 4095) {
      codes.push([4, bits]);
      [bits, next, run] = [3, 6, 1];
    } else run++;
  }
  codes.push([5, bits]);
  const packed: number[] = [];
  let [held, count] = [0, 0];
  for (const [code, width] of codes) {
    held |= code << count;
    for (count += width; count >= 8; count -= 8, held >>>= 8) packed.push(held & 255);
  }
  packed.push(held & 255);
  const blocks = Array.from({ length: Math.ceil(packed.length / 255) }, (_, i) => packed.slice(255 * i, 255 * i + 255));
  return join(...blocks.map((codesOfOne) => [codesOfOne.length, ...codesOfOne]));
}

/** A TIFF of entries [tag, type, count, value], one directory after the other, each linked to the next but the last. */
function tiffOf(
  directories: readonly (readonly (readonly [number, number, number, number])[])[],
  loop = false,
): Buffer {
  const parts: Buffer[] = [join("II", u16le(42), u32le(8))];
  let at = 8;
  for (const [i, entries] of directories.entries()) {
    const size = 2 + 12 * entries.length + 4;
    const next = i + 1 < directories.length ? at + size : loop ? 8 : 0;
    const fields = entries.map(([tag, type, count, value]) =>
      join(u16le(tag), u16le(type), u32le(count), u32le(value)),
    );
    parts.push(join(u16le(entries.length), ...fields, u32le(next)));
    at += size;
  }
  return join(...parts);
}

const tiffFields = (width: number, height: number, compression: number, offset: number, length: number) =>
  [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 1, 8],
    [259, 3, 1, compression],
    [262, 3, 1, 1],
    [273, 4, 1, offset],
    [277, 3, 1, 1],
    [278, 4, 1, height],
    [279, 4, 1, length],
  ] as const;

/** A gray picture whose one strip is these bytes. */
function tiffOfStrip(width: number, height: number, compression: number, strip: Uint8Array): Buffer {
  const size = tiffOf([tiffFields(width, height, compression, 0, 0)]).length;
  return join(tiffOf([tiffFields(width, height, compression, size, strip.length)]), strip);
}

/** A black picture of so many strips of one row, which all are the same bytes. */
function tiffOfStrips(strips: number): Buffer {
  const fields = (offsets: number, lengths: number) =>
    tiffOf([
      [
        [256, 4, 1, 16],
        [257, 4, 1, strips],
        [258, 3, 1, 8],
        [259, 3, 1, 1],
        [262, 3, 1, 1],
        [273, 4, strips, offsets],
        [277, 3, 1, 1],
        [278, 4, 1, 1],
        [279, 4, strips, lengths],
      ],
    ]);
  const size = fields(0, 0).length;
  const [offsets, lengths] = [
    repeat(Buffer.from(u32le(size + 8 * strips)), strips),
    repeat(Buffer.from(u32le(16)), strips),
  ];
  return join(fields(size, size + 4 * strips), offsets, lengths, Buffer.alloc(16));
}

const box = (type: string, ...payload: readonly Part[]): Buffer => {
  const body = join(...payload);
  return join(u32(body.length + 8), type, body);
};
const avifBrand = box("ftyp", "avif", u32(0), "avifmif1");

function nested(type: string, inner: Buffer, depth: number, before: readonly number[]): Buffer {
  // From the inside outwards would copy the whole for each level.
  const headers: Buffer[] = [];
  const step = 8 + before.length;
  for (let level = depth; level > 0; level--) headers.push(join(u32(inner.length + step * level), type, before));
  return join(...headers, inner);
}

/** Items whose data are 4,096 pieces, each of them the whole file. */
function avifOfExtents(): Buffer {
  const extents = repeat(Buffer.from([...u32(0), ...u32(0)]), 4096);
  const iloc = box("iloc", u32(0), [0x44, 0x00], u16(1), u16(1), u16(0), u16(4096), extents);
  const infe = box("infe", [2, 0, 0, 0], u16(1), u16(0), "av01", [0]);
  const properties = box("ipco", box("ispe", u32(0), u32(64), u32(64)), box("av1C", [0x81, 0, 0, 0]));
  const ipma = box("ipma", u32(0), u32(1), u16(1), [2, 1, 2]);
  const handler = box("hdlr", u32(0), u32(0), "pict", u32(0), u32(0), u32(0), [0]);
  const iprp = box("iprp", properties, ipma);
  return join(
    avifBrand,
    box("meta", u32(0), handler, box("pitm", u32(0), u16(1)), iloc, box("iinf", u32(0), u16(1), infe), iprp),
  );
}

/** In the container: signature, file type, then these boxes (ISO/IEC 18181-2 §9). */
function jxl(...boxes: readonly Uint8Array[]): Buffer {
  return join([0, 0, 0, 12], "JXL ", [0x0d, 0x0a, 0x87, 0x0a], box("ftyp", "jxl ", u32(0), "jxl "), ...boxes);
}

/** A RIFF file of these chunks. */
function webp(...chunks: readonly Uint8Array[]): Buffer {
  const body = join("WEBP", ...chunks);
  return join("RIFF", u32le(body.length), body);
}
const riffChunk = (type: string, ...data: readonly Part[]): Buffer => {
  const body = join(...data);
  return join(type, u32le(body.length), body, body.length % 2 === 1 ? [0] : []);
};
/** VP8X of these flags; sides less one, in 24 bits. */
const vp8x = (flags: number, width: number, height: number): Buffer =>
  riffChunk("VP8X", u32le(flags), u32le(width - 1).slice(0, 3), u32le(height - 1).slice(0, 3));

const xmpHead = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">';

export interface Bomb {
  readonly name: string;
  /** Why it is left alone, as the plan says before anything is decoded; `planned` where something fits its bounds. */
  readonly decided: Reason | "planned";
  readonly make: () => Buffer | Promise<Buffer>;
}

export const bombs: readonly Bomb[] = [
  { name: "JPEG of 10,000 scans", decided: "undecodable", make: () => jpegOfScans(10_000) },
  { name: "JPEG of 12 MP in 64 scans of nothing", decided: "planned", make: () => jpegOfEmptyScans(63) },
  {
    name: "JPEG whose height comes after its scan (DNL)",
    decided: "undecodable",
    make: async () => {
      const file = await jpegOf(64, 0);
      return join(file.subarray(0, -2), segment(0xdc, u16(64)), [0xff, 0xd9]);
    },
  },
  { name: "JPEG that claims 65,535 × 65,535", decided: "undecodable", make: () => jpegOf(65_535, 65_535) },
  { name: "JPEG of one column, 1 × 65,500", decided: "planned", make: () => jpegOf(1, 65_500) },
  {
    name: "JPEG with an ICC profile of 10 MB in 255 parts",
    decided: "planned",
    make: () =>
      jpegWith(
        ...Array.from({ length: 255 }, (_, i) => segment(0xe2, "ICC_PROFILE\0", [i + 1, 255], Buffer.alloc(40_000))),
      ),
  },
  {
    name: "JPEG with 300 parts of XMP",
    decided: "planned",
    make: () =>
      jpegWith(
        ...Array.from({ length: 300 }, (_, i) =>
          segment(
            0xe1,
            "http://ns.adobe.com/xmp/extension/\0",
            "0".repeat(32),
            u32(3e7),
            u32(i * 1e5),
            Buffer.alloc(60_000, 60),
          ),
        ),
      ),
  },
  {
    name: "JPEG with 400 blocks of Exif",
    decided: "planned",
    make: () =>
      jpegWith(
        ...Array.from({ length: 400 }, () => segment(0xe1, "Exif\0\0MM\0*", u32(8), u16(5000), Buffer.alloc(60_000))),
      ),
  },
  {
    name: "JPEG of a million segments",
    decided: "undecodable",
    make: () => jpegWith(repeat(segment(0xe5), 1_000_000)),
  },
  {
    name: "JPEG of 100,000 Huffman tables",
    decided: "undecodable",
    make: () => jpegWith(repeat(segment(0xc4, [0, 1], Buffer.alloc(15), [0]), 100_000)),
  },
  { name: "JPEG with 10 MB of fill bytes", decided: "planned", make: () => jpegWith(Buffer.alloc(10_000_000, 0xff)) },
  {
    name: "JPEG with 3 million restart markers",
    decided: "planned",
    make: async () => {
      const { head, rest } = await plainJpeg();
      return join(head, rest.subarray(0, -2), repeat(Buffer.from([0xff, 0xd0]), 3_000_000), [0xff, 0xd9]);
    },
  },

  {
    name: "PNG whose iCCP inflates to 200 MB",
    decided: "planned",
    make: () => png({ before: [chunk("iCCP", "p\0\0", zeros(200e6))] }),
  },
  {
    name: "PNG with 64 zTXt of 8 MB each",
    decided: "planned",
    make: () => png({ before: [repeat(chunk("zTXt", "Raw profile type xmp\0\0", zeros(8e6)), 64)] }),
  },
  {
    name: "PNG whose iTXt inflates to 200 MB of XMP",
    decided: "planned",
    make: () => png({ before: [chunk("iTXt", "XML:com.adobe.xmp\0", [1, 0], "\0\0", zeros(200e6))] }),
  },
  {
    name: "PNG of 16 × 16 whose IDAT inflates to 500 MB",
    decided: "planned",
    make: () => png({ pixels: zeros(500e6) }),
  },
  {
    name: "PNG that claims 65,535 × 65,535",
    decided: "too-large",
    make: () => png({ width: 65_535, height: 65_535, depth: 1, pixels: zeros(1000) }),
  },
  {
    name: "PNG that claims 2,147,483,647 × 2,147,483,647",
    decided: "too-large",
    make: () => png({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, pixels: zeros(1000) }),
  },
  {
    name: "PNG of 60,000 × 60,000 black pixels, whole",
    decided: "too-large",
    make: () => png({ width: 60_000, height: 60_000, depth: 1 }),
  },
  {
    name: "PNG of 8,000 × 8,000, interlaced",
    decided: "too-large",
    make: () => png({ width: 8000, height: 8000, depth: 1, interlaced: true, pixels: zeros(8_030_000) }),
  },
  { name: "PNG of one column, 1 × 65,535", decided: "planned", make: () => png({ width: 1, height: 65_535 }) },
  { name: "PNG of one column, 1 × 1,000,000", decided: "planned", make: () => png({ width: 1, height: 1_000_000 }) },
  { name: "PNG of one row, 1,000,000 × 1", decided: "planned", make: () => png({ width: 1_000_000, height: 1 }) },
  {
    name: "PNG of a million chunks",
    decided: "undecodable",
    make: () => png({ before: [repeat(chunk("tEXt", "a\0"), 1_000_000)] }),
  },
  {
    name: "PNG of a million IDAT",
    decided: "undecodable",
    make: () => join(png({}).subarray(0, 33), repeat(chunk("IDAT"), 1_000_000), png({}).subarray(33)),
  },
  { name: "PNG of 3,000 frames (APNG)", decided: "animated", make: () => apng(3000) },

  {
    name: "GIF of 100,000 frames",
    decided: "animated",
    make: () =>
      join(
        gifHead(1, 1),
        repeat(
          gifFrame(1, 1, onePixel.length === 3 ? Uint8Array.from([2, ...onePixel.subarray(1)]) : onePixel),
          100_000,
        ),
        ";",
      ),
  },
  {
    name: "GIF of 65,535 × 65,535 around one pixel",
    decided: "too-large",
    make: () => join(gifHead(65_535, 65_535), gifFrame(1, 1, onePixel), ";"),
  },
  {
    name: "GIF of 4,000 × 4,000 of one colour, whole",
    decided: "too-large",
    make: () => join(gifHead(4000, 4000), gifFrame(4000, 4000, lzwOfOneColour(16e6)), ";"),
  },
  {
    name: "GIF of 300 frames of 1,000 × 1,000",
    decided: "too-large",
    make: () => join(gifHead(1000, 1000), repeat(gifFrame(1000, 1000, lzwOfOneColour(1e6)), 300), ";"),
  },
  {
    name: "GIF of a million comments",
    decided: "undecodable",
    make: () => join(gifHead(1, 1), repeat(Buffer.from([0x21, 0xfe, 0]), 1_000_000), gifFrame(1, 1, onePixel), ";"),
  },

  {
    name: "TIFF whose directories go in a circle",
    decided: "animated",
    make: () => tiffOf([tiffFields(16, 16, 1, 8, 256), tiffFields(16, 16, 1, 8, 256)], true),
  },
  {
    name: "TIFF of 20,000 directories",
    decided: "undecodable",
    make: () => tiffOf(Array.from({ length: 20_000 }, () => [[254, 4, 1, 1]] as const)),
  },
  {
    name: "TIFF of 16 × 16 whose strip inflates to 500 MB",
    decided: "planned",
    make: () => tiffOfStrip(16, 16, 8, zeros(500e6)),
  },
  {
    name: "TIFF that claims 65,535 × 65,535",
    decided: "too-large",
    make: () => tiffOfStrip(65_535, 65_535, 8, zeros(1000)),
  },
  {
    name: "TIFF of 8,000 × 8,000 whose strip inflates to all of it",
    decided: "too-large",
    make: () => tiffOfStrip(8000, 8000, 8, zeros(64e6)),
  },
  {
    name: "TIFF of 16 × 16 in a tile of 32,768 × 32,768",
    decided: "planned",
    make: async () =>
      Buffer.from(
        await writeTiff({
          width: 16,
          height: 16,
          bits: 8,
          channels: 1,
          photometric: 1,
          samples: new Uint8Array(256),
          tile: [16, 16],
          compression: "deflate",
          fields: { 322: { long: [32_768] }, 323: { long: [32_768] } },
        }),
      ),
  },
  { name: "TIFF of a million strips", decided: "undecodable", make: () => tiffOfStrips(1_000_000) },
  { name: "TIFF of 60,000 strips that are the same bytes", decided: "undecodable", make: () => tiffOfStrips(60_000) },
  {
    name: "TIFF of one column, 1 × 1,000,000",
    decided: "planned",
    make: () => tiffOfStrip(1, 1_000_000, 1, Buffer.alloc(1_000_000)),
  },
  {
    name: "BigTIFF of 2^60 entries",
    decided: "undecodable",
    make: () =>
      join("II", u16le(43), u16le(8), u16le(0), u32le(16), u32le(0), u32le(0), u32le(2 ** 28), Buffer.alloc(64)),
  },

  {
    name: "AVIF of a million boxes",
    decided: "undecodable",
    make: () => join(avifBrand, repeat(box("free"), 1_000_000)),
  },
  {
    name: "AVIF of 30,000 nested meta boxes",
    decided: "undecodable",
    make: () => join(avifBrand, nested("meta", box("free"), 30_000, [0, 0, 0, 0])),
  },
  { name: "AVIF of a picture in 4,096 pieces of the whole file", decided: "undecodable", make: () => avifOfExtents() },
  {
    name: "AVIF of boxes with a size of 0 and 1",
    decided: "undecodable",
    make: () => join(avifBrand, u32(1), "meta", u32(0), u32(0), u32(0), "meta"),
  },
  {
    name: "JPEG XL of 200,000 brob boxes",
    decided: "already-best",
    make: () =>
      jxl(repeat(box("brob", "Exif", [0x0b, 0x80, 0, 3]), 200_000), box("jxlc", [0xff, 0x0a, 0xff, 0xff, 0xff])),
  },
  {
    name: "JPEG XL of 200,000 parts",
    decided: "already-best",
    make: () => jxl(repeat(box("jxlp", u32(0)), 200_000)),
  },
  {
    name: "JPEG 2000 of 30,000 nested headers",
    decided: "undecodable",
    make: () => join([0, 0, 0, 12], "jP  ", [0x0d, 0x0a, 0x87, 0x0a], nested("jp2h", box("free"), 30_000, [])),
  },

  {
    name: "WebP of a million chunks",
    decided: "undecodable",
    make: () => webp(vp8x(0x20, 16, 16), repeat(riffChunk("JUNK"), 1_000_000)),
  },
  {
    name: "WebP of 16,777,216 × 16,777,216",
    decided: "undecodable",
    make: () => webp(vp8x(0, 2 ** 24, 2 ** 24), riffChunk("VP8L", [0x2f], Buffer.alloc(40))),
  },
  {
    name: "WebP of 16,384 × 16,384 in 40 bytes",
    decided: "too-large",
    make: () => webp(riffChunk("VP8L", [0x2f], u32le(2 ** 28 - 1), Buffer.alloc(35))),
  },

  {
    name: "SVG of entities in entities",
    decided: "already-best",
    make: () =>
      join(
        `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${"bcdefghij"[i]} "${`&${"abcdefghi"[i]};`.repeat(10)}">`).join("")}]><svg xmlns="http://www.w3.org/2000/svg"><text>&j;</text></svg>`,
      ),
  },
  {
    name: "SVG of 10 MB of comments before its root",
    decided: "not-an-image",
    make: () => join("<!-- -->".repeat(1_250_000), "<svg/>"),
  },
  {
    name: "SVGZ that inflates to 20 MB",
    decided: "not-an-image",
    make: () => gzipSync(Buffer.alloc(20e6, 32)),
  },
  {
    name: "PNG with XMP of 100,000 open elements",
    decided: "planned",
    make: () =>
      png({
        before: [
          chunk("iTXt", "XML:com.adobe.xmp\0", [1, 0], "\0\0", deflateSync(join(xmpHead, "<a:b>".repeat(100_000)))),
        ],
      }),
  },
];
