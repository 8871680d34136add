import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { makePicture } from "../encode/pictures.ts";

const defaultMegapixels = [1, 12];
const rounds = 5;
/** One request repeats short work until it takes about this long, so that the round trip does not count. */
const roundMs = 200;

/**
 * Times reading and packing of JPEGs in workerd and prints milliseconds per megapixel: the first run, as a new isolate
 * has it, and the fastest and the median of those after it.
 */
export async function runCoefficientBench(megapixels: readonly number[] = defaultMegapixels): Promise<void> {
  const miniflare = new Miniflare({
    cf: false,
    workers: [
      {
        config: {
          name: "coefficients",
          compatibilityDate: "2026-10-20",
          manifest: {
            mainModule: "worker.js",
            modules: { "worker.js": { type: "esm", contents: await bundle() } },
          },
        },
      },
    ],
  });
  const send = async (path: string, method: string, body?: Uint8Array): Promise<string> => {
    const response = await miniflare.dispatchFetch(`http://coefficients.test${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.text();
  };
  const timeRun = async (path: string, repeat: number): Promise<number> => {
    const started = performance.now();
    await send(`${path}?repeat=${repeat}`, "POST");
    return (performance.now() - started) / repeat;
  };
  try {
    console.log("picture               work   first  fastest  median  ms/MP   bytes before, after");
    for (const size of megapixels) {
      const picture = await makePicture(size);
      for (const [kind, jpeg] of [
        ["sequential", picture.jpeg],
        ["progressive", picture.progressiveJpeg],
      ] as const) {
        await send("/source", "PUT", jpeg);
        for (const path of ["/read", "/pack"]) {
          const first = await timeRun(path, 1);
          const repeat = Math.max(1, Math.round(roundMs / first));
          const times: number[] = [];
          for (let round = 0; round < rounds; round++) times.push(await timeRun(path, repeat));
          times.sort((a, b) => a - b);
          const perMegapixel = [first, times[0], times[rounds >> 1]].map((ms) => (ms / picture.megapixels).toFixed(1));
          const after = path === "/pack" ? await send("/pack?repeat=1", "POST") : "";
          console.log(
            `${picture.megapixels.toFixed(1).padStart(5)} MP ${kind.padEnd(12)} ${path}  ${perMegapixel.map((text) => text.padStart(7)).join(" ")}          ${jpeg.length} ${after}`,
          );
        }
      }
    }
  } finally {
    await miniflare.dispose();
  }
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
    entryPoints: ["bench/coefficients/worker.ts"],
    bundle: true,
    format: "esm",
    target: "es2024",
    write: false,
  });
  return outputFiles[0].text;
}
