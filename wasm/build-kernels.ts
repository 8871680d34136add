/** Compiles the kernels that are written in AssemblyScript into `wasm/built/`, which is not committed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Hashes, makeModule, type Order, sha256 } from "./built.ts";

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

/** @throws as `makeModule()` */
export async function buildKernels(expected: Hashes, order: Order): Promise<void> {
  for (const [name, folder] of Object.entries(kernels)) {
    await makeModule({ name, inputs: hashInputs(folder), make: () => compile(name, folder) }, expected, order);
  }
}
