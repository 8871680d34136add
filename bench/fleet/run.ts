import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchFleet, type LocalFleet } from "../../scripts/fleet/launch.ts";
import { launchEdge } from "../../test/support/edge.ts";
import { prices } from "../cost/prices.ts";
import { bundleWorker } from "../hit/serve.ts";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { type Day, simulateDay } from "./day.ts";
import { type Burst, burst, untilFinal, workerdSeconds } from "./measure.ts";
import { makePictures, startOrigin } from "./pictures.ts";
import { describeFleet, type FleetReport, type Shared } from "./report.ts";

const dataCentres = [1, 2, 8] as const;
const sharedPictures = 3;
const usualBurstPictures = 100;
/** Of a queue: a write, a read and a deletion of each message. */
const millionMessages = 1.2;

/**
 * New JPEGs of one megapixel, asked for by every modern class in each data centre: what a fleet takes for them, beside
 * data centres that each make their own. Prints tables and writes `bench/results/fleet.json`.
 */
export async function runFleetBench(): Promise<void> {
  const burstPictures = Number(process.argv[3] ?? usualBurstPictures);
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-bench-fleet-"));
  const pictures = await makePictures(burstPictures + 1);
  const origin = await startOrigin(pictures);
  const vars = { ORIGIN: origin.url };
  const embedded = await embeddedDollars();
  try {
    const shared: Shared[] = [];
    for (const count of dataCentres) {
      const fleet = await launchFleet({ gateways: count, vars, folder });
      shared.push(await measureShared(fleet, origin.count, embedded * count));
      await fleet.close();
    }
    const paths = Array.from({ length: burstPictures }, (_, index) => `/${index + 1}.jpg`);
    const fleet = await launchFleet({ gateways: 2, vars, folder });
    await untilFinal(fleet.urls, "/0.jpg");
    const fleetBurst = await burst(fleet.urls, paths, "/0.jpg");
    await fleet.close();
    await bundleWorker(join(folder, "worker"));
    const edge = await launchEdge(join(folder, "worker"), { vars });
    await untilFinal([edge.url], "/0.jpg");
    const embeddedBurst = await burst([edge.url], paths, "/0.jpg");
    await edge.close();
    const days = simulateDays(shared, embedded, embeddedBurst);
    const report: FleetReport = { pictures: sharedPictures, shared, burstPictures, fleetBurst, embeddedBurst, days };
    console.log(describeFleet(report));
    writeRecord("fleet", { ...describeRun("fleet", { workerd: workerdVersion() }), ...report });
  } finally {
    await origin.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureShared(fleet: LocalFleet, originCount: () => number, embedded: number): Promise<Shared> {
  const before = { fetches: originCount(), cpu: workerdSeconds() };
  const seconds: number[] = [];
  for (let picture = 0; picture < sharedPictures; picture++) {
    seconds.push(await untilFinal(fleet.urls, `/${picture}.jpg`));
  }
  const read = async <Value>(url: string): Promise<Value> => (await fetch(url)).json() as Promise<Value>;
  const all = [...fleet.urls, fleet.encoderUrl];
  const stats = await Promise.all(all.map((url) => read<Stats>(`${url}/_imaging/stats`)));
  const counts = await Promise.all(all.map((url) => read<Counts>(`${url}/_fleet/counts`)));
  const cpu = workerdSeconds().map((value, index) => ((value - (before.cpu[index] ?? 0)) * 1000) / sharedPictures);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / sharedPictures;
  const formats = [...new Set(stats.flatMap(({ encodes }) => Object.keys(encodes)))];
  const found = {
    dataCentres: fleet.urls.length,
    sourceFetches: (originCount() - before.fetches) / sharedPictures,
    encodes: Object.fromEntries(
      formats.map((format) => [format, sum(stats.map(({ encodes }) => encodes[format] ?? 0))]),
    ),
    drafts: sum(stats.map(({ drafts }) => drafts)),
    encoderCpuMs: cpu[0] ?? 0,
    gatewayCpuMs: cpu[1] ?? 0,
    writes: sum(counts.map(({ writes }) => writes)),
    reads: sum(counts.map(({ reads }) => reads)),
    messages: sum(counts.map(({ messages = 0 }) => messages)),
    finalSeconds: sum(seconds),
  };
  const { r2 } = prices;
  const dollarsPerMillion =
    (found.encoderCpuMs + found.gatewayCpuMs) * prices.millionCpuMs +
    found.messages * (millionMessages + prices.millionRequests) +
    found.writes * r2.millionWrites +
    found.reads * r2.millionReads;
  return { ...found, dollarsPerMillion, embeddedDollarsPerMillion: embedded };
}

interface Stats {
  readonly encodes: Readonly<Record<string, number>>;
  readonly drafts: number;
}

interface Counts {
  readonly writes: number;
  readonly reads: number;
  readonly messages?: number;
}

/** Dollars of a million new pictures in one data centre, by the benchmark of costs. */
async function embeddedDollars(): Promise<number> {
  const file = new URL("../results/cost.json", import.meta.url);
  const { images } = JSON.parse(await readFile(file, "utf8")) as {
    readonly images: readonly {
      readonly audience: string;
      readonly megapixels: number;
      readonly perMillionImages: number;
    }[];
  };
  const image = images.findLast(({ megapixels }) => megapixels === 1);
  if (image === undefined) throw new Error("bench/results/cost.json has no picture of one megapixel");
  return image.perMillionImages;
}

const requestsPerDay = [1e6, 1e7, 1e8, 1e9] as const;
/** What a further data centre reads: manifest, mark of a purge, and a file for each of three classes. */
const readsPerImport = 5;

function simulateDays(shared: readonly Shared[], embedded: number, alone: Burst): readonly Day[] {
  const one = shared[0];
  if (one === undefined) throw new Error("nothing was measured");
  const fleet = {
    newPictures: one.dollarsPerMillion,
    imports: readsPerImport * prices.r2.millionReads,
    finalSeconds: one.finalSeconds,
  };
  // Its data centres are not busy: a new picture is final as soon as its encodes are done.
  const single = {
    newPictures: embedded,
    imports: 0,
    finalSeconds: Math.min(one.finalSeconds, alone.finalSeconds.p50),
  };
  return requestsPerDay.map((requests) => simulateDay(requests, fleet, single));
}
