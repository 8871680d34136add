/** Compiles the kernels that are written in AssemblyScript into `wasm/built/`, which is not committed. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtFolder, demandRecorded, type Hashes, modulePath, recordHashes, sha256, writeWhole } from "./built.ts";

const projectRoot = fileURLToPath(new URL("..", import.meta.url));
const compilerPackage = join(projectRoot, "node_modules/assemblyscript/package.json");

/** Folders of sources, each with an `index.ts`. */
const kernels = {
  "webp-rows": "src/imaging/webp/rows/kernel",
  "jxl-modular": "src/imaging/jpeg-xl/kernel",
} as const;

/**
 * No runtime: memory is laid out by the kernels themselves. Vectors are passed between functions of one module, which
 * warning 112 is about.
 */
const compilerOptions = ["-O3", "--runtime", "stub", "--enable", "simd", "--noAssert"];
const noWarnings = ["--disableWarning", "112"];

/** Everything that decides about a module's bytes. */
function hashInputs(folder: string): string {
  const compiler = [compilerPackage, fileURLToPath(import.meta.url)].map((file) => readFileSync(file));
  const sources = readdirSync(join(projectRoot, folder)).toSorted();
  return sha256(...compiler, ...sources.flatMap((name) => [name, readFileSync(join(projectRoot, folder, name))]));
}

/** The compiler's decorators are no TypeScript: in the sources they are comments. */
function readSource(name: string, baseFolder: string): string | null {
  const path = join(baseFolder, name);
  return existsSync(path) ? readFileSync(path, "utf8").replaceAll(/^\/\/ @inline$/gm, "@inline") : null;
}

async function compile(name: string, folder: string): Promise<Uint8Array> {
  // Loading the compiler takes longer than to see that there is nothing to do.
  const { main } = await import("assemblyscript/asc");
  let module: Uint8Array | undefined;
  let messages = "";
  const { error } = await main([`${folder}/index.ts`, "--outFile", `${name}.wasm`, ...compilerOptions, ...noWarnings], {
    readFile: (file, baseFolder) => readSource(file, join(projectRoot, baseFolder)),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") module = contents;
    },
    listFiles: () => [],
    stderr: { write: (text) => void (messages += String(text)) },
  });
  if (error !== null || module === undefined || messages !== "")
    throw new Error(`${name}: ${messages}`, { cause: error });
  return module;
}

/** Whether the module is the recorded one, of the inputs of now. */
function isCurrent(name: string, stampPath: string, inputs: string, expected: Hashes): boolean {
  if (!existsSync(modulePath(name)) || !existsSync(stampPath)) return false;
  return readFileSync(stampPath, "utf8") === inputs && sha256(readFileSync(modulePath(name))) === expected[name];
}

/**
 * Does nothing where the modules are current, so that every command may run it first.
 * @throws where what was compiled is not what `hashes.json` records, unless it is to be recorded
 */
export async function buildKernels(expected: Hashes, order?: "check" | "record"): Promise<void> {
  mkdirSync(builtFolder, { recursive: true });
  for (const [name, folder] of Object.entries(kernels)) {
    const stampPath = join(builtFolder, `${name}.sha256`);
    const inputs = hashInputs(folder);
    if (order === undefined && isCurrent(name, stampPath, inputs, expected)) continue;
    const start = performance.now();
    const module = await compile(name, folder);
    if (order === "record") recordHashes({ [name]: sha256(module) });
    else demandRecorded(name, module, expected);
    writeWhole(modulePath(name), module);
    writeWhole(stampPath, inputs);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`Compiled ${name}.wasm, ${(module.length / 1024).toFixed(1)} KiB, in ${seconds} s.`);
  }
}
