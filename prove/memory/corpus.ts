import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { sourceTypes } from "../../test/support/corpus-sources.ts";
import { corpus, hasCorpus } from "../../test/support/pictures.ts";
import type { Proof } from "../record.ts";
import { judgeHeap, mb } from "./figures.ts";
import { avifAndWebp, baseline, modern, type Source } from "./scenarios.ts";
import { withBundle } from "./server.ts";

const types: Readonly<Record<string, string>> = {
  ...sourceTypes,
  heic: "image/heic",
  jp2: "image/jp2",
  jxl: "image/jxl",
  jxr: "image/jxr",
  svg: "image/svg+xml",
};

const patienceMs = 3000;
const pauseMs = 300;

/** Of each type: the file with the highest figure. */
interface Highest {
  files: number;
  peak: number;
  name: string;
}

/** Every picture of the corpus, below the name of its folder. */
export function readCorpus(): Source[] {
  if (!hasCorpus) throw new Error("the corpus is not there");
  return readdirSync(corpus, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(corpus, join(parentPath, name)))
    .toSorted()
    .flatMap((name) => {
      const type = types[name.slice(name.lastIndexOf(".") + 1)];
      return type === undefined ? [] : [{ path: `/${name}`, type, bytes: new Uint8Array(readFileSync(corpus + name)) }];
    });
}

/** One runtime is asked for every file by three clients at once, until nothing is pending, one file after the other. */
export async function proveCorpus(): Promise<Proof> {
  const sources = readCorpus();
  const highest = new Map<string, Highest>();
  const failures: string[] = [];
  const [idle, resident] = await withBundle(async (start) => {
    const worker = await start(sources);
    try {
      const watching = worker.meter.watch();
      for (const { path, type } of sources) {
        watching.take();
        const accepts = [modern, avifAndWebp, baseline];
        const answers = await Promise.all(accepts.map((accept) => worker.ask(path, accept)));
        await Promise.all(accepts.map((accept) => worker.settle(path, accept, patienceMs, pauseMs)));
        const { most: peak } = watching.take();
        const before = highest.get(type) ?? { files: 0, peak: 0, name: "" };
        highest.set(type, { ...before, files: before.files + 1, ...(peak > before.peak && { peak, name: path }) });
        failures.push(...judgeHeap(path, peak));
        if (answers.some(({ status }) => status !== 200)) failures.push(`${path}: an answer that is no 200`);
      }
      await watching.stop();
      return [worker.idle, worker.residentPeak()];
    } finally {
      await worker.stop();
    }
  });
  const rows = [...highest].map(([type, { files, peak, name }]) => [type, `${files}`, mb(peak), name.slice(1)]);
  return {
    tables: [
      { head: ["type", "files", "highest heap, MB", "with"], rows },
      {
        head: ["one isolate, MB", ""],
        rows: [
          ["before the first request", mb(idle)],
          ["resident over idle, at most", mb(resident)],
        ],
      },
    ],
    failures,
  };
}
