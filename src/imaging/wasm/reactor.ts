import type { StartedWasm } from "./wasm-instance.ts";

/** Errors of WASI (`errno`): there are no files, and no descriptors but the three that every program has. */
const badDescriptor = 8;
const notSupported = 52;

/** What a C library asks of its host and gets here. Everything else is not supported. */
const answers: Readonly<Record<string, () => number>> = {
  // Asked at the start until there are no more folders.
  fd_prestat_get: () => badDescriptor,
  proc_exit: () => {
    throw new Error("the module ended itself");
  },
};

/** Starts a module that the project links itself: a WASI reactor (`_initialize`) without files, output or clock. */
export function startReactor<Exports>(module: WebAssembly.Module): StartedWasm<Exports> {
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: namespace, name } of WebAssembly.Module.imports(module)) {
    (imports[namespace] ??= {})[name] = answers[name] ?? (() => notSupported);
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  const { memory, _initialize: initialize } = exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly _initialize: () => void;
  };
  initialize();
  return { api: exports as unknown as Exports, memory };
}
