import { loadavg } from "node:os";
import { join } from "node:path";
import { launchFleet } from "../../scripts/fleet/launch.ts";
import { launchEdge } from "../../test/support/edge.ts";
import { bundleWorker } from "../hit/serve.ts";
import { describeRun, workerdVersion, writeRecord } from "../record.ts";
import { type Burst, burst } from "./burst.ts";
import { clients, untilFinal } from "./measure.ts";
import { type CountingOrigin, makePictures, startOrigin } from "./pictures.ts";
import { type BurstReport, describeBursts } from "./report-burst.ts";
import { traceNew } from "./trace.ts";

const pictureCount = 100;
/** Small enough for both kinds to be through in five minutes. */
const megapixels = [0.3, 0.3, 0.3, 0.4, 0.3, 1] as const;

/** Asks a fleet of two data centres, and one Worker that does all, for 100 new pictures each; traces one before. */
export async function runBurst(folder: string): Promise<void> {
  const loadBefore = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  const pictures = await makePictures(pictureCount + 3, megapixels);
  const origin = await startOrigin(pictures);
  const paths = Array.from({ length: pictureCount }, (_, index) => `/${index + 3}.jpg`);
  try {
    const { trace, fleetBurst } = await askFleet(origin, folder, paths);
    const embeddedBurst = await askWorker(origin, folder, paths);
    const report: BurstReport = { pictures: pictureCount, trace, fleetBurst, embeddedBurst };
    console.log(describeBursts(report));
    writeRecord("fleet-burst", { ...describeRun("fleet burst", { workerd: workerdVersion(), loadBefore }), ...report });
  } finally {
    await origin.close();
  }
}

async function askFleet(
  origin: CountingOrigin,
  folder: string,
  paths: readonly string[],
): Promise<Pick<BurstReport, "trace" | "fleetBurst">> {
  const fleet = await launchFleet({ gateways: 2, vars: { ORIGIN: origin.url }, folder });
  try {
    await untilFinal(fleet.urls, "/0.jpg");
    await traceNew(fleet, origin, "/1.jpg", clients[1]);
    const trace = await traceNew(fleet, origin, "/2.jpg", clients[1]);
    return { trace, fleetBurst: await burst(fleet.urls, paths, "/0.jpg") };
  } finally {
    await fleet.close();
  }
}

async function askWorker(origin: CountingOrigin, folder: string, paths: readonly string[]): Promise<Burst> {
  await bundleWorker(join(folder, "worker"));
  const edge = await launchEdge(join(folder, "worker"), { vars: { ORIGIN: origin.url } });
  try {
    await untilFinal([edge.url], "/0.jpg");
    return await burst([edge.url], paths, "/0.jpg");
  } finally {
    await edge.close();
  }
}
