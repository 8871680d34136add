import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { spreadOf } from "../hit/statistics.ts";
import type { RawPicture } from "./launch.ts";

const run = promisify(execFile);

/** Milliseconds for one encode. */
const timeout = 60_000;

const runner = join(
  process.env.IMAGE_ORACLES ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "image-metrics"),
  "run",
);

export const hasTools = existsSync(runner);

/** Why a column is empty, for people. */
export const toolsHint = "IMAGE_ORACLES names no folder whose `run` starts cwebp, avifenc, opj_compress and JxrEncApp";

interface Tool {
  readonly reads: "ppm" | "png";
  readonly writes: string;
  readonly argumentsOf: (input: string, output: string, flags: readonly string[]) => readonly string[];
  /** Milliseconds that it says the encode took; others are timed from start to end, less what a tiny picture takes. */
  readonly ownTime?: (said: string) => number;
}

/** Each with one thread. */
const tools = {
  cwebp: {
    reads: "ppm",
    writes: "webp",
    argumentsOf: (input, output, flags) => ["-v", ...flags, input, "-o", output],
    ownTime: (said) => 1000 * Number(/Time to encode picture: ([\d.]+)s/.exec(said)?.[1]),
  },
  avifenc: {
    reads: "png",
    writes: "avif",
    argumentsOf: (input, output, flags) => ["-c", "aom", "-j", "1", ...flags, input, output],
  },
  opj_compress: {
    reads: "ppm",
    writes: "jp2",
    argumentsOf: (input, output, flags) => ["-i", input, "-o", output, ...flags],
    ownTime: (said) => Number(/encode time: (\d+) ms/.exec(said)?.[1]),
  },
  JxrEncApp: {
    reads: "ppm",
    writes: "jxr",
    argumentsOf: (input, output, flags) => ["-i", input, "-o", output, "-c", "9", ...flags],
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

/** Encodes one picture with the formats' own tools. */
export interface ToolBench {
  encode(name: ToolName, flags: readonly string[]): Promise<{ readonly milliseconds: number; readonly bytes: number }>;
  close(): void;
}

/** Writes the picture where the tools can read it: without compression, so that reading takes next to nothing. */
export async function startToolBench(picture: RawPicture): Promise<ToolBench> {
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-tools-"));
  const tiny = { width: 16, height: 16, data: picture.data.subarray(0, 16 * 16 * 4) };
  await writeSources(folder, "picture", picture);
  await writeSources(folder, "tiny", tiny);
  const starts = new Map<ToolName, Promise<number>>();

  async function time(name: ToolName, source: string, flags: readonly string[]): Promise<number> {
    const { reads, writes, argumentsOf, ownTime }: Tool = tools[name];
    const args = argumentsOf(join(folder, `${source}.${reads}`), join(folder, `${source}.${writes}`), flags);
    const started = performance.now();
    const { stdout, stderr } = await run(runner, [name, ...args], { timeout });
    return ownTime?.(stdout + stderr) ?? performance.now() - started;
  }

  async function startOf(name: ToolName, flags: readonly string[]): Promise<number> {
    const { ownTime }: Tool = tools[name];
    if (ownTime !== undefined) return 0;
    const times: number[] = [];
    for (let round = 0; round < 5; round++) times.push(await time(name, "tiny", flags));
    return spreadOf(times).median;
  }

  return {
    encode: async (name, flags) => {
      const start = starts.get(name) ?? startOf(name, flags);
      starts.set(name, start);
      await start;
      const milliseconds = (await time(name, "picture", flags)) - (await start);
      return { milliseconds, bytes: statSync(join(folder, `picture.${tools[name].writes}`)).size };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function writeSources(folder: string, name: string, { data, width, height }: RawPicture): Promise<void> {
  const image = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
  writeFileSync(join(folder, `${name}.png`), await image.clone().png({ compressionLevel: 0 }).toBuffer());
  const head = Buffer.from(`P6\n${width} ${height}\n255\n`);
  writeFileSync(join(folder, `${name}.ppm`), Buffer.concat([head, await image.raw().toBuffer()]));
}
