import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** The kernel of the sources of now. */
export function loadKernel(): WebAssembly.Module {
  execFileSync(process.execPath, ["wasm/build.ts"], { cwd: root });
  return new WebAssembly.Module(readFileSync(`${root}wasm/built/webp-rows.wasm`));
}
