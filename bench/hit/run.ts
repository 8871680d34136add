import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { makePicture } from "../encode/pictures.ts";
import { alternate, type HitResult, measure, summarise, type WorkerName, workers } from "./figures.ts";
import { type LoadTarget, runLoad } from "./load.ts";
import { describeHits, type HitReport, judge, targets as hitTargets } from "./report.ts";
import { bundleOwn, bundleWorker, type Server, startWorkerd } from "./serve.ts";
import { checkBody, startOrigin, storeAnswer, targetOf, warmWorker } from "./warm.ts";
import { type EncodingResult, measureWhileEncoding } from "./while-encoding.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Becomes an AVIF of about 30 kB. */
const pictureFile = "demo/public/photos/hibiscus-window.jpg";

/** Connections and rounds; 16 connections are judged, one shows the latency alone, 64 a queue. */
const plan = [
  { connections: 16, rounds: 10 },
  { connections: 1, rounds: 4 },
  { connections: 64, rounds: 4 },
] as const;
/** Long enough that one pause for a full garbage collection, which delays every connection once, stays below 1 %. */
const roundSeconds = 1.2;

/**
 * Answers of each Worker before anything counts, and the rounds that this may take. The real Worker releases its codecs
 * only after some thousand requests without work for them, and the heap of a bare one is first collected in full after
 * some 25,000 answers: until then they would be measured in a state that does not last.
 */
const warmUp = { answers: 30_000, rounds: 12 } as const;

/** What is made of new pictures while hits are measured: all that is made by default, and each format by itself. */
const encodings = [
  { name: "real", formats: "avif,webp", cold: { size: "usual" }, variables: {} },
  { name: "webp", formats: "webp", cold: { size: "usual" }, variables: { FORMATS: "webp" } },
  { name: "avif", formats: "avif", cold: { size: "usual" }, variables: { FORMATS: "avif" } },
  { name: "large", formats: "webp of 12 MP", cold: { size: "large" }, variables: {} },
  { name: "jxl", formats: "jxl of 12 MP", cold: { size: "large", showsJpegXl: true }, variables: {} },
] as const;
const largeMegapixels = 12;
const whileEncoding = { connections: 16, rounds: 3 } as const;

/**
 * Measures hits through the built Worker, through one that does the least that such a Worker must, and through one that
 * only does `caches.default.match`, in alternating rounds on one workerd; then hits while new pictures are encoded. Prints
 * medians and ratios, writes `bench/results/hit.json`. Takes two to three minutes.
 */
export async function runHitBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-hit-"));
  const large = await (await makePicture(largeMegapixels)).fileAs("jpeg");
  const origin = await startOrigin(readFileSync(join(root, pictureFile)), large);
  let server: Server | undefined;
  try {
    const bundle = join(folder, "worker");
    await bundleWorker(bundle);
    await Promise.all(
      (["worker-bare", "worker-cache", "worker-least"] as const).map((name) => bundleOwn(name, folder)),
    );
    const served = [
      ...encodings.map(({ name, variables }) => ({
        name,
        folder: bundle,
        mainModule: "worker.js",
        variables: { ORIGIN: "http://origin.test", ...variables },
      })),
      ...(["least", "bare"] as const).map((name) => ({
        name,
        folder,
        mainModule: `worker-${name}.js`,
        variables: {},
      })),
    ];
    const running = await startWorkerd(folder, served, origin.port);
    server = running;

    const answer = await warmWorker(running.workerPort("real"));
    await storeAnswer(running.cachePort("bare"), answer);
    await storeAnswer(running.cachePort("least"), answer, "/avif+webp");
    const targets = Object.fromEntries(
      workers.map((name) => [name, targetOf(running.workerPort(name), answer, name === "real")]),
    ) as Record<WorkerName, LoadTarget>;
    const fetchesBefore = origin.count();
    for (const name of workers) await warmHeap(targets[name]);
    const results: HitResult[] = [];
    for (const { connections, rounds } of plan) {
      const sample = (name: WorkerName) => measure(running, targets[name], connections, roundSeconds);
      results.push(summarise(connections, await alternate(rounds, sample)));
    }
    for (const name of workers) await checkBody(running.workerPort(name), answer);
    if (origin.count() !== fetchesBefore) throw new Error("the origin was asked during the measurement");

    const busy: EncodingResult[] = [];
    for (const { name, formats, cold } of encodings) {
      const port = running.workerPort(name);
      const target = targetOf(port, await warmWorker(port), true);
      await runLoad(target, whileEncoding.connections, roundSeconds);
      busy.push(await measureWhileEncoding(target, formats, cold, whileEncoding.connections, whileEncoding.rounds));
    }
    const report: HitReport = {
      body: { type: answer.headers["content-type"], bytes: answer.body.length },
      results,
      whileEncoding: busy,
    };
    console.log(describeHits(report));
    // One processor is for workerd, one for the load generator.
    if (loadBefore > cpus().length - 1) {
      console.log(
        `the machine was busy before (load ${loadBefore.toFixed(1)}): of all figures, CPU µs/request is disturbed least`,
      );
    }
    const { met } = judge(results);
    const run = describeRun("hit", { loadBefore, workerd: workerdVersion() });
    writeRecord("hit", { ...run, targets: hitTargets, met, ...report });
  } finally {
    await server?.stop();
    origin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function warmHeap(target: LoadTarget): Promise<void> {
  let answers = 0;
  for (let round = 0; round < warmUp.rounds && answers < warmUp.answers; round++) {
    answers += (await runLoad(target, plan[0].connections, 1)).answers;
  }
}
