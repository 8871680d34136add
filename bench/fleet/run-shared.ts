import { readFile } from "node:fs/promises";
import { launchFleet, type LocalFleet } from "../../scripts/fleet/launch.ts";
import { processorSeconds } from "../../scripts/fleet/processes.ts";
import { prices } from "../cost/prices.ts";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { type Day, simulateDay } from "./day.ts";
import { untilFinal } from "./measure.ts";
import { makePictures, startOrigin } from "./pictures.ts";
import { describeFleet, type FleetReport, type Shared } from "./report.ts";

const dataCentres = [1, 2, 8] as const;
const pictureCount = 2;
/** Of a queue: a write, a read and a deletion of each message. */
const millionMessages = 1.2;

/** New JPEGs of one megapixel, asked for by every modern class in each data centre; then a day on paper by these figures. */
export async function runShared(folder: string): Promise<void> {
  const origin = await startOrigin(await makePictures(pictureCount, [1]));
  const embedded = await embeddedDollars();
  try {
    const shared: Shared[] = [];
    for (const count of dataCentres) {
      const fleet = await launchFleet({ gateways: count, vars: { ORIGIN: origin.url }, folder });
      try {
        shared.push(await measureShared(fleet, origin.count, embedded * count));
      } finally {
        await fleet.close();
      }
    }
    const report: FleetReport = { pictures: pictureCount, shared, days: simulateDays(shared, embedded) };
    console.log(describeFleet(report));
    writeRecord("fleet", { ...describeRun("fleet shared", { workerd: workerdVersion() }), ...report });
  } finally {
    await origin.close();
  }
}

async function measureShared(fleet: LocalFleet, originCount: () => number, embedded: number): Promise<Shared> {
  const cpuSeconds = (): { encoder: number; gateways: number } => ({
    encoder: processorSeconds(fleet.pids.encoder),
    gateways: fleet.pids.gateways.reduce((sum, pid) => sum + processorSeconds(pid), 0),
  });
  const before = { fetches: originCount(), cpu: cpuSeconds() };
  const seconds: number[] = [];
  for (let picture = 0; picture < pictureCount; picture++) {
    seconds.push(await untilFinal(fleet.urls, `/${picture}.jpg`));
  }
  const read = async <Value>(url: string): Promise<Value> => (await fetch(url)).json() as Promise<Value>;
  const all = [...fleet.urls, fleet.encoderUrl];
  const stats = await Promise.all(all.map((url) => read<Stats>(`${url}/_imaging/stats`)));
  const counts = await Promise.all(all.map((url) => read<Counts>(`${url}/_fleet/counts`)));
  const after = cpuSeconds();
  const cpuMs = (part: "encoder" | "gateways"): number => ((after[part] - before.cpu[part]) * 1000) / pictureCount;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / pictureCount;
  const formats = [...new Set(stats.flatMap(({ encodes }) => Object.keys(encodes)))];
  const found = {
    dataCentres: fleet.urls.length,
    sourceFetches: (originCount() - before.fetches) / pictureCount,
    encodes: Object.fromEntries(
      formats.map((format) => [format, sum(stats.map(({ encodes }) => encodes[format] ?? 0))]),
    ),
    drafts: sum(stats.map(({ drafts }) => drafts)),
    encoderCpuMs: cpuMs("encoder"),
    gatewayCpuMs: cpuMs("gateways"),
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

function simulateDays(shared: readonly Shared[], embedded: number): readonly Day[] {
  const one = shared[0];
  if (one === undefined) throw new Error("nothing was measured");
  const fleet = {
    newPictures: one.dollarsPerMillion,
    imports: readsPerImport * prices.r2.millionReads,
    finalSeconds: one.finalSeconds,
  };
  // Its data centres are not busy: a new picture is final as soon as its encodes are done.
  const single = { newPictures: embedded, imports: 0, finalSeconds: one.finalSeconds };
  return requestsPerDay.map((requests) => simulateDay(requests, fleet, single));
}
