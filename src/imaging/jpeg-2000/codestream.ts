import { type BytePart, joinBytes, u16, u32 } from "../bytes/join-bytes.ts";
import type { TilePlan } from "./tile-plan.ts";

/** Marker codes, ITU-T T.800 Table A.2. */
const marker = {
  soc: 0xff4f,
  siz: 0xff51,
  cod: 0xff52,
  coc: 0xff53,
  qcd: 0xff5c,
  qcc: 0xff5d,
  com: 0xff64,
  sot: 0xff90,
  sod: 0xff93,
  eoc: 0xffd9,
} as const;

/** SOT with its marker, then the SOD marker (§A.4.2, §A.4.3). */
const tilePartHeaderBytes = 12 + 2;

/** XRsiz and YRsiz of 1 at 8 bits unsigned: what every component here is (Table A.11). */
const componentSiz = [7, 1, 1] as const;

/** Component-position-resolution-layer (Table A.16): all packets of a component follow each other. */
export const componentFirstProgression = 4;

/** A codestream of one tile in one tile-part, split. The arrays are views into it. */
export interface OneTileStream {
  /** Coding style and quantisation: the bodies of COD and QCD after their length. */
  readonly cod: Uint8Array;
  readonly qcd: Uint8Array;
  /** All packets. */
  readonly packets: Uint8Array;
}

/** What defines how the packets of all tiles are read. */
export interface MainHeader {
  readonly colour: OneTileStream;
  readonly colours: 1 | 3;
  /** The stream of the alpha component, when there is one. */
  readonly alpha: OneTileStream | undefined;
}

/**
 * Splits a codestream that an encoder wrote for one image that is one tile.
 *
 * @throws RangeError when it is anything else: other markers, more tile-parts, a missing end
 */
export function readOneTileStream(bytes: Uint8Array): OneTileStream {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== marker.soc) throw new RangeError("no SOC");
  let cod: Uint8Array | undefined;
  let qcd: Uint8Array | undefined;
  let at = 2;
  for (; view.getUint16(at) !== marker.sot; at += 2 + view.getUint16(at + 2)) {
    const code = view.getUint16(at);
    const body = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    if (code === marker.cod) cod = body;
    else if (code === marker.qcd) qcd = body;
    // Anything else could change how packets are read, and would be lost.
    else if (code !== marker.siz && code !== marker.com) throw new RangeError(`marker ${code.toString(16)}`);
  }
  const end = at + view.getUint32(at + 6);
  if (view.getUint16(at + tilePartHeaderBytes - 2) !== marker.sod) throw new RangeError("no SOD after SOT");
  if (end !== bytes.length - 2 || view.getUint16(end) !== marker.eoc)
    throw new RangeError("no EOC after one tile-part");
  if (cod === undefined || qcd === undefined) throw new RangeError("no COD or no QCD");
  return { cod, qcd, packets: bytes.subarray(at + tilePartHeaderBytes, end) };
}

/** Whether two tiles can share one main header. */
export function hasSameStyle(a: OneTileStream, b: OneTileStream): boolean {
  return isEqual(a.cod, b.cod) && isEqual(a.qcd, b.qcd);
}

/**
 * SOC and the main header of an image whose tiles were encoded one by one, alpha apart from the colours. The component
 * transform of COD binds the first three components only, so that the alpha component may have a wavelet of its own
 * (§A.6.1, §A.6.2).
 */
export function writeMainHeader(width: number, height: number, plan: TilePlan, header: MainHeader): Uint8Array {
  const components = header.colours + (header.alpha === undefined ? 0 : 1);
  const { cod, qcd } = header.colour;
  return joinBytes([
    u16(marker.soc),
    segment(marker.siz, [
      u16(0), // no capabilities beyond Part 1
      u32(width, height, 0, 0, plan.tileWidth, plan.tileHeight, 0, 0),
      u16(components),
      ...Array.from({ length: components }, () => componentSiz),
    ]),
    segment(marker.cod, [cod]),
    segment(marker.qcd, [qcd]),
    ...(header.alpha === undefined ? [] : alphaStyle(header.colours, header.alpha)),
  ]);
}

/** COC and QCC (§A.6.2, §A.6.5). Scod's precinct bit is the only one that COC knows; what is left out is the same for all components. */
function alphaStyle(index: number, { cod, qcd }: OneTileStream): Uint8Array[] {
  const [scod = 0] = cod;
  return [segment(marker.coc, [[index, scod & 1], cod.subarray(5)]), segment(marker.qcc, [[index], qcd])];
}

/** SOT and SOD of the only tile-part of a tile, whose packets follow. */
export function writeTilePartHeader(tileIndex: number, packetBytes: number): Uint8Array {
  return joinBytes([
    u16(marker.sot, 10, tileIndex),
    u32(tilePartHeaderBytes + packetBytes),
    [0, 1], // the first tile-part of one
    u16(marker.sod),
  ]);
}

export function writeEnd(): Uint8Array {
  return Uint8Array.from(u16(marker.eoc));
}

function segment(code: number, parts: readonly BytePart[]): Uint8Array {
  const body = joinBytes(parts);
  return joinBytes([u16(code, body.length + 2), body]);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
