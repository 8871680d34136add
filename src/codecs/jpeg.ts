import mozjpegFactory from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import mozjpegModule from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import { type Decoder, decoderIdleCeilingBytes } from "./adapter.ts";
import type { Pixels } from "./codec.ts";
import { CodecError } from "./codec-error.ts";
import { type EmscriptenFactory, startEmscripten } from "./emscripten.ts";
import { WasmInstance } from "./wasm-instance.ts";

interface MozjpegDecoder {
  /** The result is a copy, made on the JS side. */
  decode(bytes: Uint8Array, applyOrientation: boolean): Pixels | null;
}

/**
 * JPEG to RGBA with mozjpeg (8-bit baseline, extended and progressive Huffman; gray and YCbCr). Neither EXIF
 * orientation nor an embedded profile is applied.
 *
 * mozjpeg fills what it cannot read with gray and goes on, having printed a warning. A warning is an error here: a
 * damaged picture is left as it is. Damage that still is a valid Huffman code is not noticed by any JPEG decoder.
 */
export function createJpegDecoder(): Decoder {
  const warnings: string[] = [];
  const wasm = new WasmInstance<MozjpegDecoder>("jpeg", decoderIdleCeilingBytes, () =>
    startEmscripten(mozjpegFactory as unknown as EmscriptenFactory<MozjpegDecoder>, mozjpegModule, (line) =>
      warnings.push(line),
    ),
  );
  return {
    decode: (bytes) =>
      wasm.run("decode", (mozjpeg) => {
        warnings.length = 0;
        let pixels: Pixels | null;
        try {
          pixels = mozjpeg.decode(bytes, false);
        } catch (error) {
          // libjpeg prints why it gives up and then exits; the thrown status says nothing.
          throw new CodecError("jpeg", "decode", warnings.join("; ") || "stopped", error);
        }
        if (warnings.length > 0) throw new CodecError("jpeg", "decode", warnings.join("; "));
        if (pixels === null) throw new CodecError("jpeg", "decode", "no output");
        return { data: pixels.data, width: pixels.width, height: pixels.height };
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
