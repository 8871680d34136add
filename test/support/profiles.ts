/** ICC profiles written by hand, complete enough to be applied (ICC.1:2001-04); for tests in Node.js and in workerd. */

type Part = string | readonly number[];

function bytes(...parts: readonly Part[]): number[] {
  return parts.flatMap((part) =>
    typeof part === "string" ? Array.from(part, (character) => character.charCodeAt(0)) : [...part],
  );
}

const u16 = (value: number) => [(value >> 8) & 255, value & 255];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
const fixed = (value: number) => u32(Math.round(value * 65536) >>> 0);

export const xyz = (x: number, y: number, z: number) => bytes("XYZ ", u32(0), fixed(x), fixed(y), fixed(z));
export const gamma = (value: number) => bytes("curv", u32(0), u32(1), u16(Math.round(value * 256)), [0, 0]);

interface Header {
  readonly space: string;
  readonly connection: string;
  readonly deviceClass?: string;
}

export function profile(header: Header, tags: Readonly<Record<string, readonly number[]>>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tags).map(
    ([tag, data]) => [tag, [...data, ...Array<number>(-data.length & 3).fill(0)]] as const,
  );
  let at = 128 + 4 + 12 * entries.length;
  const table = entries.flatMap(([tag, data]) => {
    const row = bytes(tag, u32(at), u32(data.length));
    at += data.length;
    return row;
  });
  const zeros = (count: number) => Array<number>(count).fill(0);
  const { space, connection, deviceClass = "mntr" } = header;
  // Size, maker, version 2.1; class, space, connection; date, signature; platform to intent; the D50 white.
  const start = bytes(
    u32(at),
    zeros(4),
    u32(0x0210_0000),
    deviceClass,
    space,
    connection,
    zeros(12),
    "acsp",
    zeros(28),
  );
  const white = bytes(fixed(0.9642), fixed(1), fixed(0.8249), zeros(48));
  return Uint8Array.from(bytes(start, white, u32(entries.length), table, ...entries.map(([, data]) => data)));
}

/** Colorants of Display P3 (SMPTE EG 432-1 primaries, D65, adapted to D50), one below the other as X, Y, Z. */
export const displayP3 = [
  [0.51512, 0.2412, -0.00105],
  [0.29198, 0.69225, 0.04189],
  [0.1571, 0.06657, 0.78407],
] as const;

/** Those primaries with a plain gamma. */
export function wideGamutProfile(exponent = 2.2): Uint8Array<ArrayBuffer> {
  const [red, green, blue] = displayP3;
  const curve = gamma(exponent);
  return profile(
    { space: "RGB ", connection: "XYZ " },
    {
      rXYZ: xyz(...red),
      gXYZ: xyz(...green),
      bXYZ: xyz(...blue),
      rTRC: curve,
      gTRC: curve,
      bTRC: curve,
      wtpt: xyz(0.9642, 1, 0.8249),
    },
  );
}

export function grayProfile(exponent: number): Uint8Array<ArrayBuffer> {
  return profile({ space: "GRAY", connection: "XYZ " }, { kTRC: gamma(exponent), wtpt: xyz(0.9642, 1, 0.8249) });
}

/** L*, a*, b* of the inks alone; each ink takes its share of what the others leave, black all of it. */
const cmykColours = [
  [55, -37, -50],
  [48, 74, -3],
  [89, -5, 93],
] as const;

/** A press: white paper, three coloured inks and one that is black, as an 8-bit table with two nodes per ink (§6.5.10). */
export function pressProfile(): Uint8Array<ArrayBuffer> {
  const identity = Array.from({ length: 256 }, (_, i) => i);
  const nodes = Array.from({ length: 16 }, (_, corner) => {
    const inks = cmykColours.filter((_colour, ink) => ((corner >> (3 - ink)) & 1) === 1);
    const light = (corner & 1) === 1 ? 0 : inks.reduce((left, [lightness]) => (left * lightness) / 100, 100);
    const shade = (corner & 1) === 1 ? 0 : 1;
    const a = inks.reduce((sum, colour) => sum + colour[1] * shade, 0);
    const b = inks.reduce((sum, colour) => sum + colour[2] * shade, 0);
    return [Math.round(light * 2.55), 128 + Math.max(-128, Math.min(127, a)), 128 + Math.max(-128, Math.min(127, b))];
  }).flat();
  const matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1].flatMap(fixed);
  const inputs = [identity, identity, identity, identity].flat();
  const outputs = [identity, identity, identity].flat();
  const table = bytes("mft1", u32(0), [4, 3, 2, 0], matrix, inputs, nodes, outputs);
  return profile(
    { space: "CMYK", connection: "Lab ", deviceClass: "prtr" },
    { A2B0: table, wtpt: xyz(0.9642, 1, 0.8249) },
  );
}
