import avifModule from "../../../wasm/built/avif-decode.wasm";
import { type Decoder, decoderIdleCeilingBytes } from "../wasm/adapter.ts";
import { ImagingError } from "../model/error.ts";
import { goOn, type Pause, runInSteps } from "../steps.ts";
import { pausing, startReactor } from "../wasm/reactor.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";
import { applyAlpha, type DecodedPlanes, toRgba, undoPremultiplying } from "./from-planes.ts";
import type { Plane } from "./planes.ts";
import { type AvifStream, readAvif } from "./read-container.ts";

/** Exports of the C adapter; addresses are byte offsets in its memory. */
interface Libaom {
  prepare(bytes: number): number;
  /** Pauses. */
  readonly decode: (bytes: number) => number;
  fact(which: number): number;
  planeAt(plane: number): number;
  strideOf(plane: number): number;
  discard(): void;
}

/** The adapter's numbers for `fact()`. */
const facts = {
  width: 0,
  height: 1,
  bitDepth: 2,
  monochrome: 3,
  chromaShiftX: 4,
  chromaShiftY: 5,
  isWide: 6,
  matrix: 9,
  range: 10,
} as const;

/**
 * AVIF to RGBA with libaom: one still picture with or without alpha, as it is stored (`irot` and `imir` are not
 * applied, the profile is not either). Everything else is refused with an `ImagingError`; `describeAvif()` says before
 * which.
 */
export function createAvifDecoder(idleCeilingBytes = decoderIdleCeilingBytes, pause: Pause = goOn): Decoder {
  const wasm = new WasmInstance<Libaom>("avif", idleCeilingBytes, async () => startReactor(avifModule, pause));
  return {
    decode: (file) =>
      wasm.run("damaged", async (libaom, memory) => {
        const { colour, alpha, isPremultiplied, matrix, fullRange } = readAvif(file as Uint8Array<ArrayBuffer>);
        const picture = await decodeStream(libaom, memory, colour);
        const data = await runInSteps(toRgba({ ...picture, matrix, fullRange }), pause);
        const { width, height } = picture;
        if (alpha !== undefined) {
          applyAlpha(data, await decodeStream(libaom, memory, alpha));
          if (isPremultiplied) undoPremultiplying(data);
        }
        libaom.discard();
        return { data, width, height };
      }),
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}

/** Views of the decoded planes; good until the next call. */
async function decodeStream(
  libaom: Libaom,
  memory: WebAssembly.Memory,
  { bytes, header }: AvifStream,
): Promise<DecodedPlanes> {
  const at = libaom.prepare(bytes.length);
  if (at === 0) throw new ImagingError("limit", "avif", "no memory for the file");
  new Uint8Array(memory.buffer).set(bytes, at);
  const error = await pausing(libaom.decode)(bytes.length);
  if (error !== 0) throw new ImagingError("damaged", "avif", `libaom says ${error}`);
  const fact = (name: keyof typeof facts): number => libaom.fact(facts[name]);
  const [width, height] = [fact("width"), fact("height")];
  if (width !== header.width || height !== header.height)
    throw new ImagingError("damaged", "avif", `${width} × ${height} pixels in place of what the stream says`);
  const monochrome = fact("monochrome") === 1;
  const chromaShift = [fact("chromaShiftX"), fact("chromaShiftY")] as [0 | 1, 0 | 1];
  const chromaRows = (height + chromaShift[1]) >> chromaShift[1];
  const planeOf = (plane: number, rows: number): Plane => {
    const [start, stride] = [libaom.planeAt(plane), libaom.strideOf(plane)];
    return fact("isWide") === 1
      ? { samples: new Uint16Array(memory.buffer, start, (stride / 2) * rows), stride: stride / 2 }
      : { samples: new Uint8Array(memory.buffer, start, stride * rows), stride };
  };
  return {
    width,
    height,
    bitDepth: fact("bitDepth"),
    monochrome,
    chromaShift,
    fullRange: fact("range") === 1,
    matrix: fact("matrix"),
    planes: monochrome ? [planeOf(0, height)] : [planeOf(0, height), planeOf(1, chromaRows), planeOf(2, chromaRows)],
  };
}
