import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Imaging } from "../src/imaging/imaging.ts";

/** What the library may use of the program around it. */
interface Outside {
  readonly pause?: () => Promise<void>;
}

/**
 * The Worker's own imaging library, in Node.js: same codecs, same WASM, same settings. In a Worker the bundler turns an
 * import of a `.wasm` file into a compiled module; here a load hook does.
 */
export async function startImaging(outside: Outside = {}): Promise<Imaging> {
  linkMissingModules();
  loadWasmModules();
  const { createImaging } = await import("../src/imaging/create-imaging.ts");
  return createImaging(outside);
}

/** After `npm ci` alone, the codecs that are in no package are not there yet; after an update, new ones are not. */
function linkMissingModules(): void {
  const hashes = JSON.parse(readFileSync(new URL("../wasm/hashes.json", import.meta.url), "utf8")) as object;
  const paths = Object.keys(hashes).map((name) => new URL(`../wasm/built/${name}.wasm`, import.meta.url));
  if (paths.every((path) => existsSync(path))) return;
  console.error("Linking the codecs, once. This takes a moment.");
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { status } = spawnSync("npm", ["run", "--silent", "wasm"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("The codecs could not be linked: `npm run wasm` says why.");
}

/** For imports from here on. */
export function loadWasmModules(): void {
  registerHooks({
    load: (url, context, next) =>
      url.endsWith(".wasm")
        ? { format: "module", source: compiledModule(fileURLToPath(url)), shortCircuit: true }
        : next(url, context),
  });
}

function compiledModule(path: string): string {
  return `import { readFileSync } from "node:fs";
export default new WebAssembly.Module(readFileSync(${JSON.stringify(path)}));`;
}
