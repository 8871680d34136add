/**
 * Sequential JPEGs of known coefficients, for what no encoder makes: any sampling factors, extreme values, odd layouts of
 * scans. Written from ITU T.81 without any code of the project: codes of equal length instead of fitted ones.
 */
import { bytes, eoi, segment, soi, u16 } from "../probe/bytes.ts";
import type { Part } from "../probe/bytes.ts";

export interface WrittenComponent {
  readonly h: number;
  readonly v: number;
  /** Coefficient of the padded grid's block at zigzag position k. */
  readonly coefficient: (blockX: number, blockY: number, k: number) => number;
  /** 64 divisors of 8 bits by zigzag position, instead of one value for all. */
  readonly divisors?: readonly number[];
}

export interface WrittenJpeg {
  readonly width: number;
  readonly height: number;
  readonly components: readonly WrittenComponent[];
  readonly interleaved?: boolean;
  readonly restartInterval?: number;
  /** Value of all divisors. */
  readonly divisor?: number;
  /** Segments between the frame and the first scan. */
  readonly extra?: readonly Uint8Array[];
  readonly end?: Uint8Array;
  /** Bytes put between restart markers' FF and their code. */
  readonly fill?: readonly number[];
}

const acSymbols = [0x00, 0xf0];
for (let run = 0; run < 16; run++) for (let size = 1; size <= 10; size++) acSymbols.push((run << 4) | size);
const dcSymbols = Array.from({ length: 12 }, (_, size) => size);

/** Codes of 4 bits for DC sizes, of 8 bits for AC symbols; 1111 and 11111111 stay free. */
const tables = segment(
  0xc4,
  0x00,
  [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  dcSymbols,
  0x10,
  [0, 0, 0, 0, 0, 0, 0, acSymbols.length, 0, 0, 0, 0, 0, 0, 0, 0],
  acSymbols,
);

export function writeJpeg(description: WrittenJpeg): Uint8Array {
  const { width, height, components, restartInterval = 0, divisor = 1 } = description;
  const wide = divisor > 255;
  const quantisation = segment(
    0xdb,
    wide ? 0x10 : 0,
    ...Array.from({ length: 64 }, () => (wide ? u16(divisor) : divisor)),
  );
  const frame = segment(
    wide ? 0xc1 : 0xc0,
    8,
    u16(height),
    u16(width),
    components.length,
    ...components.flatMap(({ h, v, divisors }, i) => [i + 1, (h << 4) | v, divisors === undefined ? 0 : i]),
  );
  const all = components.map((_, i) => i);
  const scans = (description.interleaved ?? true) ? [all] : all.map((i) => [i]);
  return bytes(
    soi,
    quantisation,
    ...components.flatMap(({ divisors }, i) => (divisors === undefined ? [] : [segment(0xdb, i, divisors)])),
    frame,
    tables,
    ...(restartInterval > 0 ? [segment(0xdd, u16(restartInterval))] : []),
    ...(description.extra ?? []),
    ...scans.flatMap((indices): Part[] => [
      segment(0xda, indices.length, ...indices.flatMap((i) => [i + 1, 0]), 0, 63, 0),
      writeScan(description, indices),
    ]),
    description.end ?? eoi,
  );
}

/** Blocks in scan order (T.81 §A.2), then their codes (§F.1.2). */
function writeScan(
  { width, height, components, restartInterval = 0, fill = [] }: WrittenJpeg,
  indices: readonly number[],
): number[] {
  const single = components.length === 1;
  const maxH = single ? 1 : Math.max(...components.map(({ h }) => h));
  const maxV = single ? 1 : Math.max(...components.map(({ v }) => v));
  const alone = indices.length === 1;
  const [first] = indices;
  const own = single ? { h: 1, v: 1 } : components[first];
  const mcusWide = alone ? Math.ceil(Math.ceil((width * own.h) / maxH) / 8) : Math.ceil(width / (8 * maxH));
  const mcusHigh = alone ? Math.ceil(Math.ceil((height * own.v) / maxV) / 8) : Math.ceil(height / (8 * maxV));
  const writer = new BitString();
  const predictors = components.map(() => 0);
  for (let mcu = 0; mcu < mcusWide * mcusHigh; mcu++) {
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
      writer.align();
      writer.bytes.push(0xff, ...fill, 0xd0 + ((mcu / restartInterval - 1) % 8));
      predictors.fill(0);
    }
    for (const i of indices) {
      const { coefficient } = components[i];
      const h = alone ? 1 : components[i].h;
      const v = alone ? 1 : components[i].v;
      for (let block = 0; block < h * v; block++) {
        const x = (mcu % mcusWide) * h + (block % h);
        const y = Math.floor(mcu / mcusWide) * v + Math.floor(block / h);
        const dc = coefficient(x, y, 0);
        writeValue(writer, dc - predictors[i], (size) => writer.put(size, 4));
        predictors[i] = dc;
        writeAc(writer, (k) => coefficient(x, y, k));
      }
    }
  }
  writer.align();
  return writer.bytes;
}

function writeAc(writer: BitString, coefficient: (k: number) => number): void {
  let run = 0;
  for (let k = 1; k < 64; k++) {
    const value = coefficient(k);
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) writer.put(acSymbols.indexOf(0xf0), 8);
    writeValue(writer, value, (size) => writer.put(acSymbols.indexOf((run << 4) | size), 8));
    run = 0;
  }
  if (run > 0) writer.put(acSymbols.indexOf(0), 8);
}

function writeValue(writer: BitString, value: number, writeSize: (size: number) => void): void {
  const size = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;
  writeSize(size);
  writer.put(value < 0 ? value + 2 ** size - 1 : value, size);
}

class BitString {
  readonly bytes: number[] = [];
  private pending = "";

  put(value: number, size: number): void {
    if (size > 0) this.pending += value.toString(2).padStart(size, "0");
    while (this.pending.length >= 8) {
      const byte = Number.parseInt(this.pending.slice(0, 8), 2);
      this.bytes.push(byte);
      if (byte === 0xff) this.bytes.push(0);
      this.pending = this.pending.slice(8);
    }
  }

  align(): void {
    const missing = (8 - this.pending.length) % 8;
    this.put(2 ** missing - 1, missing);
  }
}
