/** Command-line tools that share no code with the project, given one file and asked for another. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds; a damaged JPEG XR can keep its decoder busy for ever. */
const timeout = 20_000;

/** The runner of the newer tools, where `IMAGE_ORACLES` names their folder. */
const runner = join(process.env["IMAGE_ORACLES"] ?? "", "run");

export interface Tool {
  /** What is missing when `available` is false. */
  readonly name: string;
  readonly available: boolean;
  /** The file that the tool makes of another one; `args` come after the names of the two. */
  readonly convert: (file: Uint8Array, from: string, to: string, args?: readonly string[]) => Promise<Buffer>;
}

function tool(name: string, available: boolean, command: string, argumentsOf: Arguments): Tool {
  return {
    name,
    available,
    async convert(file, from, to, args = []) {
      const folder = await mkdtemp(join(tmpdir(), "edge-imaging-tool-"));
      const [input, output] = [join(folder, `picture.${from}`), join(folder, `made.${to}`)];
      try {
        await writeFile(input, file);
        await run(command, [...argumentsOf(input, output), ...args], { timeout });
        return await readFile(output);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

type Arguments = (input: string, output: string) => readonly string[];

const named: Arguments = (input, output) => ["-i", input, "-o", output];

function installed(name: string, argumentsOf: Arguments): Tool {
  const isInstalled = spawnSync(name, [], { stdio: "ignore" }).error === undefined;
  return tool(name, isInstalled, name, argumentsOf);
}

/** JPEG XL's reference decoder (libjxl). */
export const djxl: Tool = tool(
  "djxl (IMAGE_ORACLES)",
  process.env["IMAGE_ORACLES"] !== undefined && existsSync(runner),
  runner,
  (input, output) => ["djxl", input, output],
);

/** OpenJPEG's decoder of another build than the encoder's (Debian: libopenjp2-tools). It applies ICC profiles. */
export const opjDecompress: Tool = installed("opj_decompress", named);

/** JPEG XR's reference decoder (Debian: libjxr-tools). */
export const jxrDecApp: Tool = installed("JxrDecApp", named);
