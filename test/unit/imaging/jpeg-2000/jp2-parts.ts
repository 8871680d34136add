/** Reads a JP2 file by its boxes and markers, apart from the code that writes it. */

/** Boxes of ITU-T T.800 §I.4, those inside `jp2h` as `jp2h/ihdr` and so on. */
export function boxesOf(file: Uint8Array, prefix = ""): Map<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<string, Uint8Array>();
  let at = 0;
  while (at < file.length) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > file.length) throw new Error(`box of ${size} bytes at ${at}`);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const payload = file.subarray(at + 8, at + size);
    found.set(prefix + type, payload);
    if (type === "jp2h") for (const [name, inner] of boxesOf(payload, "jp2h/")) found.set(name, inner);
    at += size;
  }
  return found;
}

export interface TilePart {
  readonly index: number;
  readonly bytes: number;
}

/** Marker segments of the main header by their code in hexadecimal, and the tile-parts, to EOC (T.800 Annex A). */
export function readCodestream(bytes: Uint8Array): { main: Map<string, Uint8Array>; tileParts: TilePart[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0xff4f) throw new Error("no SOC");
  const main = new Map<string, Uint8Array>();
  const tileParts: TilePart[] = [];
  let at = 2;
  for (; view.getUint16(at) !== 0xff90; at += 2 + view.getUint16(at + 2))
    main.set(view.getUint16(at).toString(16), bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2)));
  for (; view.getUint16(at) === 0xff90; at += view.getUint32(at + 6))
    tileParts.push({ index: view.getUint16(at + 4), bytes: view.getUint32(at + 6) });
  if (view.getUint16(at) !== 0xffd9 || at + 2 !== bytes.length) throw new Error("no EOC at the end");
  return { main, tileParts };
}
