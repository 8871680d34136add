import webpModule from "../../../wasm/built/webp-decode.wasm";
import { type Decoder, decoderIdleCeilingBytes } from "../wasm/adapter.ts";
import { ImagingError } from "../model/error.ts";
import { startReactor } from "../wasm/reactor.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
import { hasWholePicture, probeWebp } from "./probe.ts";

/** Exports of the C adapter; addresses are byte offsets in its memory. */
interface Libwebp {
  allocate(bytes: number): number;
  release(at: number): void;
  decode(file: number, bytes: number, rgba: number, width: number, height: number): number;
}

/** A still WebP to RGBA with libwebp, as it is stored: neither profile nor orientation is applied. */
export function createWebpDecoder(idleCeilingBytes = decoderIdleCeilingBytes): Decoder {
  const wasm = new WasmInstance<Libwebp>("webp", idleCeilingBytes, async () => startReactor(webpModule));
  return {
    decode: (file) =>
      wasm.run("damaged", (libwebp, memory) => {
        if (!hasWholePicture(file)) throw new ImagingError("damaged", "webp", "not one whole picture");
        const { width, height } = probeWebp(file);
        if (width === undefined || height === undefined) throw new ImagingError("damaged", "webp", "no size");
        const input = libwebp.allocate(file.length);
        const output = input === 0 ? 0 : libwebp.allocate(4 * width * height);
        if (output === 0) throw new ImagingError("limit", "webp", `no memory for ${width} × ${height} pixels`);
        new Uint8Array(memory.buffer).set(file, input);
        const error = libwebp.decode(input, file.length, output, width, height);
        if (error !== 0) throw new ImagingError("damaged", "webp", `libwebp says ${error}`);
        const data = new Uint8ClampedArray(memory.buffer, output, 4 * width * height).slice();
        libwebp.release(output);
        libwebp.release(input);
        return { data, width, height };
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
