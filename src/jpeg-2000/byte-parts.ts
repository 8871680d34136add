/** Bytes of a header in the making. */
export type Bytes = ArrayLike<number>;

/** Unsigned 16-bit numbers, most significant byte first. */
export function u16(...values: readonly number[]): number[] {
  return values.flatMap((value) => [(value >>> 8) & 255, value & 255]);
}

/** Unsigned 32-bit numbers, most significant byte first. */
export function u32(...values: readonly number[]): number[] {
  return values.flatMap((value) => u16(value >>> 16, value));
}

/** The character codes of a box type or brand. */
export function ascii(characters: string): number[] {
  return Array.from(characters, (character) => character.charCodeAt(0));
}

/** All parts behind one another. */
export function concat(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
