import sharp from "sharp";
import { type Spread, spreadOf } from "../hit/statistics.ts";
import type { EncodeSettings } from "../../src/imaging/model/settings.ts";
import { bundleCodecWorker, type CodecRun, type CodecWorker, launchBundled, type RunOptions } from "./launch.ts";

/** What the first use of a codec costs, in milliseconds, by the caller's clock: a Worker's does not advance. */
export interface StartResult {
  readonly codec: string;
  readonly isolates: number;
  /** A tiny picture, in an isolate that has not used this codec; the round trip is taken off. */
  readonly first: Spread;
  /** The same picture once more. */
  readonly next: Spread;
  /** The difference: starting the instance, and compiling what is run for the first time. */
  readonly newIsolate: Spread;
  /** The same difference after the instance was released: the code is compiled already. */
  readonly newInstance: Spread;
}

const side = 16;
const newIsolates = 5;
/** Repetitions in one request, so that the round trip does not count. */
const repeat = 5;
/** No isolate is started after this. */
const timeLimitMs = 15_000;

interface Start {
  readonly codec: string;
  readonly give: (worker: CodecWorker) => Promise<void>;
  readonly run: (worker: CodecWorker, options: RunOptions) => Promise<CodecRun>;
}

type Taken = Readonly<Record<"first" | "next" | "newInstance", number[]>>;

/** Every codec of WebAssembly with the least that it does. */
async function makeStarts(): Promise<Start[]> {
  const picture = sharp({ create: { width: side, height: side, channels: 4, background: "#7a4b2c" } });
  const data = await picture.clone().raw().toBuffer();
  const png = await picture.clone().png().toBuffer();
  const webp = await picture.clone().webp().toBuffer();
  const avif = await picture.clone().removeAlpha().avif({ effort: 0 }).toBuffer();
  const cmyk = await picture.clone().removeAlpha().toColourspace("cmyk").withIccProfile("cmyk").jpeg().toBuffer();
  const encoder = (codec: string, settings: EncodeSettings): Start => ({
    codec,
    give: (worker) => worker.keepPixels({ data, width: side, height: side }),
    run: (worker, options) => worker.encode(settings, options),
  });
  const decoder = (codec: string, file: Buffer): Start => ({
    codec,
    give: (worker) => worker.keepSource(file),
    run: (worker, options) => worker.decode(options),
  });
  const quality = 80;
  return [
    encoder("webp (libwebp)", {
      format: "webp",
      lossless: false,
      coder: "libwebp",
      quality,
      method: 4,
      sharpYuv: true,
    }),
    encoder("avif (libaom)", { format: "avif", quality, speed: 8, chroma: "4:4:4", bitDepth: 8 }),
    encoder("jpeg (mozjpeg)", { format: "jpeg", quality, chroma: "4:4:4" }),
    encoder("jp2 (OpenJPEG)", { format: "jp2", lossless: false, quality }),
    {
      codec: "png optimise (oxipng)",
      give: (worker) => worker.keepSource(png),
      run: (worker, options) => worker.optimise(1, options),
    },
    decoder("png decoding (png)", png),
    decoder("webp decoding (libwebp)", webp),
    decoder("avif decoding (libaom)", avif),
    decoder("CMYK to sRGB (LittleCMS)", cmyk),
  ];
}

/** Starts every codec in several new isolates. */
export async function measureStarts(): Promise<StartResult[]> {
  const endBy = performance.now() + timeLimitMs;
  const bundle = await bundleCodecWorker();
  const starts = await makeStarts();
  const taken = starts.map((): Taken => ({ first: [], next: [], newInstance: [] }));
  let isolates = 0;
  do {
    const worker = await launchBundled(bundle);
    try {
      for (const [index, { give, run }] of starts.entries()) {
        await give(worker);
        const roundTrip = await roundTripOf(worker);
        const first = (await run(worker, { output: false })).milliseconds - roundTrip;
        // Once more unrecorded: buffers of the first use are still to be collected.
        await run(worker, { output: false, repeat });
        const next = (await run(worker, { output: false, repeat })).milliseconds - roundTrip / repeat;
        const started = (await run(worker, { output: false, repeat, fresh: "each" })).milliseconds - roundTrip / repeat;
        taken[index]?.first.push(first);
        taken[index]?.next.push(next);
        taken[index]?.newInstance.push(started - next);
      }
    } finally {
      await worker.close();
    }
    isolates += 1;
  } while (isolates < newIsolates && performance.now() < endBy);
  return starts.map(({ codec }, index) => {
    const { first, next, newInstance } = taken[index] ?? { first: [], next: [], newInstance: [] };
    return {
      codec,
      isolates,
      first: spreadOf(first),
      next: spreadOf(next),
      newIsolate: spreadOf(first.map((ms, round) => ms - (next[round] ?? Number.NaN))),
      newInstance: spreadOf(newInstance),
    };
  });
}

async function roundTripOf(worker: CodecWorker): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) times.push(await worker.touch());
  return spreadOf(times).median;
}
