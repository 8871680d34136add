/** What one WebAssembly module is linked from. Paths are inside the package of static libraries. */
interface ModuleRow {
  /** Folders of headers, and static libraries. */
  readonly headers: readonly string[];
  readonly libraries: readonly string[];
  /** libaom leaves a failed encode or decode by `longjmp`, which becomes a WebAssembly exception. */
  readonly usesLongjmp: boolean;
}

/** Each is linked of `adapters/NAME.c` and these libraries. */
export const modules = {
  "avif-encode": { headers: ["aom", "webp"], libraries: ["libaom.a", "libsharpyuv.a"], usesLongjmp: true },
  "avif-decode": { headers: ["aom"], libraries: ["libaom.a"], usesLongjmp: true },
  "webp-decode": { headers: ["webp"], libraries: ["libwebpdecoder.a"], usesLongjmp: false },
} as const satisfies Record<string, ModuleRow>;

export type ModuleName = keyof typeof modules;

const stackBytes = 1024 * 1024;

/** Arguments for clang: a module without a main program, with 128-bit SIMD, of which only what is exported stays. */
export function compilerArguments(name: ModuleName): string[] {
  const { libraries: archives, usesLongjmp } = modules[name];
  return [
    "-O3",
    "--target=wasm32-wasip1",
    "-mexec-model=reactor",
    "-msimd128",
    ...(usesLongjmp ? ["-fwasm-exceptions", "-mllvm", "-wasm-enable-sjlj"] : []),
    "-Iinclude",
    // Headers of libsharpyuv name each other from there.
    "-Iinclude/webp",
    `${name}.c`,
    ...archives,
    ...(usesLongjmp ? ["-lsetjmp"] : []),
    "-Wl,--gc-sections,--strip-all",
    // libaom needs more than the 64 KiB of the default; below everything else, an overflow traps.
    `-Wl,-z,stack-size=${stackBytes},--stack-first`,
    "-o",
    `${name}.wasm`,
  ];
}
