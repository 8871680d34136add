import avifModule from "../../../wasm/built/avif-encode.wasm";
import { type Encoder, encoderIdleCeilingBytes } from "../wasm/adapter.ts";
import type { AvifSpeed, SettingsOf } from "../model/settings.ts";
import type { Pixels } from "../model/picture.ts";
import { isOpaque } from "../pixels/alpha.ts";
import { ImagingError } from "../model/error.ts";
import { goOn, type Pause, runInSteps } from "../steps.ts";
import { pausing, startReactor } from "../wasm/reactor.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
import { fillAlpha, fillPlanes, layouts, type Plane, type PlaneLayout } from "./planes.ts";
import { type CodedPicture, writeAvif } from "./write-container.ts";

/** Tuning for still pictures as people see them (`AOM_TUNE_IQ`, aomcx.h): 7 to 12 per cent fewer bytes at the same look. */
const tuneForImageQuality = 10;

/** Without a tuning of its own, and with quantizer 0, libaom codes without loss: edges of logos show any loss of alpha. */
const noTuning = -1;
const lossless = 0;

/** libaom's quantizers, from the best to the worst (`AOME_SET_CQ_LEVEL`). */
const worstQuantizer = 63;

/** Speed 10 is not bounded in this mode: it searches for minutes. */
const fastestSpeed = 9;

/** Exports of the C adapter; addresses are byte offsets in its memory. */
interface Libaom {
  prepare(width: number, height: number, layout: number, bitDepth: number): number;
  allocate(bytes: number): number;
  /** Takes RGBA that was allocated, and frees it. Pauses. */
  readonly halveChroma: (rgba: number) => number;
  planeAt(plane: number): number;
  /** In bytes. */
  strideOf(plane: number): number;
  /** Pauses. */
  readonly encode: (quantizer: number, speed: number, tune: number) => number;
  outputAt(): number;
  outputBytes(): number;
  discard(): void;
}

/**
 * RGBA to lossy AVIF with libaom. A picture without transparency gets no alpha plane.
 * @param pause awaited after every few milliseconds of work, in the middle of it (docs/decisions/023)
 */
export function createAvifEncoder(pause: Pause = goOn): Encoder<SettingsOf<"avif">> {
  const wasm = new WasmInstance<Libaom>("avif", encoderIdleCeilingBytes, async () => startReactor(avifModule, pause));
  return {
    encode: (pixels, settings) =>
      wasm.run("codec", async (libaom, memory) => {
        const colour = await encodeColour(libaom, memory, pixels, settings, pause);
        const alpha = isOpaque(pixels) ? undefined : await encodeAlpha(libaom, memory, pixels, settings, pause);
        return writeAvif(pixels.width, pixels.height, colour, alpha);
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}

async function encodeColour(
  libaom: Libaom,
  memory: WebAssembly.Memory,
  { data, width, height }: Pixels,
  { quality, speed, chroma, bitDepth }: SettingsOf<"avif">,
  pause: Pause,
): Promise<CodedPicture> {
  prepare(libaom, width, height, chroma, bitDepth);
  if (chroma === "4:2:0") {
    const at = libaom.allocate(data.length);
    if (at === 0) throw outOfMemory(width, height);
    new Uint8Array(memory.buffer).set(data, at);
    if ((await pausing(libaom.halveChroma)(at)) === 0) throw outOfMemory(width, height);
  } else {
    const planes = {
      y: planeOf(libaom, memory, 0, height, bitDepth),
      cb: planeOf(libaom, memory, 1, height, bitDepth),
      cr: planeOf(libaom, memory, 2, height, bitDepth),
    };
    await runInSteps(fillPlanes(data, width, height, bitDepth, planes), pause);
  }
  const quantizer = Math.round(((100 - quality) * worstQuantizer) / 100);
  const stream = await encode(libaom, memory, quantizer, speed, tuneForImageQuality);
  return { stream, layout: chroma, bitDepth };
}

async function encodeAlpha(
  libaom: Libaom,
  memory: WebAssembly.Memory,
  { data, width, height }: Pixels,
  { speed }: SettingsOf<"avif">,
  pause: Pause,
): Promise<CodedPicture> {
  const [layout, bitDepth] = ["monochrome", 8] as const;
  prepare(libaom, width, height, layout, bitDepth);
  await runInSteps(fillAlpha(data, width, height, planeOf(libaom, memory, 0, height, bitDepth)), pause);
  return { stream: await encode(libaom, memory, lossless, speed, noTuning), layout, bitDepth };
}

function prepare(libaom: Libaom, width: number, height: number, layout: PlaneLayout, bitDepth: number): void {
  if (libaom.prepare(width, height, layouts[layout], bitDepth) === 0) throw outOfMemory(width, height);
}

function outOfMemory(width: number, height: number): ImagingError {
  return new ImagingError("codec", "avif", `no memory for ${width} × ${height} pixels`);
}

/** A view of one plane; good until the memory grows. */
function planeOf(libaom: Libaom, memory: WebAssembly.Memory, plane: number, rows: number, bitDepth: 8 | 10): Plane {
  const [at, strideBytes] = [libaom.planeAt(plane), libaom.strideOf(plane)];
  return bitDepth === 8
    ? { samples: new Uint8Array(memory.buffer, at, strideBytes * rows), stride: strideBytes }
    : { samples: new Uint16Array(memory.buffer, at, (strideBytes / 2) * rows), stride: strideBytes / 2 };
}

/** Encodes what was prepared, and frees it. */
async function encode(
  libaom: Libaom,
  memory: WebAssembly.Memory,
  quantizer: number,
  speed: AvifSpeed,
  tune: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const error = await pausing(libaom.encode)(quantizer, Math.min(speed, fastestSpeed), tune);
  if (error !== 0) throw new ImagingError("codec", "avif", `libaom says ${error}`);
  const stream = new Uint8Array(memory.buffer, libaom.outputAt(), libaom.outputBytes()).slice();
  libaom.discard();
  return stream;
}
