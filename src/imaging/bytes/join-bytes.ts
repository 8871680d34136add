/** Bytes, numbers of a byte each, or a name. */
export type BytePart = Uint8Array | readonly number[] | string;

/** All parts in one array; a string is one byte per character (Latin-1), for signatures. */
export function joinBytes(parts: readonly BytePart[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") for (let i = 0; i < part.length; i++) joined[at + i] = part.charCodeAt(i);
    else joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Numbers of 16 bits, most significant byte first. */
export function u16(...values: readonly number[]): number[] {
  return values.flatMap((value) => [(value >>> 8) & 255, value & 255]);
}

/** Numbers of 32 bits, most significant byte first. */
export function u32(...values: readonly number[]): number[] {
  return values.flatMap((value) => u16(value >>> 16, value));
}

export function u24LittleEndian(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255];
}

export function u32LittleEndian(value: number): number[] {
  return [...u24LittleEndian(value), value >>> 24];
}
