import type { Proof } from "../record.ts";
import { readCorpus } from "./corpus.ts";
import { judgeHeap, mb } from "./figures.ts";
import { avifAndWebp, baseline, modern } from "./scenarios.ts";
import { withBundle } from "./server.ts";

const requestCount = 2000;
const imageCount = 60;
const connections = 6;
const tenths = 10;

/** Of six clients, from the newest to those that take what every browser takes. */
const accepts = [
  modern,
  avifAndWebp,
  "image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  baseline,
] as const;

/** By how much the highest figure of the last tenth may be above that of the first: when the engine collects is chance. */
const mostGrowth = 5e6;

/** Mixed requests over some files of the corpus, several at a time, in an order that is always the same. */
export async function proveSoak(): Promise<Proof> {
  const all = readCorpus();
  const sources = Array.from({ length: imageCount }, (_, index) => all[Math.floor((index * all.length) / imageCount)]);
  const images = sources.filter((source) => source !== undefined);
  const failures: string[] = [];
  const rows: string[][] = [];
  await withBundle(async (start) => {
    const worker = await start(images);
    try {
      const watching = worker.meter.watch();
      const highest: number[] = [];
      const random = numbers(17);
      for (let tenth = 0; tenth < tenths; tenth++) {
        let left = requestCount / tenths;
        const statuses: number[] = [];
        const client = async (): Promise<void> => {
          while (left-- > 0) {
            const path = images[random(images.length)]?.path ?? "/";
            statuses.push((await worker.ask(path, accepts[random(accepts.length)] ?? baseline)).status);
          }
        };
        await Promise.all(Array.from({ length: connections }, client));
        const { most, least } = watching.take();
        highest.push(most);
        rows.push([`${tenth + 1}`, `${statuses.length}`, mb(most), mb(least), mb(worker.residentPeak())]);
        failures.push(...judgeHeap(`tenth ${tenth + 1}`, most));
        const failed = statuses.filter((status) => status !== 200).length;
        if (failed > 0) failures.push(`tenth ${tenth + 1}: ${failed} answers that are no 200`);
        console.log(rows.at(-1)?.join(", "));
      }
      await watching.stop();
      const growth = (highest.at(-1) ?? 0) - (highest[0] ?? 0);
      if (growth > mostGrowth) failures.push(`the heap has grown by ${mb(growth)} MB`);
    } finally {
      await worker.stop();
    }
  });
  const head = ["tenth", "requests", "highest heap, MB", "lowest", "resident over idle, at most so far"];
  return { tables: [{ head, rows }], failures };
}

/** Numbers below a bound that are always the same (Lehmer's generator, Park and Miller 1988). */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}
