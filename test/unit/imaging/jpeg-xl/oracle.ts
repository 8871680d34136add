/** The tools of libjxl, where they are installed: `IMAGE_ORACLES` names a folder whose `run` starts them by name. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const runner = join(process.env.IMAGE_ORACLES ?? "", "run");
export const hasJxlTools = process.env.IMAGE_ORACLES !== undefined && existsSync(runner);
export const withoutJxlTools = hasJxlTools ? "" : " (skipped: IMAGE_ORACLES names no folder with djxl and cjxl)";

/** Samples of a picture, 1 or 3 per pixel, in levels: 0–255 is black to white. */
export interface FloatPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** Runs a tool with an input and an output file; throws with what it says when it fails. */
function convert(
  tool: string,
  args: readonly string[],
  input: Uint8Array,
  extensions: readonly [string, string],
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "jxl-"));
  try {
    const [from, to] = extensions.map((extension) => join(folder, `picture.${extension}`));
    writeFileSync(from, input);
    const { status, stderr } = spawnSync(runner, [tool, ...args, from, to], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${tool} failed: ${stderr}`);
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Decodes to floating point: 8-bit output would be dithered. */
export function djxl(jxl: Uint8Array): FloatPicture {
  return readPfm(convert("djxl", [], jxl, ["jxl", "pfm"]));
}

/** The same in as many bits as the file says, as a PNG. */
export function djxlPng(jxl: Uint8Array): Buffer {
  return convert("djxl", [], jxl, ["jxl", "png"]);
}

/** The profile that a decoder hands out with the picture. */
export function djxlProfile(jxl: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "jxl-"));
  try {
    const profile = join(folder, "profile.icc");
    convert("djxl", [`--orig_icc_out=${profile}`], jxl, ["jxl", "ppm"]);
    return readFileSync(profile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The coefficients of a JPEG as the reference encoder writes them, without chroma-from-luma, which is not exact. */
export function cjxl(jpeg: Uint8Array): Uint8Array {
  const options = ["-e", "7", "--lossless_jpeg=1", "--jpeg_reconstruction_cfl=0", "--allow_jpeg_reconstruction=0"];
  return convert("cjxl", options, jpeg, ["jpg", "jxl"]);
}

function readPfm(file: Buffer): FloatPicture {
  const lines: string[] = [];
  let at = 0;
  while (lines.length < 3) {
    const end = file.indexOf("\n", at);
    lines.push(file.toString("latin1", at, end));
    at = end + 1;
  }
  const [width, height] = lines[1].split(" ").map(Number);
  const channels = lines[0] === "PF" ? 3 : 1;
  const littleEndian = Number(lines[2]) < 0;
  const data = new Float32Array(width * height * channels);
  const view = new DataView(file.buffer, file.byteOffset + at);
  for (let y = 0, to = 0; y < height; y++) {
    // The last row comes first.
    let from = (height - 1 - y) * width * channels * 4;
    for (let i = 0; i < width * channels; i++, from += 4) data[to++] = view.getFloat32(from, littleEndian) * 255;
  }
  return { width, height, channels, data };
}

/** Largest difference of two pictures of the same size, in levels. */
export function largestDifference(a: FloatPicture, b: FloatPicture): number {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    throw new Error(`${a.width} × ${a.height} × ${a.channels} against ${b.width} × ${b.height} × ${b.channels}`);
  }
  let largest = 0;
  for (let i = 0; i < a.data.length; i++) largest = Math.max(largest, Math.abs(a.data[i] - b.data[i]));
  return largest;
}
