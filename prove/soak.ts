/**
 * Clients of several kinds ask one Worker and a fleet for some pictures, while the origin and every tier fail at random.
 * Then the faults stop, and everything has to be as in a run without any.
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { verdictOf } from "../test/support/answer.ts";
import { probeImage } from "../src/imaging/probe/probe.ts";
import { sniffFormat } from "../src/imaging/probe/sniff.ts";
import type { Proof } from "./record.ts";
import { type Chaos, createChaos, pause } from "./soak/chaos.ts";
import { clients } from "./soak/clients.ts";
import { createSoakOrigin, type SoakOrigin, type SoakPicture } from "./soak/origin.ts";
import { type SoakEdge, type Stages, startStages } from "./soak/stages.ts";

const usualSeconds = 1200;
const pictureCount = 60;
const connections = 6;
const consumers = 2;
const tenths = 10;
/** By how much the heap at rest, collected and without idle codecs, may grow from the first tenth of the run to its end. */
const mostGrowth = 8e6;
/** Nobody asks for so long before the heap at rest is measured: what a fault holds up is given up by then. */
const restMs = 110_000;
/** Looks at the heap in each tenth, and at its end. */
const looks = 12;
/** In less time the heap has not been used enough to be compared. */
const leastSeconds = 200;
/** Mean of the differences of all samples (of 255) that a lossy file may have. */
const mostDifference = 6;

/** Fields that some requests have besides: a part of the picture, or a copy that may be current. */
const extras: readonly Readonly<Record<string, string>>[] = [{ range: "bytes=10-99" }, { "if-none-match": '"old"' }];

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** `--seconds 1200`, `--seed 1`. */
export async function run(options: readonly string[]): Promise<Proof> {
  const { values } = parseArgs({
    args: [...options],
    options: { seconds: { type: "string" }, seed: { type: "string" } },
  });
  const seconds = Number(values.seconds ?? usualSeconds);
  const chaos = createChaos(Number(values.seed ?? 1));
  let passedMs = 0;
  const clock = (): number => Date.now() + passedMs;
  const origin = await createSoakOrigin(chaos, pictureCount);
  const stages = await startStages(chaos, origin, clock);
  const soak = new Soak(chaos, origin, stages, (ms) => (passedMs += ms));
  await soak.suffer(seconds);
  chaos.isOn = false;
  await soak.recover();
  return soak.proof();
}

class Soak {
  readonly #chaos: Chaos;
  readonly #origin: SoakOrigin;
  readonly #stages: Stages;
  readonly #pass: (ms: number) => void;
  readonly #answers = new Map<string, number>();
  readonly #failures: string[] = [];
  readonly #heaps: string[][] = [];
  readonly #finals = new Map<string, number>();
  #clients: "asking" | "resting" | "gone" = "asking";
  #isOver = false;

  constructor(chaos: Chaos, origin: SoakOrigin, stages: Stages, pass: (ms: number) => void) {
    this.#chaos = chaos;
    this.#origin = origin;
    this.#stages = stages;
    this.#pass = pass;
  }

  #fail(failure: string): void {
    if (this.#failures.length < mostFailures) this.#failures.push(failure);
    console.error(failure);
  }

  async suffer(seconds: number): Promise<void> {
    const working = Array.from({ length: consumers }, () => this.#consume());
    const asking = Array.from({ length: connections }, async () => {
      while (this.#clients !== "gone") await (this.#clients === "resting" ? pause(100) : this.#askSome());
    });
    const resting: number[] = [];
    for (let tenth = 1; tenth <= tenths; tenth++) {
      const busy = await this.#watchHeap((seconds * 1000) / tenths);
      this.#noteHeap(`${tenth}`, busy);
      if (seconds < leastSeconds || (tenth !== 1 && tenth !== tenths)) continue;
      this.#clients = "resting";
      await pause(restMs);
      const live = this.#stages.dropIdleCodecs();
      if (live > 0) this.#fail(`codecs hold ${megabytes(live)} MB for work that nobody waits for`);
      const rest = await this.#watchHeap(1000);
      resting.push(rest);
      this.#noteHeap(`${tenth}, at rest`, rest);
      this.#clients = "asking";
    }
    this.#clients = "gone";
    await Promise.all(asking);
    const [first = 0, last = 0] = resting;
    if (last - first > mostGrowth) this.#fail(`the heap has grown by ${megabytes(last - first)} MB`);
    this.#isOver = true;
    await Promise.race([Promise.all(working), pause(30_000)]);
  }

  /** The least of some looks in so many milliseconds: bytes, collected, without what the stores keep. */
  async #watchHeap(milliseconds: number): Promise<number> {
    let held = Infinity;
    for (let look = 0; look < looks; look++) {
      await pause(milliseconds / looks);
      collect();
      const { heapUsed, external } = process.memoryUsage();
      held = Math.min(held, heapUsed + external - this.#stages.storedBytes());
    }
    return held;
  }

  #noteHeap(when: string, held: number): void {
    const total = [...this.#answers.values()].reduce((sum, count) => sum + count, 0);
    this.#heaps.push([when, `${total}`, megabytes(held), megabytes(this.#stages.storedBytes())]);
    console.log(this.#heaps.at(-1)?.join(", "));
  }

  async #consume(): Promise<void> {
    while (!this.#isOver) if (!(await this.#stages.deliver())) await pause(20);
  }

  async #askSome(): Promise<void> {
    const { pictures } = this.#origin;
    const picture = pictures[this.#chaos.below(pictures.length)];
    const edge = this.#stages.edges[this.#chaos.below(this.#stages.edges.length)];
    if (picture === undefined || edge === undefined) return;
    const extra = this.#chaos.below(10) === 0 ? extras[this.#chaos.below(extras.length)] : {};
    const headers = { ...clients[this.#chaos.below(clients.length)], ...extra };
    const answer = await Promise.race([edge.ask(picture.path, headers), pause(hangMs)]);
    if (answer === undefined) return this.#fail(`${edge.name}: ${picture.path} did not come within ${hangMs / 1000} s`);
    const kind = await this.#judge(edge, picture, answer);
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
    await pause(10);
  }

  /** What an answer is, in a few words; what is wrong with it is a failure. */
  async #judge({ name }: SoakEdge, picture: SoakPicture, answer: Response): Promise<string> {
    const verdict = verdictOf({ headers: Object.fromEntries(answer.headers) });
    const reason = String(verdict["reason"] ?? "none");
    const bytes = await answer.arrayBuffer().then(
      (buffer) => new Uint8Array(buffer),
      () => undefined,
    );
    const seen = `${name}: ${picture.path}: ${answer.status} ${reason}`;
    if (answer.status >= 400) {
      const text = new TextDecoder().decode(bytes);
      if (reason !== "origin-error") this.#fail(`${seen}: ${text.slice(0, 200)}`);
      return `${answer.status} of the origin`;
    }
    if (answer.status === 304 || answer.status === 206) return `${answer.status}`;
    const isPassed = !answer.headers.has("etag") || answer.headers.get("cache-status")?.includes("fwd=") === true;
    if (bytes === undefined) {
      if (!isPassed) this.#fail(`${seen}: broken off`);
      return "broken off as at the origin";
    }
    const facts = await probeImage(bytes);
    const format = String(verdict["format"] ?? "");
    const isRightSize = facts?.width === picture.width && (facts.height ?? 0) >= picture.height;
    // What the origin has cut, or states a wrong length of, passes as it is.
    if (!isRightSize || sniffFormat(bytes) !== format)
      this.#fail(`${seen}: ${format}, ${facts?.width} × ${facts?.height}`);
    const isHit = answer.headers.get("cache-status")?.includes("; hit") === true;
    if (isHit && answer.headers.get("etag") !== tagOf(bytes)) this.#fail(`${seen}: other bytes than the tag says`);
    return reason;
  }

  /** Everything is final and right, and nothing is left under way. */
  async recover(): Promise<void> {
    const clean = await startStages(createQuiet(), this.#origin, () => Date.now(), { EAGER: "" });
    const [cleanEdge] = clean.edges;
    const [exactEdge] = (
      await startStages(createQuiet(), this.#origin, () => Date.now(), { EAGER: "", FORMATS: "jxl" })
    ).edges;
    // Failures are remembered for an hour at most, and whatever hangs is given up sooner.
    this.#pass(3_700_000);
    const finals = new Map<string, Final | undefined>();
    for (const edge of this.#stages.edges) {
      for (const picture of this.#origin.pictures) {
        for (const headers of clients) {
          const name = `${picture.path} for ${headers["accept"]}`;
          const ours = await this.#settle(this.#stages, edge, picture, headers);
          if (!finals.has(name) && cleanEdge !== undefined)
            finals.set(name, await this.#settle(clean, cleanEdge, picture, headers));
          const right = finals.get(name);
          if (ours !== undefined && right !== undefined)
            await this.#compare(`${edge.name}: ${name}`, picture, ours, right, () =>
              exactEdge === undefined ? undefined : this.#settle(clean, exactEdge, picture, headers),
            );
        }
      }
      const { flights, heldBytes } = await edge.stats();
      if (flights > 0 || heldBytes > 0) this.#fail(`${edge.name}: ${flights} flights and ${heldBytes} bytes are left`);
    }
    const held = await this.#stages.encoderHeld();
    if (held > 0) this.#fail(`encoder: ${held} bytes are left`);
    const leases = [...this.#stages.bucket.objects].filter(([name]) => name.startsWith("lease/"));
    const inForce = leases.filter(([, { bytes }]) => {
      const { until } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly until: number };
      return until > Date.now() + 3_700_000;
    });
    if (inForce.length > 0) this.#fail(`${inForce.length} leases are left`);
    if (this.#stages.queue.waiting.length > 0) this.#fail(`${this.#stages.queue.waiting.length} messages wait`);
  }

  /** The same file as without faults, or one that shows the same: how often a picture is encoded depends on time. */
  async #compare(
    name: string,
    picture: SoakPicture,
    ours: Final,
    right: Final,
    exact: () => Promise<Final | undefined> | undefined,
  ): Promise<void> {
    if (ours.format === right.format && Buffer.from(ours.bytes).equals(right.bytes)) {
      this.#count("final, the same file as without faults");
      return;
    }
    // How small an encode gets depends on time, too, and so which of two formats is the smaller one.
    if (ours.format === "jxl" && Buffer.from(ours.bytes).equals((await exact())?.bytes ?? Buffer.alloc(0))) {
      this.#count("final, the exact JPEG XL in place of an AVIF");
      return;
    }
    const difference = await meanDifference(picture.bytes, ours.bytes).catch(String);
    if (typeof difference === "number" && difference < mostDifference)
      this.#count("final, another encode that shows the same");
    else this.#fail(`${name}: ${ours.format} in place of ${right.format}, ${difference}`);
  }

  #count(name: string): void {
    this.#finals.set(name, (this.#finals.get(name) ?? 0) + 1);
  }

  /** The final answer. */
  async #settle(
    stages: Stages,
    edge: SoakEdge,
    picture: SoakPicture,
    headers: Readonly<Record<string, string>>,
  ): Promise<Final | undefined> {
    for (let round = 0; round < rounds; round++) {
      const answer = await edge.ask(picture.path, headers);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const { reason, format } = verdictOf({ headers: Object.fromEntries(answer.headers) });
      if (answer.status !== 200) this.#fail(`${edge.name}: ${picture.path}: ${answer.status} after the faults`);
      if (reason !== "interim" && reason !== "encode-failed") return { format: String(format), bytes };
      await pause(round < 5 ? 20 : 300);
      while (await stages.deliver());
      // Until a gateway looks again.
      if (round % 4 === 3) this.#pass(2100);
      if (round > rounds / 2) this.#pass(61_000);
    }
    this.#fail(`${edge.name}: ${picture.path} for ${headers["accept"]} does not become final`);
    return undefined;
  }

  proof(): Proof {
    const rows = (counts: ReadonlyMap<string, number>): string[][] =>
      [...counts].toSorted(([one], [other]) => one.localeCompare(other)).map(([name, count]) => [name, `${count}`]);
    const requests = this.#origin.requests();
    return {
      tables: [
        { head: ["fault", "times"], rows: rows(this.#chaos.counts) },
        {
          head: ["answer while it lasts", "times"],
          rows: [...rows(this.#answers), ["requests at the origin", `${requests}`]],
        },
        { head: ["tenth", "answers so far", "heap, collected, MB at least", "in the stores, MB"], rows: this.#heaps },
        { head: ["line in the log", "times"], rows: rows(this.#stages.reported) },
        {
          head: ["answers afterwards", "times"],
          rows: [...rows(this.#finals), ["dead letters", `${this.#stages.dead.length}`]],
        },
      ],
      failures: this.#failures,
    };
  }
}

interface Final {
  readonly format: string;
  readonly bytes: Uint8Array;
}

/** @throws for what sharp cannot decode */
async function meanDifference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [first, second] = await Promise.all(
    [one, other].map((bytes) => sharp(bytes).removeAlpha().toColourspace("srgb").raw().toBuffer()),
  );
  if (first === undefined || first.length !== second?.length) throw new Error("another size");
  let sum = 0;
  for (const [index, value] of first.entries()) sum += Math.abs(value - (second[index] ?? 0));
  return sum / first.length;
}

const mostFailures = 50;
const rounds = 24;
/** Milliseconds after which nobody waits any more. */
const hangMs = 90_000;

const createQuiet = (): Chaos => Object.assign(createChaos(0), { isOn: false });

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function tagOf(bytes: Uint8Array): string {
  return `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
}
