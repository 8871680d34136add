/** Bytes written by hand, for headers that no encoder makes. */
import { readFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

export type Part = number | string | Uint8Array | readonly number[];

/** Numbers are bytes, strings Latin-1. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === "number") return [part];
      return typeof part === "string" ? [...Buffer.from(part, "latin1")] : [...part];
    }),
  );
}

export function u16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

export function u16le(value: number): number[] {
  return [value & 255, (value >> 8) & 255];
}

export function u32le(value: number): number[] {
  return [...u16le(value & 0xffff), ...u16le(value >>> 16)];
}

/** A JPEG marker segment with its length field. */
export function segment(marker: number, ...payload: readonly Part[]): Uint8Array {
  const body = bytes(...payload);
  return bytes(0xff, marker, u16(body.length + 2), body);
}

export const soi = bytes(0xff, 0xd8);
export const eoi = bytes(0xff, 0xd9);
/** A scan header for one component and a few bytes of entropy-coded data, with one stuffed FF. */
export const scan = bytes(segment(0xda, 1, 1, 0, 0, 63, 0), 0x12, 0xff, 0x00, 0x34);

interface FrameOptions {
  readonly marker?: number;
  readonly precision?: number;
  readonly width?: number;
  readonly height?: number;
  /** Sampling factors per component, horizontal in the upper half byte. */
  readonly factors?: readonly number[];
}

export function frame({
  marker = 0xc0,
  precision = 8,
  width = 6,
  height = 4,
  factors = [0x22, 0x11, 0x11],
}: FrameOptions = {}): Uint8Array {
  const components = factors.flatMap((factor, i) => [i + 1, factor, 0]);
  return segment(marker, precision, u16(height), u16(width), factors.length, components);
}

export function jpeg(...segments: readonly Uint8Array[]): Uint8Array {
  return bytes(soi, ...segments, scan, eoi);
}

export function chunk(type: string, ...data: readonly Part[]): Uint8Array {
  const body = bytes(...data);
  return bytes(u32(body.length), type, body, u32(crc32(bytes(type, body))));
}

export const pngSignature = bytes(0x89, "PNG\r\n", 0x1a, "\n");

interface HeaderOptions {
  readonly width?: number;
  readonly height?: number;
  readonly depth?: number;
  readonly colourType?: number;
}

export function ihdr({ width = 6, height = 4, depth = 8, colourType = 2 }: HeaderOptions = {}): Uint8Array {
  return chunk("IHDR", u32(width), u32(height), depth, colourType, 0, 0, 0);
}

/** An 8-bit RGB PNG with these chunks between header and pixels. */
export function png(...chunks: readonly Uint8Array[]): Uint8Array {
  const rows = new Uint8Array(4 * (1 + 6 * 3));
  return bytes(pngSignature, ihdr(), ...chunks, chunk("IDAT", deflateSync(rows)), chunk("IEND"));
}

export function box(type: string, ...payload: readonly Part[]): Uint8Array {
  const body = bytes(...payload);
  return bytes(u32(body.length + 8), type, body);
}

interface Field {
  readonly tag: number;
  /** TIFF field type: 3 SHORT, 4 LONG. */
  readonly type: number;
  readonly value: number;
}

/** A TIFF structure with one directory of single values. */
export function tiff(order: "II" | "MM", fields: readonly Field[], next = 0): Uint8Array {
  const [short, long] = order === "II" ? [u16le, u32le] : [u16, u32];
  const entries = fields.flatMap(({ tag, type, value }) => [
    ...short(tag),
    ...short(type),
    ...long(1),
    ...(type === 3 ? [...short(value), 0, 0] : long(value)),
  ]);
  return bytes(order, short(42), long(8), short(fields.length), entries, long(next));
}

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url)));
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
