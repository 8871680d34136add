/** Adds pauses to modules that come in packages, and writes them to `wasm/built/`, which is not committed. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addPauses } from "./add-pauses.ts";
import { type Hashes, makeModule, type Order, sha256 } from "./built.ts";

const inPackages = {
  oxipng: {
    file: import.meta.resolve("@jsquash/oxipng/codec/pkg/squoosh_oxipng_bg.wasm"),
    /** Called through `WebAssembly.promising`. What the other exports call must not pause. */
    pausing: ["optimise", "optimise_raw"],
  },
} as const;

/** @throws as `makeModule()` */
export async function buildPausing(expected: Hashes, order: Order): Promise<void> {
  const tools = ["./add-pauses.ts", "./build-pausing.ts", "../node_modules/binaryen/package.json"];
  const toolBytes = tools.map((name) => readFileSync(new URL(name, import.meta.url)));
  for (const [name, { file, pausing }] of Object.entries(inPackages)) {
    const packaged = readFileSync(fileURLToPath(file));
    const inputs = sha256(...toolBytes, packaged);
    await makeModule({ name, inputs, make: () => addPauses(packaged, pausing) }, expected, order);
  }
}
