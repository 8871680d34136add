/** JPEG XR's reference encoder and decoder, which share no code with the project (Debian: libjxr-tools). */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColourModel } from "../../../../src/imaging/jpeg-xr/colour-model.ts";
import { type Samples, samplesPerPixel } from "./samples.ts";

export const hasJxrTools = ["JxrEncApp", "JxrDecApp"].every(
  (tool) => spawnSync(tool, [], { stdio: "ignore" }).error === undefined,
);
export const withoutJxrTools = hasJxrTools ? "" : " (skipped: JxrEncApp and JxrDecApp are not installed)";

/** A damaged stream can keep the decoder busy for ever. */
const timeoutMs = 20_000;

function runTool(tool: string, args: readonly string[]): void {
  const { status, signal, error } = spawnSync(tool, args, { stdio: "ignore", timeout: timeoutMs });
  if (status !== 0) throw new Error(`${tool} failed: ${error?.message ?? signal ?? status}`);
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "jpeg-xr-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const extensions = { gray: "pgm", rgb: "ppm", rgba: "tif" } as const satisfies Record<ColourModel, string>;

/** 32bppBGRA in memory, which the tool turns into the RGBA of a TIFF; planar alpha. */
const rgbaArguments = ["-c", "22", "-a", "2"] as const;

/** Decodes a file of the given model. */
export function decodeJpegXr(file: Uint8Array, model: ColourModel): Samples {
  return inFolder((folder) => {
    const [input, output] = [join(folder, "a.jxr"), join(folder, `a.${extensions[model]}`)];
    writeFileSync(input, file);
    runTool("JxrDecApp", ["-i", input, "-o", output, ...(model === "rgba" ? rgbaArguments : [])]);
    const decoded = readFileSync(output);
    return model === "rgba" ? readTiff(decoded) : readPortableMap(decoded);
  });
}

export interface ReferenceSettings {
  readonly overlap: 0 | 1 | 2;
  /** Quantisation index of all channels and bands; 1 = lossless. */
  readonly index: number;
  readonly alphaIndex: number;
}

/** Encodes with the reference encoder, in spatial order and 4:4:4. */
export function encodeReference(
  samples: Samples,
  model: ColourModel,
  { overlap, index, alphaIndex }: ReferenceSettings,
): Buffer {
  return inFolder((folder) => {
    const [input, output] = [join(folder, `a.${extensions[model]}`), join(folder, "a.jxr")];
    writeFileSync(input, model === "rgba" ? writeTiff(samples) : writePortableMap(samples, model));
    const format = { gray: ["-c", "2"], rgb: ["-c", "9", "-d", "3"], rgba: [...rgbaArguments, "-d", "3"] }[model];
    const quantisers = ["-q", String(index), ...(model === "rgba" ? ["-Q", String(alphaIndex)] : [])];
    runTool("JxrEncApp", ["-i", input, "-o", output, ...format, ...quantisers, "-l", String(overlap), "-f"]);
    return readFileSync(output);
  });
}

function readPortableMap(file: Buffer): Samples {
  const [, kind, width, height] = /^(P[56])\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString("latin1", 0, 64)) ?? [];
  const channels = kind === "P5" ? 1 : 3;
  const length = Number(width) * Number(height) * channels;
  return {
    width: Number(width),
    height: Number(height),
    data: Uint8Array.from(file.subarray(file.length - length)),
  };
}

function writePortableMap({ data, width, height }: Samples, model: ColourModel): Buffer {
  return Buffer.concat([Buffer.from(`${model === "gray" ? "P5" : "P6"}\n${width} ${height}\n255\n`), data]);
}

const tiffTag = { width: 256, height: 257, stripOffsets: 273 } as const;

/** An uncompressed TIFF of one strip, as the tool writes it. */
function readTiff(file: Buffer): Samples {
  const directory = file.readUInt32LE(4);
  const values = new Map<number, number>();
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const entry = directory + 2 + 12 * i;
    values.set(file.readUInt16LE(entry), file.readUInt32LE(entry + 8));
  }
  const width = values.get(tiffTag.width) ?? 0;
  const height = values.get(tiffTag.height) ?? 0;
  const at = values.get(tiffTag.stripOffsets) ?? 0;
  return { width, height, data: Uint8Array.from(file.subarray(at, at + 4 * width * height)) };
}

function writeTiff({ data, width, height }: Samples): Buffer {
  const [short, long] = [3, 4];
  const entries = [
    [tiffTag.width, long, 1, width],
    [tiffTag.height, long, 1, height],
    [258, short, 4, 8 + 2 + 12 * 10 + 4],
    [259, short, 1, 1],
    [262, short, 1, 2],
    [tiffTag.stripOffsets, long, 1, 8 + 2 + 12 * 10 + 4 + 8],
    [277, short, 1, samplesPerPixel.rgba],
    [278, long, 1, height],
    [279, long, 1, data.length],
    [338, short, 1, 2],
  ] as const;
  const head = Buffer.alloc(8 + 2 + 12 * entries.length + 4 + 8);
  head.write("II*\0");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, type, count, value], i) => {
    head.writeUInt16LE(tag, 10 + 12 * i);
    head.writeUInt16LE(type, 12 + 12 * i);
    head.writeUInt32LE(count, 14 + 12 * i);
    head.writeUInt32LE(value, 18 + 12 * i);
  });
  for (let i = 0; i < 4; i++) head.writeUInt16LE(8, head.length - 8 + 2 * i);
  return Buffer.concat([head, data]);
}
