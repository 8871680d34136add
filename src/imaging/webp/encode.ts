import webpModule from "../../../wasm/built/webp-encode.wasm";
import { ImagingError } from "../model/error.ts";
import type { Encoder } from "../wasm/adapter.ts";
import type { LossyWebp, SettingsOf } from "../model/settings.ts";
import { goOn, type Pause } from "../steps.ts";
import { pausing, startReactor } from "../wasm/reactor.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";

/** Exports of the C adapter; addresses are byte offsets in its memory. */
interface Libwebp {
  allocate(bytes: number): number;
  /** Takes RGBA that was allocated, and frees it. Pauses. */
  readonly encodeLossless: (rgba: number, width: number, height: number, method: number, search: number) => number;
  /** The same. */
  readonly encodeLossy: (
    rgba: number,
    width: number,
    height: number,
    method: number,
    quality: number,
    sharpYuv: number,
  ) => number;
  outputAt(): number;
  outputBytes(): number;
  discard(): void;
}

/**
 * How hard the lossless coder searches, 0–100; libwebp reads it from the quality field when `lossless` is set.
 * 75 is what its own presets take for methods 2 to 4.
 */
const losslessSearch = 75;

/** An instance starts in half a millisecond, so that memory beyond this is worth more to whatever comes next. */
const idleCeilingBytes = 16_000_000;

/** What libwebp is used for. */
export type LibwebpSettings = Exclude<SettingsOf<"webp">, LossyWebp<"rows">>;

/**
 * RGBA to WebP with libwebp. Lossless WebP keeps the colour of fully transparent pixels. Lossy WebP has 4:2:0 only: with
 * `sharpYuv` the halved colour is fitted to what a decoder will make of it, so that coloured edges keep their lightness.
 * Without it, red text of a 4:4:4 source cannot be read (SSIMULACRA 2 of 23 instead of 78).
 * @param pause awaited after every few milliseconds of work, in the middle of it (docs/decisions/024)
 */
export function createWebpEncoder(pause: Pause = goOn): Encoder<LibwebpSettings> {
  const wasm = new WasmInstance<Libwebp>("webp", idleCeilingBytes, async () => startReactor(webpModule, pause));
  return {
    encode: ({ data, width, height }, settings) =>
      wasm.run("codec", async (libwebp, memory) => {
        const rgba = libwebp.allocate(data.length);
        if (rgba === 0) throw new ImagingError("codec", "webp", `no memory for ${width} × ${height} pixels`);
        new Uint8Array(memory.buffer).set(data, rgba);
        const error = settings.lossless
          ? await pausing(libwebp.encodeLossless)(rgba, width, height, settings.effort, losslessSearch)
          : await pausing(libwebp.encodeLossy)(
              rgba,
              width,
              height,
              settings.method,
              settings.quality,
              settings.sharpYuv ? 1 : 0,
            );
        if (error !== 0) throw new ImagingError("codec", "webp", `libwebp says ${error}`);
        const file = new Uint8Array(memory.buffer, libwebp.outputAt(), libwebp.outputBytes()).slice();
        libwebp.discard();
        return file;
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}
