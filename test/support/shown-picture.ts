/**
 * What a viewer shows of a file: upright sRGB with alpha, decoded by programs that share no code with the project
 * (libvips, libjxl, OpenJPEG, the JPEG XR reference software, LittleCMS).
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type SharpOptions } from "sharp";
import { convertWithTransicc, hasTransicc } from "../unit/imaging/colour/transicc.ts";
import { djxl, jxrDecApp, opjDecompress, type Tool } from "./run-tool.ts";

export interface Shown {
  readonly width: number;
  readonly height: number;
  /** RGBA, alpha not premultiplied; 8 bits, or numbers that are not rounded. */
  readonly data: Uint8Array | Float32Array;
  /** The file has an alpha channel, or a colour that means transparency. */
  readonly hasAlpha: boolean;
}

/** The press that CMYK without a profile is taken to be for. */
const press = fileURLToPath(new URL("../../../shared/colour/TR006.icc", import.meta.url));

/** What showing CMYK needs and this machine lacks. */
export const missingForCmyk = [
  ...(hasTransicc ? [] : ["transicc"]),
  ...(existsSync(press) ? [] : ["../shared/colour/TR006.icc"]),
];

/**
 * A JPEG, PNG, WebP, AVIF, GIF or TIFF as libvips shows it, CMYK as LittleCMS does.
 * @param options how strict libvips is about damage
 */
export async function show(file: Uint8Array, options: SharpOptions = {}): Promise<Shown> {
  const { space, hasAlpha, compression, depth, icc } = await sharp(file, options).metadata();
  if (space === "cmyk") return showCmyk(file);
  // Colours of more than 8 bits libvips turns to Display P3 by their profile, and to sRGB by none.
  if (compression === "av1" && depth === "ushort" && icc !== undefined) {
    const shallow = sharp(file, { ...options, ignoreIcc: true })
      .toColourspace("srgb")
      .png({ compressionLevel: 0 });
    return show(withProfile(await shallow.toBuffer(), icc));
  }
  const { data, info } = await sharp(file, options)
    .autoOrient()
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const gamma = readPngGamma(file);
  if (gamma !== undefined) applyGamma(data, gamma);
  return { data, width: info.width, height: info.height, hasAlpha };
}

/** Relative colorimetric with black point compensation, by the embedded profile or by that of the press. */
async function showCmyk(file: Uint8Array): Promise<Shown> {
  const { icc } = await sharp(file).metadata();
  const { data, info } = await sharp(file)
    .autoOrient()
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colours = new Map<number, number>();
  for (let at = 0; at < data.length; at += 4) {
    const ink = data.readUInt32LE(at);
    if (!colours.has(ink)) colours.set(ink, colours.size);
  }
  const inks = Buffer.alloc(4 * colours.size);
  for (const [ink, index] of colours) inks.writeUInt32LE(ink, 4 * index);
  const rgb = await convertCmyk(inks, icc);
  const shown = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const from = 3 * (colours.get(data.readUInt32LE(at)) ?? 0);
    shown.set([...rgb.slice(from, from + 3), 255], at);
  }
  return { data: shown, width: info.width, height: info.height, hasAlpha: false };
}

async function convertCmyk(inks: Buffer, icc: Uint8Array | undefined): Promise<readonly number[]> {
  if (icc === undefined) return convertWithTransicc(inks, "cmyk", press);
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-ink-"));
  try {
    const path = join(folder, "ink.icc");
    await writeFile(path, icc);
    return convertWithTransicc(inks, "cmyk", path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The exponent that a PNG's `gAMA` states where nothing of more weight is beside it (PNG 3rd edition §4.3) and
 * browsers heed it: beside `cHRM` always, alone only when it is no display's usual 2.2. libvips does not look at it.
 */
function readPngGamma(file: Uint8Array): number | undefined {
  const png = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (png.toString("latin1", 1, 4) !== "PNG") return undefined;
  const chunks = new Map<string, number>();
  for (let at = 8; at + 8 < png.length; at += 12 + png.readUInt32BE(at)) {
    const type = png.toString("latin1", at + 4, at + 8);
    if (type === "IDAT") break;
    chunks.set(type, at + 8);
  }
  const at = chunks.get("gAMA");
  if (at === undefined || ["iCCP", "sRGB", "cICP"].some((type) => chunks.has(type))) return undefined;
  const gamma = png.readUInt32BE(at) / 100_000;
  return chunks.has("cHRM") || Math.abs(gamma * 2.2 - 1) > 0.05 ? gamma : undefined;
}

/** The samples' light, by the transfer function of sRGB (IEC 61966-2-1). */
function applyGamma(rgba: Uint8Array, gamma: number): void {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => {
    const light = (value / 255) ** (1 / gamma);
    return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
  });
  for (let at = 0; at < rgba.length; at++) if (at % 4 !== 3) rgba[at] = table[rgba[at] ?? 0] ?? 0;
}

/** The tool without which files of this format cannot be shown. */
export const viewers: Readonly<Record<string, Tool>> = { jxl: djxl, jp2: opjDecompress, jxr: jxrDecApp };

/** A file of any format that the project makes. */
export async function showFormat(file: Buffer, format: string): Promise<Shown> {
  switch (format) {
    case "jxl":
      return show(await djxl.convert(file, "jxl", "png"));
    case "jp2": {
      // The number of components in the image header box (ISO/IEC 15444-1 §I.5.3.1). PNG is slow, TIFF without alpha.
      const components = file.readUInt16BE(file.indexOf("ihdr") + 12);
      return show(await opjDecompress.convert(file, "jp2", components % 2 === 1 ? "tif" : "png", ["-quiet"]));
    }
    case "jxr":
      return showJpegXr(file);
    default: {
      const { format: found, compression } = await sharp(file).metadata();
      const isNamed = found === "heif" ? format === "avif" && compression === "av1" : found === format;
      if (!isNamed) throw new Error(`${found} instead of ${format}`);
      return show(file);
    }
  }
}

/** Tags of a JPEG XR file (ITU-T T.832 Table A.4) and the last bytes of its pixel formats' names (Table A.6). */
const jxrTag = { pixelFormat: 0xbc01, profile: 0x8773 } as const;
const jxrModels: Readonly<Record<number, readonly string[]>> = {
  0x08: ["-c", "2"],
  0x0c: ["-c", "9"],
  0x0d: ["-c", "9"],
  // With alpha beside the colours.
  0x0f: ["-c", "22", "-a", "2"],
};

async function showJpegXr(file: Buffer): Promise<Shown> {
  const fields = new Map<number, Buffer>();
  const directory = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const entry = directory + 2 + 12 * i;
    const [length, at] = [file.readUInt32LE(entry + 4), file.readUInt32LE(entry + 8)];
    fields.set(file.readUInt16LE(entry), file.subarray(at, at + length));
  }
  const pixelFormat = fields.get(jxrTag.pixelFormat)?.[15] ?? 0;
  const model = jxrModels[pixelFormat];
  if (model === undefined) throw new Error(`JPEG XR with the pixel format ${pixelFormat}`);
  const decoded = await jxrDecApp.convert(file, "jxr", "tif", model);
  const profile = fields.get(jxrTag.profile);
  // The tool hands no profile on.
  const png = await sharp(decoded).png({ compressionLevel: 0 }).toBuffer();
  return show(profile === undefined ? png : withProfile(png, profile));
}

/** Puts an `iCCP` after IHDR, which ends at byte 33 (PNG 3rd edition §11.3.2.3). */
function withProfile(png: Buffer, profile: Uint8Array): Buffer {
  const chunk = pngChunk("iCCP", Buffer.concat([Buffer.from("profile\0\0", "latin1"), deflateSync(profile)]));
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

/** A chunk with its length and its CRC (§5.3). */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** How far two pictures of the same size are apart, in levels of 0 to 255. */
export interface Apart {
  /** Mean difference of a colour channel, as far as it shows: each weighted by the alpha. */
  readonly mean: number;
  /** The same of squares of 8 × 8 pixels, where an encoder's noise is gone and wrong colours are not. */
  readonly coarse: number;
  /** Largest difference of an alpha value. */
  readonly alpha: number;
  /** Largest difference of a colour channel, alpha 0 included. */
  readonly largest: number;
}

const squareSide = 8;

/** @throws when the sizes differ */
export function compareShown(a: Shown, b: Shown): Apart {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`${a.width} × ${a.height} instead of ${b.width} × ${b.height}`);
  const [{ width, height }, one, other] = [a, a.data, b.data];
  const perRow = Math.ceil(width / squareSide);
  const squares = new Float64Array(3 * perRow * Math.ceil(height / squareSide));
  let [sum, alpha, largest] = [0, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [alphaOne, alphaOther] = [one[at + 3] ?? 0, other[at + 3] ?? 0];
      alpha = Math.max(alpha, Math.abs(alphaOne - alphaOther));
      const square = 3 * ((y >> 3) * perRow + (x >> 3));
      for (let channel = 0; channel < 3; channel++) {
        const [before, after] = [one[at + channel] ?? 0, other[at + channel] ?? 0];
        largest = Math.max(largest, Math.abs(before - after));
        const difference = (before * alphaOne - after * alphaOther) / 255;
        sum += Math.abs(difference);
        squares[square + channel] = (squares[square + channel] ?? 0) + difference;
      }
    }
  }
  const samples = 3 * width * height;
  const coarse = squares.reduce((total, square) => total + Math.abs(square), 0) / samples;
  return { mean: sum / samples, coarse, alpha, largest };
}

/** Whether any pixel can be seen through. */
export function isTranslucent({ data }: Shown): boolean {
  return data.some((value, at) => at % 4 === 3 && value < 255);
}
