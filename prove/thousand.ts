/** A thousand requests for 50 pictures by five kinds of clients through two gateways: each picture is fetched and encoded once. */
import type { Proof } from "./record.ts";
import { createChaos, pause } from "./soak/chaos.ts";
import { clients } from "./soak/clients.ts";
import { createSoakOrigin } from "./soak/origin.ts";
import { type Stages, startStages } from "./soak/stages.ts";

const pictureCount = 50;
const rounds = 2;
/** What only an encoder makes. */
const formats = ["avif", "webp", "jp2"] as const;

async function drain(stages: Stages): Promise<void> {
  for (let quiet = 0; quiet < 5;) {
    quiet = (await stages.deliver()) ? 0 : quiet + 1;
    await pause(20);
  }
}

export async function run(): Promise<Proof> {
  const chaos = Object.assign(createChaos(1), { isOn: false });
  const origin = await createSoakOrigin(chaos, pictureCount);
  let now = Date.now();
  const stages = await startStages(chaos, origin, () => now);
  const gateways = stages.edges.filter(({ name }) => name !== "worker");
  const statuses = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    for (const { path } of origin.pictures) {
      const answers = await Promise.all(clients.flatMap((headers) => gateways.map((edge) => edge.ask(path, headers))));
      for (const answer of answers) {
        await answer.arrayBuffer();
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      }
    }
    await drain(stages);
    now += 3000;
  }
  const requests = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const encodes = await stages.encoderMade();
  const failures: string[] = [];
  if (statuses.get(200) !== requests) failures.push("some answers are no 200");
  if (origin.requests() > 2 * pictureCount) failures.push("some pictures were fetched more than twice");
  for (const [format, count] of Object.entries(encodes)) {
    if (count > pictureCount) failures.push(`some pictures were encoded as ${format} twice`);
  }
  if (stages.dead.length > 0 || stages.queue.waiting.length > 0) failures.push("messages are left");
  const rows = [
    ["requests", `${requests}`],
    ["answers with 200", `${statuses.get(200) ?? 0}`],
    ["fetches at the origin", `${origin.requests()}`],
    ...formats.map((format) => [`encodes of ${format}`, `${encodes[format] ?? 0}`]),
  ];
  return { tables: [{ head: [`of ${pictureCount} pictures`, "times"], rows }], failures };
}
