/** Reads what the tests want to know of a JPEG XR file, without the project's own reader. */
const tag = { imageAt: 0xbcc0, imageBytes: 0xbcc1, alphaAt: 0xbcc2, alphaBytes: 0xbcc3 } as const;

export interface Field {
  readonly type: number;
  readonly count: number;
  readonly value: number;
}

export function readDirectory(file: Uint8Array): Map<number, Field> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const at = view.getUint32(4, true);
  const fields = new Map<number, Field>();
  for (let i = 0; i < view.getUint16(at, true); i++) {
    const entry = at + 2 + 12 * i;
    fields.set(view.getUint16(entry, true), {
      type: view.getUint16(entry + 2, true),
      count: view.getUint32(entry + 4, true),
      value: view.getUint32(entry + 8, true),
    });
  }
  return fields;
}

/** The codestreams: the picture's, and the one of planar alpha where there is one. */
export function codestreams(file: Uint8Array): { readonly image: Buffer; readonly alpha: Buffer | undefined } {
  const fields = readDirectory(file);
  const value = (wanted: number): number => fields.get(wanted)?.value ?? 0;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const [imageAt, alphaAt] = [value(tag.imageAt), value(tag.alphaAt)];
  return {
    image: bytes.subarray(imageAt, imageAt + value(tag.imageBytes)),
    // The reference encoder gives the end of alpha as its length.
    alpha: alphaAt === 0 ? undefined : bytes.subarray(alphaAt, alphaAt + value(tag.alphaBytes)),
  };
}

const beforePayload = Buffer.of(0x00, 0x04, 0x6f, 0xff, 0x00, 0x01);

/** A codestream's tile header and macroblocks: what does not depend on how its headers are spelt. */
export function payload(codestream: Buffer): Buffer {
  return codestream.subarray(codestream.indexOf(beforePayload) + beforePayload.length);
}
