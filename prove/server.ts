/** Damaged files through the built Worker in the local edge, as clients ask for them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleWorker } from "../bench/hit/serve.ts";
import { formats } from "../src/imaging/model/formats.ts";
import type { ImageFacts } from "../src/imaging/model/facts.ts";
import { probeImage } from "../src/imaging/probe/probe.ts";
import { verdictOf } from "../test/support/answer.ts";
import { type Edge, launchEdge } from "../test/support/edge.ts";
import type { Answer } from "../test/support/http.ts";
import { type Client, clients } from "../test/support/matrix.ts";
import { baselinePhoto } from "../test/support/pictures.ts";
import { createCourt } from "./fuzz/court.ts";
import type { Finding } from "./fuzz/exercise.ts";
import { type Exactness, judgeFile, judgeFrames, showSource } from "./fuzz/judge.ts";
import { keepFinding } from "./fuzz/keep-finding.ts";
import { createInputs, type Input } from "./fuzz/sources.ts";
import type { Proof } from "./record.ts";

/** Inputs that are asked for side by side; after each such batch a sound picture is asked for. */
const batchInputs = 12;
/** Clients that ask for each input, each of them twice: the second time after the others, for what was made meanwhile. */
const clientsOfOne = 2;
/** Milliseconds in which an answer's head has to come; a machine that is busy with other things takes long. */
const patienceMs = 120_000;

interface Tally {
  inputs: number;
  requests: number;
  /** The source, byte for byte. */
  originals: number;
  made: number;
  judged: number;
  settled: number;
  serverErrors: number;
  soundPictures: number;
}

/** `--inputs 2000` or `--seconds 600`, whichever comes first; `--seed 1` (several: `--seed 1 --seed 2`), `--only 17`. */
export async function run(options: readonly string[]): Promise<Proof> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      inputs: { type: "string", default: "2000" },
      seconds: { type: "string", default: "Infinity" },
      seed: { type: "string", multiple: true, default: ["1"] },
      only: { type: "string" },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "edge-imaging-prove-"));
  const failures: string[] = [];
  const tally: Tally = {
    inputs: 0,
    requests: 0,
    originals: 0,
    made: 0,
    judged: 0,
    settled: 0,
    serverErrors: 0,
    soundPictures: 0,
  };
  const files = new Map<string, { readonly body: Uint8Array; readonly type: string }>();
  const court = createCourt();
  let edge: Edge | undefined;
  try {
    await bundleWorker(folder);
    edge = await launchEdge(folder, {
      vars: { ORIGIN: "http://origin.test" },
      outbound: ({ pathname }) => {
        const file = files.get(pathname);
        const type = file?.type ?? "text/plain";
        const headers = { "content-type": type, "cache-control": "public, max-age=86400" };
        return file === undefined
          ? { status: 404, headers, body: new Uint8Array() }
          : { status: 200, headers, body: file.body };
      },
    });
    const only = values.only === undefined ? undefined : Number(values.only);
    for (const seed of values.seed.map(Number)) {
      const inputs = createInputs(seed);
      const [first, end] = only === undefined ? [0, Number(values.inputs)] : [only, only + 1];
      const started = performance.now();
      const isInTime = (): boolean => performance.now() - started < 1000 * Number(values.seconds);
      for (let from = first; from < end && isInTime(); from += batchInputs) {
        const numbers = Array.from({ length: Math.min(batchInputs, end - from) }, (_, i) => from + i);
        const batch = numbers.map((number) => inputs.make(number));
        await runBatch({ edge, batch, seed, files, tally, failures, court });
      }
    }
  } finally {
    await edge?.close();
    await court.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const { serverErrors, soundPictures, originals, made, judged, settled } = tally;
  const head = [
    "damaged files",
    "requests",
    "5xx",
    "the source itself",
    "another file",
    "judged",
    "settled by the browser",
  ];
  const figures = [tally.inputs, tally.requests, serverErrors, originals, made, judged, settled];
  const row = [...figures, soundPictures, failures.length].map((figure) => figure.toLocaleString("en-US"));
  return { tables: [{ head: [...head, "sound pictures between", "findings"], rows: [row] }], failures };
}

interface Batch {
  readonly edge: Edge;
  readonly batch: readonly Input[];
  readonly seed: number;
  readonly files: Map<string, { readonly body: Uint8Array; readonly type: string }>;
  readonly tally: Tally;
  readonly failures: string[];
  readonly court: ReturnType<typeof createCourt>;
}

async function runBatch({ edge, batch, seed, files, tally, failures, court }: Batch): Promise<void> {
  const asked = batch.map((input) => {
    const path = `/${seed}/${input.number}.${input.format}`;
    files.set(path, { body: input.file, type: formats[input.format].mediaTypes[0] });
    return { input, path, chosen: Array.from({ length: clientsOfOne }, () => input.random.pick<Client>(clients)) };
  });
  for (const _ of ["first", "again"]) {
    await Promise.all(
      asked.map(async ({ input, path, chosen }) => {
        for (const client of chosen) {
          const findings = await judge(input, await askAs(edge, path, client), client);
          if (findings.length === 0) continue;
          keepFinding(seed, input, findings);
          failures.push(
            ...findings.map(({ step, reason }) => `seed ${seed}, input ${input.number}, ${step}: ${reason}`),
          );
        }
      }),
    );
  }
  const wrong = await askForSoundPicture();
  tally.soundPictures++;
  if (wrong !== undefined) failures.push(`seed ${seed}, after input ${batch.at(-1)?.number}: ${wrong}`);
  for (const { path } of asked) files.delete(path);
  tally.inputs += batch.length;

  async function judge(input: Input, answer: Answer | string, client: Client): Promise<Finding[]> {
    tally.requests++;
    const step = `for ${client.name}`;
    if (typeof answer === "string") return [{ step, reason: answer }];
    const seen = `${answer.status} ${answer.headers["edge-imaging"] ?? ""}`;
    if (answer.status >= 500) tally.serverErrors++;
    if (answer.status !== 200 || answer.broken) return [{ step, reason: `${seen}, broken: ${answer.broken}` }];
    if (answer.body.equals(input.file)) {
      tally.originals++;
      return [];
    }
    tally.made++;
    const facts = await probeImage(new Uint8Array(input.file));
    if (facts === undefined) return [{ step, reason: `${seen}: another file in place of what is no picture` }];
    const complaint = await judgeAnswer(input, facts, answer);
    tally.judged++;
    if (complaint === undefined) return [];
    const named = { step, ...complaint, reason: `${seen}: ${complaint.reason}` };
    const remaining = await court.hear(input, { format: facts.format, findings: [named] });
    tally.settled += 1 - remaining.length;
    return remaining;
  }

  /** A new one each time, so that it is decoded and encoded. */
  async function askForSoundPicture(): Promise<string | undefined> {
    const path = `/${seed}/sound-${batch[0]?.number}.jpg`;
    const body = await baselinePhoto(1 + ((batch[0]?.number ?? 0) % 60), 96, 64);
    files.set(path, { body, type: "image/jpeg" });
    const answer = await edge.settle(path, "image/webp,*/*;q=0.8");
    files.delete(path);
    const { reason } = verdictOf(answer);
    const isRight = answer.status === 200 && (reason === "transcoded" || answer.body.equals(body));
    return isRight ? undefined : `a sound picture came as ${answer.status} ${answer.headers["edge-imaging"]}`;
  }
}

function judgeAnswer(input: Input, facts: ImageFacts, answer: Answer): ReturnType<typeof judgeFrames> {
  if (facts.format === "gif" && facts.animated) return judgeFrames(input.file, answer.body);
  const format = String(verdictOf(answer)["format"]);
  const isSame = format === facts.format;
  const isExact = format === "png" || (isSame && format === "jpeg");
  const look: Exactness = facts.profile === "other" ? "look by a profile" : "look";
  return showSource(input.file, facts).then((shown) =>
    judgeFile(shown, answer.body, format, isExact ? "exact" : look, isSame),
  );
}

async function askAs(edge: Edge, path: string, { accept, userAgent }: Client): Promise<Answer | string> {
  const headers = { accept, ...(userAgent === undefined ? {} : { "user-agent": userAgent }) };
  return edge.ask(path, { headers, timeoutMs: patienceMs }).catch(String);
}
