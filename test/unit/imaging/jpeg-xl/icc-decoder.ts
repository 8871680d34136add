import { EntropyDecoder } from "./entropy-decoder.ts";
import type { BitReader } from "./bit-reader.ts";

function kinds(byte: number): { last: number; before: number } {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z]/.test(character)) return { last: 0, before: 0 };
  if (/[0-9.,]/.test(character)) return { last: 1, before: 1 };
  if (byte === 0) return { last: 2, before: 2 };
  if (byte === 1) return { last: 3, before: 2 };
  if (byte < 16) return { last: 4, before: 2 };
  if (byte === 255) return { last: 6, before: 3 };
  return byte > 240 ? { last: 5, before: 3 } : { last: 7, before: 4 };
}

/** Reads a profile (ISO/IEC 18181-1 §E.4): the commands that this project writes, and no others. */
export function decodeIcc(reader: BitReader): Uint8Array {
  const length = reader.u64();
  const decoder = new EntropyDecoder(reader, 41);
  decoder.begin(reader);
  const bytes: number[] = [];
  for (let i = 0; i < length; i++) {
    const context = i <= 128 ? 0 : 1 + kinds(bytes[i - 1]).last + 8 * kinds(bytes[i - 2]).before;
    bytes.push(decoder.read(reader, context));
  }
  decoder.end();
  return restore(bytes);
}

const tagNames = "cprt wtpt bkpt rXYZ gXYZ bXYZ kXYZ rTRC gTRC bTRC kTRC chad desc chrm dmnd dmdd lumi".split(" ");
const typeNames = ["XYZ ", "desc", "text", "mluc", "para", "curv", "sf32", "gbd "];

function restore(bytes: readonly number[]): Uint8Array {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const size = varint();
  const commandLength = varint();
  const commandsEnd = at + commandLength;
  let data = commandsEnd;
  const out: number[] = [];
  const text = (value: string): number[] => Array.from(value, (character) => character.charCodeAt(0));
  const be32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

  for (let i = 0; i < 128; i++) {
    const usual: Record<number, number> = { 8: 4, 70: 246, 71: 214, 73: 1, 78: 211, 79: 45 };
    be32(size).forEach((byte, j) => (usual[j] = byte));
    text("mntrRGB XYZ ").forEach((byte, j) => (usual[12 + j] = byte));
    text("acsp").forEach((byte, j) => (usual[36 + j] = byte));
    if (i >= 80 && i < 84) usual[i] = out[i - 76];
    const platform = String.fromCharCode(out[40] ?? 0, out[41] ?? 0);
    if (platform.startsWith("A") && i > 40) text("PPL").forEach((byte, j) => (usual[41 + j] = byte));
    if (platform.startsWith("M") && i > 40) text("SFT").forEach((byte, j) => (usual[41 + j] = byte));
    if (platform === "SG") text("I ").forEach((byte, j) => (usual[42 + j] = byte));
    if (platform === "SU") text("NW").forEach((byte, j) => (usual[42 + j] = byte));
    out.push((bytes[data++] + (usual[i] ?? 0)) & 255);
  }

  const tags = varint() - 1;
  if (tags >= 0) {
    out.push(...be32(tags));
    let offset = 128 + tags * 12;
    let previousSize = 0;
    for (let command = bytes[at++]; (command & 63) !== 0; command = bytes[at++]) {
      const code = command & 63;
      const fixed: Record<number, string> = { 2: "rTRC", 3: "rXYZ" };
      const name =
        code === 1 ? String.fromCharCode(...bytes.slice(data, data + 4)) : (fixed[code] ?? tagNames[code - 4]);
      if (code === 1) data += 4;
      offset = (command & 64) === 0 ? offset + previousSize : varint();
      const expected = /XYZ$|^wtpt$|^bkpt$|^lumi$/.test(name) ? 20 : previousSize;
      previousSize = (command & 128) === 0 ? expected : varint();
      const step = code === 3 ? previousSize : 0;
      const names = code === 2 || code === 3 ? ["r", "g", "b"].map((letter) => letter + name.slice(1)) : [name];
      names.forEach((tag, i) => out.push(...text(tag), ...be32(offset + i * step), ...be32(previousSize)));
    }
  }

  while (at < commandsEnd) {
    const command = bytes[at++];
    if (command === 1) {
      const count = varint();
      out.push(...bytes.slice(data, data + count));
      data += count;
    } else if (command === 4) {
      if (bytes[at++] !== 5) throw new RangeError("prediction");
      const count = varint();
      const begin = out.length;
      for (let i = 0; i < count; i++) {
        const pair = begin + (i & ~1);
        const one = out[pair - 2] * 256 + out[pair - 1];
        const two = out[pair - 4] * 256 + out[pair - 3];
        const predicted = 2 * one - two;
        const difference = bytes[data + (i & 1 ? count / 2 : 0) + (i >> 1)];
        out.push((difference + (i & 1 ? predicted : predicted >> 8)) & 255);
      }
      data += count;
    } else if (command === 10) {
      out.push(...text("XYZ "), 0, 0, 0, 0, ...bytes.slice(data, data + 12));
      data += 12;
    } else if (command >= 16 && command < 24) {
      out.push(...text(typeNames[command - 16]), 0, 0, 0, 0);
    } else throw new RangeError(`command ${command}`);
  }
  if (data !== bytes.length || out.length !== size) throw new RangeError("lengths of the profile");
  return Uint8Array.from(out);
}
