import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import type { FormatId } from "../../src/imaging/model/formats.ts";
import { readJpegXrProfile, readWebpProfile, toPlainPng, withProfile } from "./png-for-metric.ts";

const run = promisify(execFile);

/** Milliseconds for one tool; a broken JPEG XR could keep its decoder busy for ever. */
const toolTimeoutMs = 60_000;

export const runner = join(
  process.env.IMAGE_ORACLES ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "image-metrics"),
  "run",
);

export const hasScores = existsSync(runner);

/** Where the tools are looked for, for people. */
export const scoresHint = "IMAGE_ORACLES names no folder whose `run` starts ssimulacra2, dwebp, avifdec and djxl";

type Decode = (file: string, output: string) => Promise<unknown>;

/** Decoders that share no code with the Worker's codecs. */
const decoders: Partial<Record<FormatId, Decode>> = {
  webp: async (file, output) => {
    await tool("dwebp", "-quiet", file, "-o", output);
    await addProfile(output, readWebpProfile(await readFile(file)));
  },
  avif: (file, output) => tool("avifdec", "-j", "1", "--png-compress", "1", file, output),
  jxl: (file, output) => tool("djxl", "--num_threads=0", file, output),
  jp2: (file, output) => tool("opj_decompress", "-i", file, "-o", output),
  jxr: async (file, output) => {
    await tool("JxrDecApp", "-i", file, "-o", `${output}.tif`, "-c", "22", "-a", "2").catch(() =>
      tool("JxrDecApp", "-i", file, "-o", `${output}.tif`),
    );
    await sharp(`${output}.tif`).removeAlpha().png({ compressionLevel: 1 }).toFile(output);
    await addProfile(output, readJpegXrProfile(await readFile(file)));
  },
  tiff: (file, output) => sharp(file).keepIccProfile().png({ compressionLevel: 1 }).toFile(output),
};

/** Of what dwebp and JxrDecApp leave out. */
async function addProfile(png: string, profile: Uint8Array | undefined): Promise<void> {
  if (profile !== undefined) await writeFile(png, withProfile(await readFile(png), profile));
}

async function tool(name: string, ...options: string[]): Promise<string> {
  const { stdout } = await run(runner, [name, ...options], { timeout: toolTimeoutMs });
  return stdout;
}

/** Compares variants with one source. */
export interface Scorer {
  /** SSIMULACRA 2: 100 is the same, 90 indistinguishable at normal size, 70 good, 50 visibly damaged. */
  score(variant: Uint8Array, format: FormatId): Promise<number>;
  /** The 3-norm of Butteraugli: 0 is the same, about 1 is seen by a close look. */
  distance(variant: Uint8Array, format: FormatId): Promise<number>;
  close(): void;
}

/** JPEG and PNG are read by the metric itself, together with their colour profile; everything else becomes a PNG first. */
export async function createScorer(source: Uint8Array, format: FormatId): Promise<Scorer> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-score-"));
  const reference = await toReadable(folder, "source", source, format);
  let count = 0;
  return {
    async score(variant, variantFormat) {
      const file = await toReadable(folder, `variant-${++count}`, variant, variantFormat);
      const output = await tool("ssimulacra2", reference, file);
      const score = Number.parseFloat(output.trim().split("\n").at(-1) ?? "");
      if (!Number.isFinite(score)) throw new Error(`ssimulacra2 says: ${output}`);
      return score;
    },
    async distance(variant, variantFormat) {
      const file = await toReadable(folder, `variant-${++count}`, variant, variantFormat);
      const output = await tool("butteraugli_main", reference, file, "--pnorm", "3");
      const distance = Number(/3-norm: (\S+)/.exec(output)?.[1]);
      if (!Number.isFinite(distance)) throw new Error(`butteraugli_main says: ${output}`);
      return distance;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function toReadable(folder: string, name: string, bytes: Uint8Array, format: FormatId): Promise<string> {
  const file = join(folder, `${name}.${format}`);
  await writeFile(file, bytes);
  const decode = decoders[format];
  if (decode === undefined && format !== "png") return file;
  const output = join(folder, `${name}.decoded.png`);
  if (decode !== undefined) await decode(file, output);
  await writeFile(output, toPlainPng(await readFile(decode === undefined ? file : output)));
  return output;
}

/** Whether two still pictures have the same pixels, colours below transparency included where both have alpha. */
export async function arePixelsEqual(a: Uint8Array, b: Uint8Array): Promise<boolean> {
  const [first, second] = await Promise.all(
    [a, b].map((file) => sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer()),
  );
  return first.equals(second);
}
