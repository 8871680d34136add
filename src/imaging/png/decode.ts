import { ImagingError } from "../model/error.ts";
import { type Decoder, decoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { Pixels } from "../model/picture.ts";
import { readPngChunks } from "./chunks.ts";
import { findPngDamage } from "./damage.ts";
import { hasMissingColours } from "./missing-colours.ts";
import { type StartedWasm, WasmInstance } from "../wasm/wasm-instance.ts";
import pngModule from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";

const pngSignatureBytes = 8;
/** Length and type before the data, CRC after it (§5.3). */
const chunkHeaderBytes = 8;
const chunkCrcBytes = 4;

/** The exports of the Rust module that decoding to 8 bits needs. */
interface PngExports {
  readonly memory: WebAssembly.Memory;
  readonly decode: (address: number, length: number) => number;
  readonly __wbindgen_malloc: (size: number, align: number) => number;
  readonly __wbindgen_free: (address: number, size: number, align: number) => void;
}

/** The chunks that pixels depend on. Others could hold gigabytes of compressed text, which the Rust code would inflate. */
const pixelChunks: readonly string[] = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];

/** Decodes one file; throws on whatever the Rust code panics about, which it does without giving a reason. */
type DecodePng = (bytes: Uint8Array) => Pixels;

/**
 * PNG to RGBA with the Rust `png` crate. Palette, gray and tRNS are expanded, interlaced rows put in order, 16-bit
 * samples reduced; colour under alpha 0 is kept. Only the first picture of an APNG; no gamma, no profile. A file that
 * `findPngDamage()` objects to is an error.
 */
export function createPngDecoder(): Decoder {
  const wasm = new WasmInstance<DecodePng>("png", decoderIdleCeilingBytes, startPng);
  return {
    decode: (bytes) => {
      const damage = findPngDamage(bytes);
      if (damage !== undefined) return Promise.reject(new ImagingError("damaged", "png", damage));
      if (hasMissingColours(bytes))
        return Promise.reject(new ImagingError("damaged", "png", "colours beyond the palette"));
      return wasm.run("damaged", (decode) => decode(bytes));
    },
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}

/**
 * The glue that comes with the package keeps its instance in a module global for ever; this one belongs to its
 * instance. The Rust code hands over one object, the decoded picture, through one import.
 */
async function startPng(): Promise<StartedWasm<DecodePng>> {
  let decoded: Pixels | undefined;

  // Import names end in a hash that changes with each build of the module, so they are recognised by their beginning.
  const implementations: Readonly<Record<string, (...args: number[]) => unknown>> = {
    __wbg_newwithownedu8clampedarrayandsh_: (address = 0, length = 0, width = 0, height = 0) => {
      decoded = {
        data: new Uint8ClampedArray(rust.memory.buffer, address >>> 0, length >>> 0).slice(),
        width: width >>> 0,
        height: height >>> 0,
      };
      rust.__wbindgen_free(address, length, 1);
      return 0;
    },
    __wbindgen_throw: (address = 0, length = 0) => {
      throw new Error(new TextDecoder().decode(new Uint8Array(rust.memory.buffer, address >>> 0, length >>> 0)));
    },
    __wbindgen_object_drop_ref: () => undefined,
  };
  const wbg: WebAssembly.ModuleImports = {};
  for (const { name } of WebAssembly.Module.imports(pngModule)) {
    const prefix = Object.keys(implementations).find((key) => name.startsWith(key));
    wbg[name] = (prefix === undefined ? undefined : implementations[prefix]) ?? (() => unexpectedImport(name));
  }
  const rust = new WebAssembly.Instance(pngModule, { wbg }).exports as unknown as PngExports;

  return {
    memory: rust.memory,
    api: (bytes) => {
      decoded = undefined;
      const parts = pixelParts(bytes);
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      const address = rust.__wbindgen_malloc(length, 1) >>> 0;
      const memory = new Uint8Array(rust.memory.buffer);
      for (let at = address, i = 0; i < parts.length; at += parts[i++].length) memory.set(parts[i], at);
      rust.decode(address, length);
      const pixels: Pixels | undefined = decoded;
      decoded = undefined;
      if (pixels === undefined) throw new ImagingError("damaged", "png", "no output");
      return pixels;
    },
  };
}

/** The signature and the chunks that pixels depend on, as views; neighbours are one part. */
function pixelParts(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  let end = pngSignatureBytes;
  for (const { type, data } of readPngChunks(bytes)) {
    if (!pixelChunks.includes(type)) continue;
    const chunkStart = data.byteOffset - bytes.byteOffset - chunkHeaderBytes;
    if (chunkStart !== end) {
      parts.push(bytes.subarray(start, end));
      start = chunkStart;
    }
    end = chunkStart + chunkHeaderBytes + data.length + chunkCrcBytes;
  }
  return [...parts, bytes.subarray(start, end)];
}

/** The other imports serve the 16-bit decoder, which is not called. */
function unexpectedImport(name: string): never {
  throw new Error(`unexpected call of ${name}`);
}
