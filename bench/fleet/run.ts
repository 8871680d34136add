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

/** What a new picture took, per picture, with so many data centres that ask for it at the same time. */
export interface Shared {
  readonly dataCentres: number;
  readonly sourceFetches: number;
  readonly encodes: Readonly<Record<string, number>>;
  readonly drafts: number;
  readonly gatewayCpuMs: number;
  readonly encoderCpuMs: number;
  readonly writes: number;
  readonly reads: number;
  readonly messages: number;
  readonly finalSeconds: number;
  readonly dollarsPerMillion: number;
  readonly embeddedDollarsPerMillion: number;
}

export interface FleetReport {
  readonly pictures: number;
  readonly shared: readonly Shared[];
  readonly burstPictures: number;
  readonly fleetBurst: Burst;
  readonly embeddedBurst: Burst;
  readonly days: readonly Day[];
}

const dataCentres = [1, 2, 8] as const;
const sharedPictures = 4;
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
      console.log(describeShared(shared.slice(-1), shared.length === 1));
    }
    const paths = Array.from({ length: burstPictures }, (_, index) => `/${index + 1}.jpg`);
    const fleet = await launchFleet({ gateways: 2, vars, folder });
    await untilFinal(fleet.urls, "/0.jpg");
    const fleetBurst = await burst(fleet.urls, paths, "/0.jpg");
    await fleet.close();
    console.log(describeBurst("fleet of 2", fleetBurst));
    await bundleWorker(join(folder, "worker"));
    const edge = await launchEdge(join(folder, "worker"), { vars });
    await untilFinal([edge.url], "/0.jpg");
    const embeddedBurst = await burst([edge.url], paths, "/0.jpg");
    await edge.close();
    console.log(describeBurst("one Worker", embeddedBurst));
    const days = simulateDays(shared, embedded, embeddedBurst);
    console.log(describeDays(days));
    const report: FleetReport = { pictures: sharedPictures, shared, burstPictures, fleetBurst, embeddedBurst, days };
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

const round = (value: number, digits = 0): string => value.toFixed(digits);

export function describeShared(shared: readonly Shared[], withHead = true): string {
  const head =
    "data centres  fetches  encodes (drafts)                  CPU ms gateways, encoder  R2 writes, reads  messages  $ per million  one Worker in each";
  const lines = shared.map((each) =>
    [
      String(each.dataCentres).padStart(12),
      round(each.sourceFetches, 1).padStart(9),
      `  ${Object.entries(each.encodes)
        .map(([format, count]) => `${format} ${round(count, 1)}`)
        .join(", ")} (${round(each.drafts, 1)})`.padEnd(36),
      `${round(each.gatewayCpuMs)}, ${round(each.encoderCpuMs)}`.padStart(24),
      `${round(each.writes, 1)}, ${round(each.reads, 1)}`.padStart(18),
      round(each.messages, 1).padStart(10),
      `$${round(each.dollarsPerMillion)}`.padStart(15),
      `$${round(each.embeddedDollarsPerMillion)}`.padStart(20),
    ].join(""),
  );
  return [...(withHead ? [head] : []), ...lines].join("\n");
}

export function describeBurst(name: string, { firstByteMs, finalSeconds, quietHitMs, hitMs }: Burst): string {
  const line = (figures: Burst["hitMs"]): string =>
    `p50 ${round(figures.p50)}, p90 ${round(figures.p90)}, p99 ${round(figures.p99)}, max ${round(figures.max)}`;
  return [
    `${name}: first byte ${line(firstByteMs)} ms; final after ${line(finalSeconds)} s`,
    `  hits meanwhile ${line(hitMs)} ms (before: ${line(quietHitMs)} ms)`,
  ].join("\n");
}

export function describeDays(days: readonly Day[]): string {
  const head =
    "requests a day  pictures asked for  first requests  fleet: $, interim       one Worker in each: $, interim";
  const lines = days.map(({ requests, askedPictures, firstRequests, fleet, embedded }) =>
    [
      requests.toExponential(0).padStart(14),
      round(askedPictures).padStart(20),
      round(firstRequests).padStart(16),
      `$${round(fleet.dollars)}, ${round(fleet.interimShare * 100, 3)} %`.padStart(21),
      `$${round(embedded.dollars)}, ${round(embedded.interimShare * 100, 3)} %`.padStart(32),
    ].join(""),
  );
  return [head, ...lines].join("\n");
}
