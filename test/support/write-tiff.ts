/**
 * TIFF files written from known samples, field by field (TIFF 6.0, BigTIFF), so that the expected picture needs no
 * decoder. Runs in Node.js and in workerd.
 */

export interface TiffSpec {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  readonly channels: number;
  /** Row by row, channels interleaved. */
  readonly samples: ArrayLike<number>;
  readonly photometric: number;
  readonly order?: "II" | "MM";
  readonly bigTiff?: boolean;
  readonly planar?: boolean;
  /** Width and height of tiles; strips without. */
  readonly tile?: readonly [number, number];
  readonly rowsPerStrip?: number;
  readonly compression?: "none" | "deflate" | "packbits" | "lzw";
  readonly predictor?: boolean;
  readonly extraSamples?: number;
  /** Further fields, or others in place of those that follow from the rest; `undefined` leaves one out. */
  readonly fields?: Readonly<Record<number, TiffField | undefined>>;
  /** Directories after the first, of these fields and nothing else. */
  readonly further?: readonly Readonly<Record<number, TiffField>>[];
}

/** Values of type SHORT, LONG or UNDEFINED. */
export type TiffField = { readonly short: readonly number[] } | { readonly long: readonly number[] } | Uint8Array;

const compressionNumbers = { none: 1, lzw: 5, deflate: 8, packbits: 32773 } as const;

export async function writeTiff(spec: TiffSpec): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, bits, channels, photometric, tile, compression = "none", order = "II" } = spec;
  const writer = new Writer(order, spec.bigTiff === true);
  const offsets: number[] = [];
  const lengths: number[] = [];
  for (const block of blocksOf(spec)) {
    const stored = await compress(block, compression);
    lengths.push(stored.length);
    offsets.push(writer.append(stored));
  }
  const [offsetTag, lengthTag] = tile === undefined ? [273, 279] : [324, 325];
  const fields: Record<number, TiffField | undefined> = {
    256: { short: [width] },
    257: { short: [height] },
    258: { short: Array.from({ length: channels }, () => bits) },
    259: { short: [compressionNumbers[compression]] },
    262: { short: [photometric] },
    277: { short: [channels] },
    284: { short: [spec.planar === true ? 2 : 1] },
    ...(tile === undefined
      ? { 278: { long: [spec.rowsPerStrip ?? height] } }
      : { 322: { short: [tile[0]] }, 323: { short: [tile[1]] } }),
    ...(spec.predictor === true ? { 317: { short: [2] } } : {}),
    ...(spec.extraSamples === undefined ? {} : { 338: { short: [spec.extraSamples] } }),
    [offsetTag]: { long: offsets },
    [lengthTag]: { long: lengths },
    ...spec.fields,
  };
  writer.appendDirectories([fields, ...(spec.further ?? [])]);
  return writer.bytes();
}

/** The uncompressed bytes of every strip or tile, plane after plane. */
function* blocksOf(spec: TiffSpec): Generator<Uint8Array> {
  const { width, height, bits, channels, samples, tile, order = "II", planar, predictor } = spec;
  const [blockWidth, blockHeight] = tile ?? [width, spec.rowsPerStrip ?? height];
  const planes = planar === true ? Array.from({ length: channels }, (_, channel) => [channel]) : [undefined];
  for (const plane of planes) {
    const picked = plane ?? Array.from({ length: channels }, (_, channel) => channel);
    for (let top = 0; top < height; top += blockHeight) {
      for (let left = 0; left < width; left += blockWidth) {
        const rows = tile === undefined ? Math.min(blockHeight, height - top) : blockHeight;
        const bytes: number[] = [];
        for (let y = top; y < top + rows; y++) {
          const row: number[] = [];
          for (let x = left; x < left + blockWidth; x++) {
            for (const channel of picked) {
              // What lies outside of the picture is any value.
              row.push(x < width && y < height ? (samples[(y * width + x) * channels + channel] ?? 0) : 1);
            }
          }
          if (predictor === true) {
            for (let i = row.length - 1; i >= picked.length; i--) {
              row[i] = ((row[i] ?? 0) - (row[i - picked.length] ?? 0)) & (2 ** bits - 1);
            }
          }
          bytes.push(...packRow(row, bits, order));
        }
        yield Uint8Array.from(bytes);
      }
    }
  }
}

function packRow(row: readonly number[], bits: number, order: "II" | "MM"): number[] {
  if (bits === 8) return [...row];
  if (bits === 16) return row.flatMap((v) => (order === "II" ? [v & 255, v >> 8] : [v >> 8, v & 255]));
  const perByte = 8 / bits;
  return Array.from({ length: Math.ceil(row.length / perByte) }, (_, byte) => {
    let packed = 0;
    for (let i = 0; i < perByte; i++) packed = (packed << bits) | (row[byte * perByte + i] ?? 0);
    return packed;
  });
}

async function compress(block: Uint8Array, compression: NonNullable<TiffSpec["compression"]>): Promise<Uint8Array> {
  switch (compression) {
    case "none":
      return block;
    case "deflate": {
      const stream = new Blob([block.slice()]).stream().pipeThrough(new CompressionStream("deflate"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    }
    case "packbits":
      return packBits(block);
    default:
      return literalLzw(block);
  }
}

/** Runs of two bytes and more, literals for the rest. */
function packBits(block: Uint8Array): Uint8Array {
  const packed: number[] = [];
  for (let at = 0; at < block.length;) {
    let run = 1;
    while (run < 128 && block[at + run] === block[at]) run++;
    packed.push(...(run > 1 ? [257 - run, block[at] ?? 0] : [0, block[at] ?? 0]));
    at += run;
  }
  return Uint8Array.from(packed);
}

/** LZW that never uses its table: a Clear code before it would need wider codes. */
function literalLzw(block: Uint8Array): Uint8Array {
  const codes: number[] = [];
  for (const [index, byte] of block.entries()) {
    if (index % 250 === 0) codes.push(256);
    codes.push(byte);
  }
  codes.push(257);
  const text = codes.map((code) => code.toString(2).padStart(9, "0")).join("");
  return Uint8Array.from(text.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

class Writer {
  readonly #little: boolean;
  readonly #big: boolean;
  readonly #bytes: number[] = [];

  constructor(order: "II" | "MM", big: boolean) {
    this.#little = order === "II";
    this.#big = big;
    this.#bytes.push(...Array.from(order, (letter) => letter.charCodeAt(0)));
    this.#bytes.push(...this.#number(big ? 43 : 42, 2), ...(big ? [...this.#number(8, 2), ...this.#number(0, 2)] : []));
    this.#bytes.push(...this.#offset(0));
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  /** Appends at an even offset, which is returned. */
  append(part: Iterable<number>): number {
    if (this.#bytes.length % 2 === 1) this.#bytes.push(0);
    const at = this.#bytes.length;
    for (const byte of part) this.#bytes.push(byte);
    return at;
  }

  appendDirectories(directories: readonly Readonly<Record<number, TiffField | undefined>>[]): void {
    let link = this.#big ? 8 : 4;
    for (const directory of directories) {
      const at = this.append(this.#directory(directory));
      for (const [index, byte] of this.#offset(at).entries()) this.#bytes[link + index] = byte;
      link = this.#bytes.length - (this.#big ? 8 : 4);
    }
  }

  #directory(fields: Readonly<Record<number, TiffField | undefined>>): number[] {
    const entries = Object.entries(fields).filter((entry): entry is [string, TiffField] => entry[1] !== undefined);
    const room = this.#big ? 8 : 4;
    const written = entries.flatMap(([number, field]) => {
      const { type, count, bytes } = this.#values(field);
      const value = bytes.length <= room ? [...bytes, ...Array<number>(room - bytes.length).fill(0)] : undefined;
      return [
        ...this.#number(Number(number), 2),
        ...this.#number(type, 2),
        ...this.#number(count, this.#big ? 8 : 4),
        ...(value ?? this.#offset(this.append(bytes))),
      ];
    });
    return [...this.#number(entries.length, this.#big ? 8 : 2), ...written, ...this.#offset(0)];
  }

  #values(field: TiffField): { type: number; count: number; bytes: number[] } {
    if (field instanceof Uint8Array) return { type: 7, count: field.length, bytes: [...field] };
    if ("short" in field)
      return { type: 3, count: field.short.length, bytes: field.short.flatMap((v) => this.#number(v, 2)) };
    return { type: 4, count: field.long.length, bytes: field.long.flatMap((v) => this.#number(v, 4)) };
  }

  #offset(value: number): number[] {
    return this.#number(value, this.#big ? 8 : 4);
  }

  #number(value: number, size: number): number[] {
    const bytes = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 255);
    return this.#little ? bytes : bytes.toReversed();
  }
}

/** Numbers from 0 to 2^bits − 1 with runs and edges among them, the same for the same seed. */
export function sampleNumbers(count: number, bits: number, seed = 1): Uint16Array {
  let state = seed * 2_654_435_761 || 1;
  const numbers = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[i] = (state >>> 8) % 5 === 0 ? (numbers[i - 1] ?? 0) : (state >>> 0) % 2 ** bits;
  }
  return numbers;
}
