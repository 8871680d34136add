import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { PixelEngine } from "../../src/imaging/imaging.ts";

/**
 * The Worker's own pixel engine, in Node.js: same adapters, same WASM, same settings. In a Worker the bundler turns an
 * import of a `.wasm` file into a compiled module; here a load hook does.
 */
export async function startEngine(): Promise<PixelEngine> {
  registerHooks({
    load: (url, context, next) =>
      url.endsWith(".wasm")
        ? { format: "module", source: compiledModule(fileURLToPath(url)), shortCircuit: true }
        : next(url, context),
  });
  const { createPixelEngine } = await import("../../src/imaging/create-imaging.ts");
  return createPixelEngine();
}

function compiledModule(path: string): string {
  return `import { readFileSync } from "node:fs";
export default new WebAssembly.Module(readFileSync(${JSON.stringify(path)}));`;
}
