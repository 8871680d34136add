/** CIE 1931 x and y. */
export type Chromaticity = readonly [x: number, y: number];

export interface Chromaticities {
  readonly white: Chromaticity;
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
}

/** From encoded value to linear light: a plain power, or the curve of IEC 61966-2-1 with its linear part near black. */
export type ToneCurve = { readonly gamma: number } | "srgb";

/** Parameters of IEC 61966-2-1 §5.2 as a parametricCurveType of function type 3 wants them (ICC.1:2022 Table 68). */
const srgbParameters = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045] as const;

/** Far outside of what files say (0.1 to 5); beyond, the numbers of a profile overflow. */
const gammaRange = [1 / 64, 64] as const;

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

/** The first colorant that no reader takes, with room for rounding to 16 bits (§6.3.4.2). */
const mostOfSpace = 2 - 2 ** -16;

/** The white of the connection space, ICC.1:2022 §6.3.1. */
const d50: Vector = [0.9642, 1, 0.8249];

/** The Bradford cone responses (ICC.1:2022 Annex E.3). */
const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/**
 * A display profile of version 4 (ICC.1:2022) with three colorants and one curve, about 430 bytes. Undefined when such
 * primaries span no space, lie outside of the connection space, or when the numbers do not fit.
 */
export function buildMatrixProfile(
  curve: ToneCurve,
  chromaticities: Chromaticities,
): Uint8Array<ArrayBuffer> | undefined {
  const trc = curveTag(curve);
  const white = toXyz(chromaticities.white);
  const primaries = transpose([toXyz(chromaticities.red), toXyz(chromaticities.green), toXyz(chromaticities.blue)]);
  const toPrimaries = invert(primaries);
  const fromCones = invert(bradford);
  if (trc === undefined || toPrimaries === undefined || fromCones === undefined) return undefined;
  // The amounts of the primaries that make white.
  const scale = multiplyVector(toPrimaries, white);
  const scaled = primaries.map(([r, g, b]) => [r * scale[0], g * scale[1], b * scale[2]]) as unknown as Matrix;
  const cones = multiplyVector(bradford, white);
  const d50Cones = multiplyVector(bradford, d50);
  const ratios = bradford.map((row, i) => row.map((value) => (value * d50Cones[i as 0]) / cones[i as 0]));
  const adaptation = multiply(fromCones, ratios as unknown as Matrix);
  const [red, green, blue] = transpose(multiply(adaptation, scaled));
  // s15Fixed16Number (§4.6); written so that NaN fails.
  const fits = adaptation.flat().every((value) => Math.abs(value) < 32768);
  const areColours = [red, green, blue].flat().every((value) => Math.abs(value) < mostOfSpace);
  if (!fits || !areColours) return undefined;
  return writeProfile("RGB ", [
    [["desc"], textTag("RGB")],
    [["cprt"], textTag("CC0")],
    [["wtpt"], xyzTag(d50)],
    [["chad"], arrayTag(adaptation)],
    [["rXYZ"], xyzTag(red)],
    [["gXYZ"], xyzTag(green)],
    [["bXYZ"], xyzTag(blue)],
    [["rTRC", "gTRC", "bTRC"], trc],
  ]);
}

/**
 * The gray profile under which equal amounts of red, green and blue give the same colours as under this RGB profile:
 * possible when it works by a matrix and has one curve for all three (then their sum is white, §F.3). Undefined
 * otherwise.
 */
export function toGrayProfile(icc: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  try {
    const tags = readTags(icc);
    const [red, green, blue] = ["rTRC", "gTRC", "bTRC"].map((tag) => tags.get(tag));
    if (red === undefined || green === undefined || blue === undefined) return undefined;
    const hasTables = [...tags.keys()].some((tag) => /^[AD]2B/.test(tag));
    if (hasTables || !tags.has("rXYZ") || !areEqual(red, green) || !areEqual(red, blue)) return undefined;
    return writeProfile("GRAY", [
      [["desc"], textTag("Gray")],
      [["cprt"], textTag("CC0")],
      [["wtpt"], xyzTag(d50)],
      [["kTRC"], red],
    ]);
  } catch {
    return undefined;
  }
}

/** Tag data by signature (§7.3). Throws RangeError when the table leaves the profile. */
function readTags(icc: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  const tags = new Map<string, Uint8Array>();
  const count = Math.min(view.getUint32(128), 256);
  for (let entry = 132; entry < 132 + 12 * count; entry += 12) {
    const start = view.getUint32(entry + 4);
    const end = start + view.getUint32(entry + 8);
    if (end > icc.length) throw new RangeError("tag outside of the profile");
    tags.set(String.fromCharCode(...icc.subarray(entry, entry + 4)), icc.subarray(start, end));
  }
  return tags;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Header (§7.2), tag table (§7.3) and data; several tags may share theirs. */
function writeProfile(
  space: "RGB " | "GRAY",
  elements: readonly (readonly [signatures: readonly string[], data: Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const tagCount = elements.reduce((sum, [signatures]) => sum + signatures.length, 0);
  const dataStart = 132 + 12 * tagCount;
  const padded = (length: number) => (length + 3) & ~3;
  const icc = new Uint8Array(elements.reduce((sum, [, data]) => sum + padded(data.length), dataStart));
  const view = new DataView(icc.buffer);
  view.setUint32(0, icc.length);
  view.setUint32(8, 0x04200000);
  writeText(icc, 12, "mntr");
  writeText(icc, 16, space);
  writeText(icc, 20, "XYZ ");
  // A date is required; always the same one, so that the same colours give the same bytes.
  [2000, 1, 1].forEach((part, i) => view.setUint16(24 + 2 * i, part));
  writeText(icc, 36, "acsp");
  d50.forEach((value, i) => view.setInt32(68 + 4 * i, toFixed(value)));
  view.setUint32(128, tagCount);
  let entry = 132;
  let at = dataStart;
  for (const [signatures, data] of elements) {
    for (const signature of signatures) {
      writeText(icc, entry, signature);
      view.setUint32(entry + 4, at);
      view.setUint32(entry + 8, data.length);
      entry += 12;
    }
    icc.set(data, at);
    at += padded(data.length);
  }
  return icc;
}

/** multiLocalizedUnicodeType, §10.15, with one record in English. */
function textTag(text: string): Uint8Array {
  const tag = new Uint8Array(28 + 2 * text.length);
  const view = new DataView(tag.buffer);
  writeText(tag, 0, "mluc");
  view.setUint32(8, 1);
  view.setUint32(12, 12);
  writeText(tag, 16, "enUS");
  view.setUint32(20, 2 * text.length);
  view.setUint32(24, 28);
  for (let i = 0; i < text.length; i++) view.setUint16(28 + 2 * i, text.charCodeAt(i));
  return tag;
}

/** XYZType, §10.31. */
function xyzTag(xyz: Vector): Uint8Array {
  return fixedTag("XYZ ", [], xyz);
}

/** s15Fixed16ArrayType, §10.22. */
function arrayTag(matrix: Matrix): Uint8Array {
  return fixedTag("sf32", [], matrix.flat());
}

/** parametricCurveType, §10.18. */
function curveTag(curve: ToneCurve): Uint8Array | undefined {
  if (curve === "srgb") return fixedTag("para", [0, 3, 0, 0], srgbParameters);
  const isUsable = curve.gamma >= gammaRange[0] && curve.gamma <= gammaRange[1];
  return isUsable ? fixedTag("para", [0, 0, 0, 0], [curve.gamma]) : undefined;
}

function fixedTag(type: string, head: readonly number[], values: readonly number[]): Uint8Array {
  const first = 8 + head.length;
  const tag = new Uint8Array(first + 4 * values.length);
  const view = new DataView(tag.buffer);
  writeText(tag, 0, type);
  tag.set(head, 8);
  values.forEach((value, i) => view.setInt32(first + 4 * i, toFixed(value)));
  return tag;
}

/** s15Fixed16Number, §4.6. */
function toFixed(value: number): number {
  return Math.round(value * 65536);
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** At luminance 1. */
function toXyz([x, y]: Chromaticity): Vector {
  return [x / y, 1, (1 - x - y) / y];
}

function transpose([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function multiplyVector(matrix: Matrix, [x, y, z]: Vector): Vector {
  const row = ([a, b, c]: Vector) => a * x + b * y + c * z;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function multiply(a: Matrix, b: Matrix): Matrix {
  const [x, y, z] = transpose(b);
  return transpose([multiplyVector(a, x), multiplyVector(a, y), multiplyVector(a, z)]);
}

/** By cofactors; undefined when the rows lie in one plane (which NaN and infinite numbers also do). */
function invert([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix | undefined {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (!(Math.abs(determinant) > 1e-6)) return undefined;
  const over = (value: number) => value / determinant;
  return [
    [over(e * i - f * h), over(c * h - b * i), over(b * f - c * e)],
    [over(f * g - d * i), over(a * i - c * g), over(c * d - a * f)],
    [over(d * h - e * g), over(b * g - a * h), over(a * e - b * d)],
  ];
}
