import type { StartedWasm } from "../wasm/wasm-instance.ts";

/** The exports that are used here; addresses are byte offsets in the memory, handles are addresses, 0 is failure. */
export interface LcmsExports {
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
  readonly cmsOpenProfileFromMem: (address: number, bytes: number) => number;
  readonly cmsCreate_sRGBProfile: () => number;
  readonly cmsCloseProfile: (profile: number) => number;
  readonly cmsCreateTransform: (
    from: number,
    fromFormat: number,
    to: number,
    toFormat: number,
    intent: number,
    flags: number,
  ) => number;
  /** The pixels may be converted in place when both formats take as many bytes. */
  readonly cmsDoTransform: (transform: number, from: number, to: number, pixels: number) => void;
  readonly cmsDeleteTransform: (transform: number) => void;
}

interface LcmsModule extends LcmsExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  readonly emscripten_stack_init: () => void;
  readonly __wasm_call_ctors: () => void;
}

const pageBytes = 65_536;

/** Emscripten's own step, so that a growing heap does not request each page. */
const growthFactor = 1.2;

/** Honest profiles stay below 32 MB; a crafted one requests tables of half a gigabyte before its end is missed. */
const maxMemoryBytes = 48_000_000;

/**
 * Starts LittleCMS on an instance that the caller owns. The package's glue would bring a file system, a loader and
 * copies of every strip; converting needs memory and little else.
 */
export function startLcms(module: WebAssembly.Module): StartedWasm<LcmsExports> {
  const implementations: Readonly<Record<string, (...args: number[]) => unknown>> = {
    emscripten_memcpy_js: (to = 0, from = 0, bytes = 0) => {
      new Uint8Array(lcms.memory.buffer).copyWithin(to >>> 0, from >>> 0, (from >>> 0) + (bytes >>> 0));
    },
    emscripten_resize_heap: (wantedBytes = 0) => {
      const bytes = lcms.memory.buffer.byteLength;
      const target = Math.max(wantedBytes >>> 0, bytes * growthFactor);
      // Thrown rather than answered with 0: what does not expect it would write to address 0.
      if (target > maxMemoryBytes) throw new RangeError(`wants ${wantedBytes >>> 0} bytes of memory`);
      lcms.memory.grow(Math.ceil((target - bytes) / pageBytes));
      return 1;
    },
    // The built-in profile bears a date of making, which no colour depends on.
    emscripten_date_now: () => 0,
    _tzset_js: () => undefined,
    _gmtime_js: () => undefined,
  };
  const env: WebAssembly.ModuleImports = {};
  const wasi: WebAssembly.ModuleImports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const target = from === "env" ? env : wasi;
    target[name] = implementations[name] ?? (name.startsWith("invoke_") ? callByIndex : () => unexpectedImport(name));
  }
  const lcms = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi }).exports as unknown as LcmsModule;
  /** Wraps C++ calls that might throw; this is C, so that whatever is thrown is the end of the instance. */
  function callByIndex(index: number, ...args: number[]): unknown {
    return (lcms.__indirect_function_table.get(index) as (...args: number[]) => unknown)(...args);
  }
  lcms.emscripten_stack_init();
  lcms.__wasm_call_ctors();
  return { api: lcms, memory: lcms.memory };
}

/** Files, exceptions and failed assertions. */
function unexpectedImport(name: string): never {
  throw new Error(`unexpected call of ${name}`);
}
