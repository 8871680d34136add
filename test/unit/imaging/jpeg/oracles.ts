/** Decoders that share no code with the project: libjpeg-turbo's tools where they are installed, and sharp everywhere. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { corpus, hasCorpus } from "../../../support/pictures.ts";

function isInstalled(tool: string): boolean {
  return spawnSync(tool, ["-version"], { stdio: "ignore", input: "" }).error === undefined;
}

/** cjpeg, djpeg and jpegtran (Debian: libjpeg-turbo-progs). */
export const hasJpegTools = ["cjpeg", "djpeg", "jpegtran"].every(isInstalled);
export const withoutTools = hasJpegTools ? "" : " (skipped: cjpeg, djpeg and jpegtran are not installed)";
export const withoutCorpus = hasCorpus ? "" : " (skipped: no ../shared/corpus)";

export interface ToolResult {
  readonly output: Buffer;
  readonly warnings: string;
  readonly failed: boolean;
}

export function runTool(tool: string, args: readonly string[], input: Uint8Array): ToolResult {
  const { stdout, stderr, status } = spawnSync(tool, args, { input, maxBuffer: 1 << 29 });
  return { output: stdout, warnings: stderr.toString(), failed: status !== 0 };
}

/**
 * The file as jpegtran writes it: sequential, best Huffman tables, JFIF or Adobe marker only. Files with the same
 * coefficients, divisors and colour space give the same bytes; padding blocks are replaced.
 */
export function canonical(jpeg: Uint8Array): Buffer {
  return runTool("jpegtran", ["-copy", "none", "-optimize"], jpeg).output;
}

/**
 * What of the canonical file does not depend on whether components with equal divisors share one table: neither the
 * tables nor the frame's references to them. The pixels judge those.
 */
export function canonicalCoefficients(jpeg: Uint8Array): Buffer {
  const file = canonical(jpeg);
  const parts: Buffer[] = [];
  for (let at = 2; at < file.length;) {
    const code = file[at + 1];
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (code === 0xc0 || code === 0xc1) for (let i = at + 12; i < end; i += 3) file[i] = 0;
    if (code !== 0xdb) parts.push(file.subarray(at, end));
    if (code === 0xda) {
      parts.push(file.subarray(end));
      break;
    }
    at = end;
  }
  return Buffer.concat(parts);
}

export function djpegPixels(jpeg: Uint8Array): Buffer {
  return runTool("djpeg", ["-pnm"], jpeg).output;
}

/** Stored pixels (not turned), as libvips decodes them; rejects where it warns. */
export async function sharpPixels(jpeg: Uint8Array): Promise<Buffer> {
  return sharp(jpeg, { failOn: "warning", autoOrient: false }).raw().toBuffer();
}

export function readCorpus(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${corpus}${path}`));
}

/** Of the portraits, which are one picture in eight orientations, two. */
export const corpusJpegs: readonly string[] = hasCorpus
  ? ["jpeg", "jpeg-cmyk", "jpeg-exif", "jpeg-icc"]
      .flatMap((folder) => readdirSync(`${corpus}${folder}`).map((name) => `${folder}/${name}`))
      .filter((path) => !/portrait_orient[234578]/.test(path))
  : [];

/** 24-bit PPM of a picture with edges, ramps and noise; the same for the same arguments. */
export function testPicture(width: number, height: number, seed = 1): { data: Buffer; ppm: Buffer } {
  const random = seededNumbers(seed);
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = ((x >> 3) ^ (y >> 2)) & 4 ? 90 : 0;
      data[at++] = (edge + x * 3 + random() * 40) & 255;
      data[at++] = (edge + y * 2 + random() * 40) & 255;
      data[at++] = (200 - edge + random() * 20) & 255;
    }
  }
  return { data, ppm: Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data]) };
}

/** Numbers from 0 to below 1 (xorshift, 32 bits). */
export function seededNumbers(seed: number): () => number {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
