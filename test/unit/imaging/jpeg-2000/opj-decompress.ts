/** opj_decompress (Debian: libopenjp2-tools), and OpenJPEG's encoder as the Worker runs it, started in Node.js. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmscriptenFactory, startEmscripten } from "../../../../src/imaging/wasm/emscripten.ts";
import { asWebWorker } from "../../../../src/imaging/wasm/emscripten-shim.ts";
import type { OpenJpeg } from "../../../../src/imaging/jpeg-2000/openjpeg.ts";

const tool = "opj_decompress";
export const hasOpjDecompress = spawnSync(tool, ["-h"], { stdio: "ignore" }).error === undefined;
export const withoutOpjDecompress = hasOpjDecompress ? "" : ` (skipped: ${tool} is not installed)`;

export interface Components {
  /** One after the other, row by row, a byte for each sample. */
  readonly data: Buffer;
  readonly warnings: string;
}

/** Samples as opj_decompress gives them: as stored, except that it applies an ICC profile. */
export async function decompress(file: Uint8Array, extension: "jp2" | "j2k" = "jp2"): Promise<Components> {
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-jp2-"));
  try {
    const input = join(folder, `picture.${extension}`);
    const output = join(folder, "picture.rawl");
    await writeFile(input, file);
    const { status, stdout, stderr } = spawnSync(tool, ["-i", input, "-o", output, "-quiet"], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${tool} failed: ${stdout}${stderr}`);
    return { data: await readFile(output), warnings: stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A new instance of OpenJPEG's WASM module. */
export async function startOpenJpeg(): Promise<OpenJpeg & { readonly liveBytes: () => number }> {
  const require = createRequire(import.meta.url);
  const factory = require("@cornerstonejs/codec-openjpeg/wasmjs") as EmscriptenFactory<OpenJpeg>;
  const module = await WebAssembly.compile(readFileSync(require.resolve("@cornerstonejs/codec-openjpeg/wasm")));
  const { api, memory } = await startEmscripten<OpenJpeg>(
    (options) => asWebWorker(() => factory(options)),
    module,
    () => {},
  );
  return { J2KEncoder: api.J2KEncoder, liveBytes: () => memory.buffer.byteLength };
}
