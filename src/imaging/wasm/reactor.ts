import { goOn, type Pause } from "../steps.ts";
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

/**
 * JavaScript Promise Integration (WebAssembly): a call can wait for a promise in the middle of its work. Node.js 20 has none of
 * it; what would pause there runs to its end.
 */
const { Suspending, promising } = WebAssembly as unknown as {
  readonly Suspending?: new (wait: (microseconds: number) => Promise<void>) => () => number;
  readonly promising?: (exported: unknown) => (...values: number[]) => Promise<number>;
};

/** An export that pauses, as a function to be awaited. While it waits, the instance must not be entered. */
export function pausing<Values extends number[]>(
  exported: (...values: Values) => number,
): (...values: Values) => Promise<number> {
  return promising === undefined ? async (...values) => exported(...values) : promising(exported);
}

/**
 * What a module that pauses imports as `host`.
 * @param pause awaited after some work of an export that is called through `pausing()`
 */
export function pausingHost(pause: Pause): Record<string, () => number> {
  return { pause: Suspending === undefined ? () => 0 : new Suspending((microseconds) => pause(microseconds / 1000)) };
}

/**
 * Starts a module that the project links itself: a WASI reactor (`_initialize`) without files, output or clock.
 * @param pause as of `pausingHost()`
 */
export function startReactor<Exports>(module: WebAssembly.Module, pause: Pause = goOn): StartedWasm<Exports> {
  const imports: Record<string, Record<string, () => number>> = { host: pausingHost(pause) };
  for (const { module: namespace, name } of WebAssembly.Module.imports(module)) {
    if (namespace !== "host") (imports[namespace] ??= {})[name] = answers[name] ?? (() => notSupported);
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  const { memory, _initialize: initialize } = exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly _initialize: () => void;
  };
  initialize();
  return { api: exports as unknown as Exports, memory };
}
