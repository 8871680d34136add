import { ImagingError } from "../model/error.ts";
import { describePng, hasLooseTransparency, isAnimatedPng, isFaithfulOptimising } from "./faithful-optimising.ts";
import { encoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { OxipngPreset } from "../model/settings.ts";
import type { Pixels } from "../model/picture.ts";
import { findPngDamage } from "./damage.ts";
import { hasMissingColours } from "./missing-colours.ts";
import { type StartedWasm, WasmInstance } from "../wasm/wasm-instance.ts";
import { goOn, type Pause } from "../steps.ts";
import { pausing, pausingHost } from "../wasm/reactor.ts";
import oxipngModule from "../../../wasm/built/oxipng.wasm";

export interface PngOptimiser {
  /**
   * The same picture in fewer bytes: other colour type, bit depth, palette, filters and deflate stream, never other
   * pixels (colour under alpha 0 and all 16 bits are kept). Interlaced pictures become sequential. Answers `bytes`
   * itself when nothing is gained, when the gain would cost the right profile or transparency, and when oxipng does not
   * take the pixels' stream.
   *
   * Ancillary chunks stay as they are, in their order, unknown ones too; but bKGD, sBIT and hIST go when the colour
   * type, depth or palette changes, because they describe the old one, and iCCP is compressed again.
   *
   * @throws ImagingError `unsupported` for an APNG, `damaged` for a file that `findPngDamage()` objects to, and for one that
   * names colours which its palette does not have
   */
  optimise(bytes: Uint8Array<ArrayBuffer>, effort: OxipngPreset): Promise<Uint8Array<ArrayBuffer>>;
  /** A PNG of exactly these pixels in the smallest colour type that holds them, without ancillary chunks but tRNS. */
  encode(pixels: Pixels, effort: OxipngPreset): Promise<Uint8Array<ArrayBuffer>>;
  liveBytes(): number;
  drop(): void;
}

/**
 * What the Rust module exports; results are an address and a length, written where `add_to_stack_pointer` points. The first two
 * pause, and answer nothing.
 */
interface OxipngExports {
  readonly memory: WebAssembly.Memory;
  readonly optimise: (
    result: number,
    address: number,
    length: number,
    level: number,
    interlace: number,
    optimiseAlpha: number,
  ) => number;
  readonly optimise_raw: (
    result: number,
    address: number,
    length: number,
    width: number,
    height: number,
    level: number,
    interlace: number,
    optimiseAlpha: number,
  ) => number;
  readonly __wbindgen_add_to_stack_pointer: (bytes: number) => number;
  readonly __wbindgen_malloc: (size: number, align: number) => number;
  readonly __wbindgen_free: (address: number, size: number, align: number) => void;
}

interface Oxipng {
  optimise(file: Uint8Array, level: OxipngPreset): Promise<Uint8Array<ArrayBuffer>>;
  optimiseRaw(pixels: Pixels, level: OxipngPreset): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * PNG to smaller PNG, and RGBA to PNG, with oxipng.
 * @param pause awaited after every few milliseconds of work, in the middle of it (docs/decisions/025)
 */
export function createPngOptimiser(pause: Pause = goOn): PngOptimiser {
  const wasm = new WasmInstance<Oxipng>("png", encoderIdleCeilingBytes, async () => startOxipng(pause));
  return {
    optimise: async (bytes, effort) => {
      const source = describePng(bytes);
      const damage = findPngDamage(bytes);
      if (source === undefined || damage !== undefined)
        throw new ImagingError("damaged", "png", damage ?? "no IHDR or IEND");
      if (isAnimatedPng(source)) throw new ImagingError("unsupported", "png", "animated");
      if (hasMissingColours(bytes)) throw new ImagingError("damaged", "png", "colours beyond the palette");
      if (hasLooseTransparency(source)) return bytes;
      const file = await optimiseIfAccepted(wasm, bytes, effort);
      const optimised = describePng(file);
      if (optimised === undefined) throw new ImagingError("codec", "png", "no output");
      return file.length < bytes.length && isFaithfulOptimising(source, optimised) ? file : bytes;
    },
    encode: (pixels, effort) => wasm.run("codec", (oxipng) => oxipng.optimiseRaw(pixels, effort)),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}

/**
 * The optimised file, or `bytes` themselves when oxipng panics about them: it wants a whole zlib stream of exactly the
 * right length, while browsers show what there is. It would do the same at every attempt.
 */
async function optimiseIfAccepted(
  wasm: WasmInstance<Oxipng>,
  bytes: Uint8Array<ArrayBuffer>,
  effort: OxipngPreset,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await wasm.run("damaged", (oxipng) => oxipng.optimise(bytes, effort));
  } catch (error) {
    if (error instanceof ImagingError && error.kind === "damaged") return bytes;
    throw error;
  }
}

/** Where a Rust function leaves its result: two 32-bit numbers, and 8 bytes to keep the stack aligned. */
const resultBytes = 16;

/**
 * The glue that comes with the package keeps its instance in a module global for ever, and starts threads where it can;
 * this one belongs to its instance. A Rust panic is a trap, which leaves the stack pointer wrong: the instance goes.
 */
function startOxipng(pause: Pause): StartedWasm<Oxipng> {
  const wbg: WebAssembly.ModuleImports = {
    __wbindgen_throw: (address: number, length: number) => {
      throw new Error(new TextDecoder().decode(new Uint8Array(rust.memory.buffer, address >>> 0, length >>> 0)));
    },
  };
  const rust = new WebAssembly.Instance(oxipngModule, { wbg, host: pausingHost(pause) })
    .exports as unknown as OxipngExports;
  const optimise = pausing(rust.optimise);
  const optimiseRaw = pausing(rust.optimise_raw);

  const call = async (
    input: Uint8Array | Uint8ClampedArray,
    run: (result: number, address: number) => Promise<unknown>,
  ): Promise<Uint8Array<ArrayBuffer>> => {
    const result = rust.__wbindgen_add_to_stack_pointer(-resultBytes);
    // The Rust side frees its input.
    const address = rust.__wbindgen_malloc(input.length, 1) >>> 0;
    new Uint8Array(rust.memory.buffer).set(input, address);
    await run(result, address);
    const view = new DataView(rust.memory.buffer);
    const start = view.getUint32(result, true);
    const length = view.getUint32(result + 4, true);
    const output = new Uint8Array(rust.memory.buffer, start, length).slice();
    rust.__wbindgen_free(start, length, 1);
    rust.__wbindgen_add_to_stack_pointer(resultBytes);
    return output;
  };
  return {
    memory: rust.memory,
    api: {
      // The last two arguments: not interlaced; and colour under alpha 0 stays, although changing it would save more.
      optimise: (file, level) => call(file, (result, address) => optimise(result, address, file.length, level, 0, 0)),
      optimiseRaw: ({ data, width, height }, level) =>
        call(data, (result, address) => optimiseRaw(result, address, data.length, width, height, level, 0, 0)),
    },
  };
}
