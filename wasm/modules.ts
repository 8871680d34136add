/** What one WebAssembly module is linked from. Paths are inside the package of static libraries. */
interface ModuleRow {
  /** Folders of headers, and static libraries. */
  readonly headers: readonly string[];
  readonly libraries: readonly string[];
  /** libaom leaves a failed encode or decode by `longjmp`, which becomes a WebAssembly exception. */
  readonly usesLongjmp: boolean;
  /** Functions of the libraries in which the adapter counts work and pauses; see `adapters/pauses.h`. */
  readonly wraps: readonly string[];
}

/** Each is linked of `adapters/NAME.c` and these libraries. */
export const modules = {
  "avif-encode": {
    headers: ["aom", "webp"],
    libraries: ["libaom.a", "libsharpyuv.a"],
    usesLongjmp: true,
    wraps: [
      "av1_rd_pick_intra_mode_sb",
      "av1_nonrd_pick_intra_mode",
      "av1_cdef_filter_fb",
      "av1_filter_block_plane_vert_opt",
      "av1_write_intra_coeffs_mb",
    ],
  },
  "avif-decode": {
    headers: ["aom"],
    libraries: ["libaom.a"],
    usesLongjmp: true,
    wraps: ["av1_read_mode_info", "av1_cdef_filter_fb", "av1_filter_block_plane_vert"],
  },
  "webp-encode": {
    headers: ["webp"],
    libraries: ["libwebp.a", "libsharpyuv.a"],
    usesLongjmp: false,
    wraps: [
      "VP8IteratorImport",
      "VP8PutBit",
      "WebPReportProgress",
      "VP8LEncDspInit",
      "GetColorPalette",
      "VP8LBackwardRefsCursorAdd",
      "VP8LColorCacheInit",
      "VP8LHistogramEstimateBits",
      "VP8LDistanceToPlaneCode",
      "VP8LCreateHuffmanTree",
      "VP8LRefsCursorNextBlock",
    ],
  },
  "webp-decode": { headers: ["webp"], libraries: ["libwebpdecoder.a"], usesLongjmp: false, wraps: [] },
} as const satisfies Record<string, ModuleRow>;

export type ModuleName = keyof typeof modules;

const stackBytes = 1024 * 1024;

/** Arguments for clang: a module without a main program, with 128-bit SIMD, of which only what is exported stays. */
export function compilerArguments(name: ModuleName): string[] {
  const { libraries: archives, usesLongjmp, wraps } = modules[name];
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
    ...wraps.map((symbol) => `-Wl,--wrap=${symbol}`),
    "-Wl,--gc-sections,--strip-all",
    // libaom needs more than the 64 KiB of the default; below everything else, an overflow traps.
    `-Wl,-z,stack-size=${stackBytes},--stack-first`,
    "-o",
    `${name}.wasm`,
  ];
}
