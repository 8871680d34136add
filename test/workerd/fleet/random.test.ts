/**
 * Requests, uploads and purges at two data centres in random order, while messages come late and R2 fails now and then. A
 * data centre never shows what it has itself made void; and when all is calm, both soon have the last picture for good.
 */
import { expect, test } from "vitest";
import type { Bucket } from "../../../src/edge/env.ts";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { createMapBucket } from "../map-bucket.ts";
import { createMapCache } from "../map-cache.ts";
import { type Fleet, startFleet } from "../scripted-fleet.ts";
import { jpeg } from "../scripted-origin.ts";

const small = pictureOf("120 × 80");
const clients = [accepts.avif, accepts.webp, accepts.baseline] as const;
const path = "/random.jpg";
const freshSeconds = 600;
const steps = 40;
/** Seconds after which everything is final: a mark of work that was lost lasts for a minute. */
const mostSeconds = 140;

/** The same picture with a longer comment (ISO/IEC 10918-1 B.2.4.5). */
function version(index: number): Uint8Array<ArrayBuffer> {
  const comment = [0xff, 0xfe, 0, 2 + index, ...Array.from({ length: index }, () => 32)];
  return Uint8Array.of(...small.subarray(0, 2), ...comment, ...small.subarray(2));
}

const versionOf = (answer: Answer): number => Number(verdictOf(answer)["from"]) - version(0).length;

/** Uniform in 0 to 1 (Marsaglia's xorshift32). */
function createRandom(seed: number): () => number {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function failing(bucket: Bucket, fails: () => boolean): Bucket {
  const or = <Result>(work: () => Promise<Result>): Promise<Result> =>
    fails() ? Promise.reject(new Error("we encountered an internal error")) : work();
  return {
    get: (name) => or(() => bucket.get(name)),
    head: (name) => or(() => bucket.head(name)),
    put: (...written) => or(() => bucket.put(...written)),
    delete: (name) => or(() => bucket.delete(name)),
  };
}

type Place = 0 | 1;

/** One run: what has happened, for whoever has to find out why it has failed. */
class Run {
  readonly #random: () => number;
  readonly #log: string[] = [];
  #fleet!: Fleet;
  #isCalm = false;
  #current = 0;
  /** The oldest version that each data centre may still show: that of the last change that it has heard of itself. */
  readonly #oldest: [number, number] = [0, 0];

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  async start(failures: number): Promise<void> {
    const fleet = await startFleet({
      vars: { ADMIN_TOKEN: "secret", MIN_TTL_SECONDS: "0" },
      bucket: createMapBucket(),
      bucketOf: (bucket) => failing(bucket, () => !this.#isCalm && this.#random() < failures),
      cacheOf: createMapCache,
    });
    fleet.origin.on(path, (request, count) => {
      if (request.method !== "GET") return new Response(null, { status: 204 });
      return jpeg(version(this.#current), { "cache-control": `max-age=${freshSeconds}` })(request, count);
    });
    this.#fleet = fleet;
  }

  #pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.#random() * items.length)] ?? items[0];
  }

  async #ask(place: Place, accept: string): Promise<Answer> {
    const answer = await this.#fleet.gateways[place].get(path, accept);
    const how = `${String(verdictOf(answer)["reason"])}${isHit(answer) ? ", hit" : ""}`;
    this.#log.push(`${place}: ${accept} gets ${versionOf(answer)}, ${how}`);
    expect(answer.status, this.#log.join("\n")).toBe(200);
    expect(versionOf(answer), this.#log.join("\n")).toBeGreaterThanOrEqual(this.#oldest[place]);
    return answer;
  }

  async #change(place: Place, isUpload: boolean): Promise<void> {
    const headers = { authorization: "Bearer secret" };
    const body = JSON.stringify({ urls: [path] });
    const edge = this.#fleet.gateways[place];
    const { status } = isUpload
      ? await edge.ask(path, { method: "PUT", body: "new" })
      : await edge.ask("/_imaging/purge", { method: "POST", headers, body });
    this.#log.push(`${place}: ${isUpload ? "upload" : "purge"} of ${this.#current}, status ${status}`);
    // A purge says where it has not reached everything.
    if (status < 300) this.#oldest[place] = this.#current;
  }

  async step(): Promise<void> {
    const place = this.#pick<Place>([0, 1]);
    const { queue } = this.#fleet;
    const what = this.#pick(["ask", "ask", "ask", "ask", "new", "same", "purge", "deliver", "deliver", "wait", "pass"]);
    if (what === "ask") await this.#ask(place, this.#pick(clients));
    else if (what === "purge") await this.#change(place, false);
    else if (what === "new" || what === "same") {
      if (what === "new") this.#current += 1;
      await this.#change(place, true);
    } else if (what === "deliver" && queue.length > 0) {
      await this.#fleet.deliver(queue.splice(Math.floor(this.#random() * queue.length), 1)[0]);
    } else if (what === "wait") await this.#fleet.idle();
    else if (what === "pass") this.#fleet.clock.now += 1000 * this.#pick([1, 3, 10, 70]);
  }

  /** In another data centre, what nobody has told it lives as long as it is fresh. */
  async calmDown(): Promise<void> {
    this.#isCalm = true;
    await this.#fleet.settle();
    this.#fleet.clock.now += 1000 * freshSeconds + 6000;
    this.#oldest.fill(this.#current);
    this.#log.push("calm");
  }

  async expectFinal(place: Place): Promise<void> {
    const accept = this.#pick(clients);
    for (let seconds = 0; seconds <= mostSeconds; seconds += 5) {
      const answer = await this.#ask(place, accept);
      if (isHit(answer) && verdictOf(answer)["reason"] !== "interim") return;
      await this.#fleet.settle();
      this.#fleet.clock.now += 5000;
    }
    throw new Error(`It is still interim.\n${this.#log.join("\n")}`);
  }
}

/** Each of them has found a fault. Those with an even number have an R2 that fails. */
const seeds = [7, 69, 87, 120, 144, 280];

test.each(seeds)("seed %i", async (seed) => {
  const run = new Run(seed);
  await run.start(seed % 2 === 0 ? 0.3 : 0);
  for (let step = 0; step < steps; step++) await run.step();
  await run.calmDown();
  for (const place of [0, 1] as const) await run.expectFinal(place);
});
