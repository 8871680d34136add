import { ImagingError } from "../model/error.ts";
import { type Encoder, encoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { Pixels } from "../model/picture.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten.ts";
import { asWebWorker } from "../wasm/emscripten-shim.ts";
import { encodeJp2, type Jp2Settings, type OpenJpeg } from "./openjpeg.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
// The package names its WASM file by an export that does not end in .wasm, which the bundler's rule would miss.
import openJpegModule from "../../../node_modules/@cornerstonejs/codec-openjpeg/dist/openjpegwasm.wasm";
import openJpegFactory from "@cornerstonejs/codec-openjpeg/wasmjs";

export interface Jp2Encoder extends Encoder<Jp2Settings> {
  /**
   * @param profile ICC profile of the pixels, of a kind that `restrictedIccSpace()` knows; sRGB when undefined
   */
  encode(pixels: Pixels, settings: Jp2Settings, profile?: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * RGBA to JP2 (JPEG 2000 Part 1) with OpenJPEG: reversible wavelet when lossless, else a rate chosen by quality.
 * Colour is never subsampled.
 */
export function createJp2Encoder(): Jp2Encoder {
  const factory = openJpegFactory as EmscriptenFactory<OpenJpeg>;
  const messages: string[] = [];
  const wasm = new WasmInstance<OpenJpeg>("jp2", encoderIdleCeilingBytes, () =>
    startEmscripten<OpenJpeg>(
      (options) => asWebWorker(() => factory(options)),
      openJpegModule,
      (line) => messages.push(line),
    ),
  );
  return {
    encode: (pixels, settings, profile) =>
      wasm.run("codec", (openJpeg) => {
        messages.length = 0;
        try {
          return encodeJp2(openJpeg, pixels, settings, profile);
        } catch (error) {
          // The thrown value is the address of a C++ exception; the reason was printed before.
          if (typeof error !== "number") throw error;
          throw new ImagingError("codec", "jp2", messages.join("; ") || "stopped", error);
        }
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
