/** Larger profiles are none of sRGB. */
const maxSrgbBytes = 1 << 20;

/** Those of printing presses reach 3 MB; a compressed one that inflates to more is a bomb. */
export const maxProfileBytes = 4 << 20;

/** Real profiles have about 20 tags. */
const maxTags = 256;

const headerBytes = 128;

/** sRGB primaries adapted to D50 as X, Y, Z (IEC 61966-2-1 with the Bradford transform; the values of the ICC's own sRGB profiles). */
const srgbColorants = {
  rXYZ: [0.436, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const;

/** Makers round and adapt slightly differently (0.001 apart); the nearest other space, SMPTE C, is 0.02 away. */
const colorantTolerance = 0.003;

/**
 * How far, in steps of 8-bit sRGB, a curve may lie from sRGB's. Compact profiles approximate it with some twenty
 * points and stay within two steps. A pure gamma of 2.2 lies up to nine steps away in the shadows: there the same
 * numbers are another picture, so such a profile is not sRGB.
 */
const curveToleranceSteps = 3;

/**
 * Whether showing the pixels as sRGB without this profile gives the same colours (ICC.1:2022): an RGB profile whose
 * colorants and tone curves are sRGB's, or a gray one with that curve. `other` for everything else: wide gamuts, CMYK,
 * profiles that work by look-up tables (they override the colorants, §8.3), broken ones.
 */
export function classifyIccProfile(profile: Uint8Array): "srgb" | "other" {
  try {
    return isSrgb(new DataView(profile.buffer, profile.byteOffset, profile.byteLength)) ? "srgb" : "other";
  } catch {
    return "other";
  }
}

/**
 * Joins the profile of a JPEG from its APP2 payloads after `ICC_PROFILE\0`: a sequence number from 1, the
 * number of chunks, the data (ICC.1:2022 Annex B.4). Undefined when a chunk is missing, repeated or empty, or the sum
 * too large.
 */
export function joinIccChunks(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  const ordered: Uint8Array[] = [];
  let total = 0;
  for (const chunk of chunks) {
    const [number = 0, count = 0] = chunk;
    if (count !== chunks.length || number < 1 || number > count || ordered[number] !== undefined) return undefined;
    // Browsers give up a profile with an empty part.
    if (chunk.length <= 2) return undefined;
    ordered[number] = chunk.subarray(2);
    total += chunk.length - 2;
  }
  if (chunks.length === 0 || total > maxProfileBytes) return undefined;
  if (chunks.length === 1) return ordered[1];
  const joined = new Uint8Array(total);
  let at = 0;
  for (let number = 1; number <= chunks.length; number++) {
    const part = ordered[number];
    if (part === undefined) return undefined;
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function isSrgb(view: DataView): boolean {
  if (view.byteLength > maxSrgbBytes || fourCharacters(view, 36) !== "acsp" || fourCharacters(view, 20) !== "XYZ ")
    return false;
  const tags = readTags(view);
  if (tags.has("A2B0") || tags.has("A2B1") || tags.has("D2B0") || tags.has("D2B1") || tags.has("cicp")) return false;
  const hasSrgbCurve = (tag: string) => {
    const at = tags.get(tag);
    return at !== undefined && isSrgbCurve(view, at);
  };
  switch (fourCharacters(view, 16)) {
    case "GRAY":
      return hasSrgbCurve("kTRC");
    case "RGB ":
      return (
        Object.entries(srgbColorants).every(([tag, xyz]) => isColorant(view, tags.get(tag), xyz)) &&
        ["rTRC", "gTRC", "bTRC"].every(hasSrgbCurve)
      );
    default:
      return false;
  }
}

/** Offsets of the tag data by signature (§7.3). */
function readTags(view: DataView): Map<string, number> {
  const count = view.getUint32(headerBytes);
  if (count > maxTags) throw new RangeError("too many tags");
  const tags = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const entry = headerBytes + 4 + 12 * i;
    tags.set(fourCharacters(view, entry), view.getUint32(entry + 4));
  }
  return tags;
}

/** XYZType, §10.31. */
function isColorant(view: DataView, at: number | undefined, xyz: readonly number[]): boolean {
  if (at === undefined || fourCharacters(view, at) !== "XYZ ") return false;
  return xyz.every((value, i) => Math.abs(fixed(view, at + 8 + 4 * i) - value) <= colorantTolerance);
}

function isSrgbCurve(view: DataView, at: number): boolean {
  const curve = readCurve(view, at);
  if (curve === undefined) return false;
  // A table may be damaged between two of them.
  for (let step = 0; step <= 255; step++) {
    const encoded = encodeSrgb(curve(step / 255)) * 255;
    // Written so that NaN fails.
    if (!(Math.abs(encoded - step) <= curveToleranceSteps)) return false;
  }
  return true;
}

/**
 * The curve of an RGB profile, from encoded value to linear light, both 0..1; that of red, from which the others hardly
 * differ. Undefined where there are tables in its place, and for what does not rise from value to value.
 */
export function readToneCurve(profile: Uint8Array): ((x: number) => number) | undefined {
  try {
    const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
    const at = readTags(view).get("rTRC");
    const curve = at === undefined ? undefined : readCurve(view, at);
    return curve !== undefined && isRising(curve) ? curve : undefined;
  } catch {
    return undefined;
  }
}

/** Written so that NaN fails. */
function isRising(curve: (x: number) => number): boolean {
  for (let level = 1; level <= 255; level++) if (!(curve(level / 255) > curve((level - 1) / 255))) return false;
  return curve(0) >= 0 && curve(1) <= 1.001;
}

/** curveType (§10.6) or parametricCurveType (§10.18) as a function from device value to linear light, both 0..1. */
function readCurve(view: DataView, at: number): ((x: number) => number) | undefined {
  switch (fourCharacters(view, at)) {
    case "curv":
      return readSampledCurve(view, at);
    case "para":
      return readParametricCurve(view, at);
    default:
      return undefined;
  }
}

function readSampledCurve(view: DataView, at: number): (x: number) => number {
  const count = view.getUint32(at + 8);
  if (count === 0) return (x) => x;
  if (count === 1) {
    const gamma = view.getUint16(at + 12) / 256;
    return (x) => x ** gamma;
  }
  const sample = (i: number) => view.getUint16(at + 12 + 2 * i) / 65535;
  return (x) => {
    const position = x * (count - 1);
    const below = Math.min(Math.floor(position), count - 2);
    const fraction = position - below;
    return sample(below) * (1 - fraction) + sample(below + 1) * fraction;
  };
}

/** Table 68: Y = (aX + b)^g + e from X = d on, cX + f below; the shorter types leave parameters out. */
function readParametricCurve(view: DataView, at: number): ((x: number) => number) | undefined {
  const p = (i: number) => fixed(view, at + 12 + 4 * i);
  const g = p(0);
  switch (view.getUint16(at + 8)) {
    case 0:
      return (x) => x ** g;
    case 1:
      return (x) => (x >= -p(2) / p(1) ? (p(1) * x + p(2)) ** g : 0);
    case 2:
      return (x) => (x >= -p(2) / p(1) ? (p(1) * x + p(2)) ** g + p(3) : p(3));
    case 3:
      return (x) => (x >= p(4) ? (p(1) * x + p(2)) ** g : p(3) * x);
    case 4:
      return (x) => (x >= p(4) ? (p(1) * x + p(2)) ** g + p(5) : p(3) * x + p(6));
    default:
      return undefined;
  }
}

/** Linear light to encoded value, both 0..1 (IEC 61966-2-1 §5.2). */
function encodeSrgb(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** s15Fixed16Number, §4.6. */
function fixed(view: DataView, at: number): number {
  return view.getInt32(at) / 65536;
}

function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
