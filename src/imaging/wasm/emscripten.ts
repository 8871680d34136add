import type { StartedWasm } from "./wasm-instance.ts";

/** The options of an Emscripten module factory that are used here. */
interface EmscriptenOptions {
  /** Keeps the glue from deriving a URL from `import.meta.url`, which a bundled Worker does not have. */
  readonly locateFile: (name: string) => string;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    onInstance: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => WebAssembly.Exports;
}

/** The default export of a jSquash `codec/**.js` file. */
export type EmscriptenFactory<Api> = (options: EmscriptenOptions) => Promise<Api>;

/**
 * Starts an Emscripten module on an instance that the caller owns; jSquash's own entry points would keep it in a
 * module-level promise, where it can neither be dropped nor retried.
 *
 * @param onMessage receives each line that the C code prints
 */
export function startEmscripten<Api>(
  factory: EmscriptenFactory<Api>,
  module: WebAssembly.Module,
  onMessage: (line: string) => void,
): Promise<StartedWasm<Api>> {
  return new Promise((resolve, reject) => {
    let memory: WebAssembly.Memory | undefined;
    const options: EmscriptenOptions = {
      locateFile: (name) => name,
      print: onMessage,
      printErr: onMessage,
      instantiateWasm: (imports, onInstance) => {
        let instance: WebAssembly.Instance;
        try {
          instance = new WebAssembly.Instance(module, imports);
        } catch (error) {
          // Thrown into the glue, this would make it try to download the module instead.
          reject(error);
          return {};
        }
        memory = Object.values(instance.exports).find((item) => item instanceof WebAssembly.Memory);
        onInstance(instance, module);
        return instance.exports;
      },
    };
    factory(options).then((api) => {
      if (memory === undefined) reject(new Error("the module exports no memory"));
      else resolve({ api, memory });
    }, reject);
  });
}
