import { type BytePart, joinBytes, u16, u32 } from "../bytes/join-bytes.ts";

/** What the boxes state about the picture. */
export interface Jp2Description {
  readonly width: number;
  readonly height: number;
  /** 1: gray, 3: red, green, blue. */
  readonly colours: 1 | 3;
  /** One more component after the colours, not premultiplied. */
  readonly alpha: boolean;
  /** A profile that `restrictedIccSpace()` names the colours of; sRGB or its gray when undefined. */
  readonly profile: Uint8Array | undefined;
}

const bitsPerComponent = 8;
/** The only value of ihdr's compression type (ITU-T T.800 §I.5.3.1). */
const compressionType = 7;

/** Methods of the colour specification box (Table I.9). */
const enumerated = 1;
const restrictedIcc = 2;
/** Enumerated colour spaces (Table I.10). */
const enumeratedSpace = { 1: 17, 3: 16 } as const;

/** Channel definitions (§I.5.3.6): types, and the association of an alpha channel with the whole picture. */
const colourChannel = 0;
const opacityChannel = 1;
const wholeImage = 0;

const boxHeaderBytes = 8;

/**
 * All bytes of a JP2 file before its codestream (ITU-T T.800 Annex I): signature, file type, header boxes, and the
 * header of the codestream box, which is the last.
 */
export function writeJp2Start(description: Jp2Description, codestreamBytes: number): Uint8Array {
  const { width, height, colours, alpha } = description;
  const components = colours + (alpha ? 1 : 0);
  const header = [
    box("ihdr", [u32(height, width), u16(components), [bitsPerComponent - 1, compressionType, 0, 0]]),
    box("colr", colourOf(description)),
    ...(alpha ? [box("cdef", channelsOf(colours))] : []),
  ];
  return joinBytes([
    box("jP  ", [[0x0d, 0x0a, 0x87, 0x0a]]),
    box("ftyp", ["jp2 ", u32(0), "jp2 "]),
    box("jp2h", header),
    u32(boxHeaderBytes + codestreamBytes),
    "jp2c",
  ]);
}

/** §I.5.3.3; precedence and approximation stay 0. */
function colourOf({ colours, profile }: Jp2Description): BytePart[] {
  return profile === undefined ? [[enumerated, 0, 0], u32(enumeratedSpace[colours])] : [[restrictedIcc, 0, 0], profile];
}

/** Per channel its component, type and association, which counts colours from 1. */
function channelsOf(colours: number): BytePart[] {
  const channels = Array.from({ length: colours }, (_, i) => u16(i, colourChannel, i + 1));
  return [u16(colours + 1), ...channels, u16(colours, opacityChannel, wholeImage)];
}

function box(type: string, payload: readonly BytePart[]): Uint8Array {
  const bytes = payload.reduce((sum, part) => sum + part.length, boxHeaderBytes);
  return joinBytes([u32(bytes), type, ...payload]);
}
