import { ImagingError } from "../model/error.ts";
import { isGray, isOpaque } from "../pixels/alpha.ts";
import { encoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { Chroma } from "../model/settings.ts";
import type { Pixels } from "../model/picture.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
import mozjpegFactory from "@jsquash/jpeg/codec/enc/mozjpeg_enc.js";
import mozjpegModule from "@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm";

export interface JpegSettings {
  /** libjpeg's scale, 1–100. */
  readonly quality: number;
  readonly chroma: Chroma;
}

export interface JpegWriter {
  /**
   * A progressive JPEG with optimised Huffman tables; one component when the picture is gray. JFIF only: no EXIF, no
   * profile.
   *
   * @throws ImagingError when a pixel is not opaque, since JPEG has no transparency
   */
  encode(pixels: Pixels, settings: JpegSettings): Promise<Uint8Array<ArrayBuffer>>;
  liveBytes(): number;
  drop(): void;
}

/** libjpeg's J_COLOR_SPACE (jpeglib.h) of the file. */
const colourSpaces = { gray: 1, ycbcr: 3 } as const;

/** The binding wants every field; see mozjpeg's cjpeg for their meaning. */
const defaultConfig = {
  quality: 90,
  baseline: false,
  arithmetic: false, // browsers cannot read it
  progressive: true,
  optimize_coding: true,
  smoothing: 0,
  color_space: colourSpaces.ycbcr as number,
  quant_table: 3, // the tables of N. Robidoux, mozjpeg's default
  trellis_multipass: false,
  trellis_opt_zero: false,
  trellis_opt_table: false,
  trellis_loops: 1,
  auto_subsample: false,
  chroma_subsample: 2,
  separate_chroma_quality: false,
  chroma_quality: 90,
};

interface MozjpegEncoder {
  /** The result is a copy, made on the JS side. */
  encode(
    rgba: Uint8ClampedArray,
    width: number,
    height: number,
    config: typeof defaultConfig,
  ): Uint8Array<ArrayBuffer> | null;
}

/** Opaque RGBA to JPEG with mozjpeg. */
export function createJpegWriter(): JpegWriter {
  const warnings: string[] = [];
  const wasm = new WasmInstance<MozjpegEncoder>("jpeg", encoderIdleCeilingBytes, () =>
    startEmscripten(mozjpegFactory as unknown as EmscriptenFactory<MozjpegEncoder>, mozjpegModule, (line) =>
      warnings.push(line),
    ),
  );
  return {
    encode: async (pixels, settings) => {
      if (!isOpaque(pixels)) throw new ImagingError("unsupported", "jpeg", "the picture has transparency");
      const config = {
        ...defaultConfig,
        quality: settings.quality,
        chroma_quality: settings.quality,
        chroma_subsample: settings.chroma === "4:4:4" ? 1 : 2,
        color_space: isGray(pixels) ? colourSpaces.gray : colourSpaces.ycbcr,
      };
      return wasm.run("codec", (mozjpeg) => {
        warnings.length = 0;
        let file: Uint8Array<ArrayBuffer> | null;
        try {
          file = mozjpeg.encode(pixels.data, pixels.width, pixels.height, config);
        } catch (error) {
          // libjpeg prints why it gives up and then exits; the thrown status says nothing.
          throw new ImagingError("codec", "jpeg", warnings.join("; ") || "stopped", error);
        }
        if (file === null) throw new ImagingError("codec", "jpeg", "no output");
        return file;
      });
    },
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
