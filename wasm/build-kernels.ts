/**
 * Compiles the kernels that are written in AssemblyScript into `wasm/built/`, which is not committed. Does nothing when they
 * are current, so that every command may run it first.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const projectRoot = fileURLToPath(new URL("..", import.meta.url));
const builtFolder = join(projectRoot, "wasm/built");
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
  const hash = createHash("sha256");
  for (const file of [compilerPackage, fileURLToPath(import.meta.url)]) hash.update(readFileSync(file));
  for (const name of readdirSync(join(projectRoot, folder)).toSorted()) {
    hash.update(name).update(readFileSync(join(projectRoot, folder, name)));
  }
  return hash.digest("hex");
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

/** Written beside and renamed, so that a command which runs at the same time never reads half a module. */
function writeWhole(path: string, bytes: string | Uint8Array): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, path);
}

mkdirSync(builtFolder, { recursive: true });
for (const [name, folder] of Object.entries(kernels)) {
  const modulePath = join(builtFolder, `${name}.wasm`);
  const stampPath = join(builtFolder, `${name}.sha256`);
  const inputs = hashInputs(folder);
  if (existsSync(modulePath) && existsSync(stampPath) && readFileSync(stampPath, "utf8") === inputs) continue;
  const start = performance.now();
  const module = await compile(name, folder);
  writeWhole(modulePath, module);
  writeWhole(stampPath, inputs);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`Compiled ${name}.wasm, ${(module.length / 1024).toFixed(1)} KiB, in ${seconds} s.`);
}
