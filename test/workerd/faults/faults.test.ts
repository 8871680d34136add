/**
 * Each of our own parts fails in every way that we could think of, while clients ask: the picture comes and is right, the
 * failure is in the log once and not for each request, and afterwards everything is as if nothing had been.
 */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { accepts, type Answer, verdictOf } from "../../support/answer.ts";
import { sniff } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import type { Edge, EdgeOptions } from "../scripted-edge.ts";
import { createScriptedEngine, nameOf } from "../scripted-engine.ts";
import { fetchScripted, jpeg, startScriptedOrigin } from "../scripted-origin.ts";
import { type Parts, startGateways, startWorker } from "./parts.ts";
import { end, type Fault, faults, hanging, makeOtherSizes, throwingAtOnce as throwing } from "./table.ts";

const source = pictureOf("120 × 80");
/** The same pixels with other bytes: a comment says which it is (ISO/IEC 10918-1 B.2.4.5). */
const second = Uint8Array.of(...source.subarray(0, 2), 0xff, 0xfe, 0, 3, 50, ...source.subarray(2));
const pictures = { "/picture.jpg": source, "/picture-2.jpg": second };
const paths = Object.keys(pictures) as readonly (keyof typeof pictures)[];

/** Clients of three classes. */
const clients = [accepts.chrome, accepts.webp, accepts.baseline] as const;

const turnTimer = setTimeout;
const turn = (): Promise<undefined> => new Promise((resolve) => turnTimer(resolve, 0, undefined));

/** Lets time go by until something has happened: first in small steps, for what is only slow. */
async function soon<Result>(work: Promise<Result>, turns = 2000): Promise<Result | undefined> {
  const done = work.then((result) => ({ result }));
  for (let index = 0; index < turns; index++) {
    const outcome = await Promise.race([done, turn()]);
    if (outcome !== undefined) return outcome.result;
    vi.advanceTimersByTime(index < 40 ? 5 : 200);
  }
  return undefined;
}

async function ask(edge: Edge, path: string, accept: string): Promise<Answer> {
  const answer = await soon(edge.get(path, accept));
  if (answer === undefined) throw new Error(`${path} for ${accept} never comes`);
  return answer;
}

/** Lets all work end that ever ends. */
async function rest({ edge, fleet }: Parts): Promise<void> {
  await soon(fleet === undefined ? edge.idle() : fleet.settle().catch(() => undefined), 150);
}

/** Bodies that are right, by path; and the final one of each client. */
const right = new Map<string, Set<string>>(paths.map((path) => [path, new Set<string>()]));
const finals = new Map<string, string>();

/** Asks until nothing gets better any more. */
async function settled(parts: Parts, path: string, accept: string): Promise<Answer> {
  for (let round = 0; round < 8; round++) {
    const answer = await ask(parts.edge, path, accept);
    if (verdictOf(answer)["reason"] !== "interim" && verdictOf(answer)["reason"] !== "encode-failed") return answer;
    await rest(parts);
    parts.pass(round < 4 ? 3 : 61);
  }
  throw new Error(`${path} for ${accept} stays interim`);
}

function script({ origin }: Parts): void {
  for (const path of paths) origin.on(path, jpeg(pictures[path]));
  origin.on("/foreign.jpg", jpeg(second));
}

const scriptTimers = (): unknown =>
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });

const start = (on: Fault["on"]): Promise<Parts> => (on === "worker" ? startWorker() : startGateways());

beforeAll(async () => {
  await makeOtherSizes(createScriptedEngine());
  scriptTimers();
  for (const begin of [startWorker, () => startWorker({ INLINE_BUDGET_MS: "0" }), startGateways]) {
    const parts = await begin();
    script(parts);
    for (const path of paths) {
      const bodies = right.get(path);
      bodies?.add(nameOf(pictures[path]));
      for (const accept of clients) bodies?.add(nameOf((await ask(parts.edge, path, accept)).body));
      for (const accept of clients) {
        const name = nameOf((await settled(parts, path, accept)).body);
        bodies?.add(name);
        finals.set(`${path} ${accept}`, name);
      }
    }
  }
  vi.useRealTimers();
});
afterEach(() => vi.useRealTimers());

/** A right picture, whole and by its own name, or the original. */
function expectRight(answer: Answer, path: string): void {
  const seen = `${path}: ${answer.status} ${JSON.stringify(answer.headers, undefined, 1)}`;
  expect([answer.status, answer.broken], seen).toEqual([200, false]);
  expect(answer.headers["content-type"], seen).toBe(`image/${sniff(answer.body)}`);
  expect(right.get(path), seen).toContain(nameOf(answer.body));
  expect(answer.headers["edge-imaging-entry"]).toBeUndefined();
}

describe.each(["codec", "edge cache", "R2", "queue", "clock"] as const)("%s", (tier) => {
  test.each(faults.filter((fault) => fault.tier === tier).map((fault) => [fault.name, fault] as const))(
    "%s",
    async (_, fault) => {
      const parts = await start(fault.on);
      script(parts);
      scriptTimers();
      // One picture is known before, the other is new.
      await ask(parts.edge, "/picture.jpg", accepts.webp);
      if (fault.needsForeign === true) {
        for (const accept of clients) await settled(parts, "/foreign.jpg", accept);
      }
      await rest(parts);
      expect(parts.reported()).toEqual([]);

      fault.begin(parts);
      for (let round = 0; round < 2; round++) {
        for (const path of paths) {
          for (const accept of clients) expectRight(await ask(parts.edge, path, accept), path);
          await rest(parts);
        }
        parts.pass(4);
      }
      const lines = parts.reported().filter((failure) => !isDelivery(failure));
      expect(lines.length, lines.map(String).join("\n")).toBeLessThanOrEqual(fault.lines);
      if (fault.isSilent !== true && fault.lines > 0) expect(lines.length).toBeGreaterThan(0);

      end(parts);
      for (const [index, engine] of parts.engines.entries()) Object.assign(engine, createScriptedEngine(), { index });
      parts.pass(3700);
      for (const path of paths) {
        for (const accept of clients) {
          const answer = await settled(parts, path, accept);
          expectRight(answer, path);
          expect(nameOf(answer.body), `${path} ${accept}`).toBe(finals.get(`${path} ${accept}`));
        }
      }
    },
  );
});

describe("a request that the platform ends after its answer", () => {
  /** Nothing that it waits for goes on any more. */
  async function killed(): Promise<Parts> {
    const parts = await startWorker({ INLINE_BUDGET_MS: "0" });
    script(parts);
    scriptTimers();
    await ask(parts.edge, "/picture.jpg", accepts.chrome);
    parts.cache.replaced = { match: hanging, put: hanging, delete: hanging };
    for (const engine of parts.engines)
      Object.assign(engine, { encode: hanging, streamWebp: hanging, optimisePng: hanging });
    await soon(parts.edge.idle(), 20);
    return parts;
  }

  test("leaves nothing that keeps another isolate from the final picture", async () => {
    const { cache, edge, origin } = await killed();
    const site = { host: new URL(edge.url).host, clock: { now: Date.now() + 61_000 } };
    const other = await startWorker({}, { cache: cache.whole, site, origin });
    for (const accept of clients) {
      const answer = await settled(other, "/picture.jpg", accept);
      expect(nameOf(answer.body)).toBe(finals.get(`/picture.jpg ${accept}`));
    }
    expect(other.reported()).toEqual([]);
  });

  test("leaves nothing that keeps its own isolate from it", async () => {
    const parts = await killed();
    end(parts);
    for (const engine of parts.engines) Object.assign(engine, createScriptedEngine());
    parts.pass(61);
    for (const accept of clients) {
      const answer = await settled(parts, "/picture.jpg", accept);
      expect(nameOf(answer.body)).toBe(finals.get(`/picture.jpg ${accept}`));
    }
  });
});

describe("configuration", () => {
  const bucket = { get: hanging, head: hanging, put: hanging, delete: hanging };
  test.each<[string, EdgeOptions, "final" | "passes"]>([
    ["a gateway without its bindings", { isGateway: true }, "passes"],
    ["a gateway without a queue", { isGateway: true, bindings: { VARIANTS: bucket } }, "passes"],
    ["a gateway without a bucket", { isGateway: true, bindings: { JOBS: {} } }, "passes"],
    ["a Worker with a bucket and no queue", { bindings: { VARIANTS: bucket } }, "final"],
    ["a bucket that is a text", { bindings: { VARIANTS: "bucket", JOBS: {} } }, "passes"],
    ["ORIGIN that is no URL", { bindings: { ORIGIN: "image host" } }, "passes"],
    ["ORIGIN that is missing", { bindings: { ORIGIN: undefined } }, "passes"],
    ["a dataset that throws", { bindings: { METRICS: { writeDataPoint: throwing } } }, "final"],
    ["a dataset that is none", { bindings: { METRICS: {} } }, "final"],
    ["a rate limiter that throws", { bindings: { RATE_LIMITER: { limit: throwing } } }, "final"],
    ["a rate limiter that never answers", { bindings: { RATE_LIMITER: { limit: hanging } } }, "final"],
    ["a rate limiter that is none", { bindings: { RATE_LIMITER: {} } }, "final"],
    ["no token", { vars: { ADMIN_TOKEN: "" } }, "final"],
  ])("%s: pictures come", async (_, options, expected) => {
    const origin = startScriptedOrigin();
    const toOrigin: typeof fetch = (input, init) => {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      return fetchScripted(new Request(origin.url + pathname + search, request));
    };
    const parts = await startWorker({}, { origin, fetch: toOrigin, ...options });
    script(parts);
    scriptTimers();
    for (let round = 0; round < 2; round++) {
      for (const path of paths) {
        for (const accept of clients) expectRight(await ask(parts.edge, path, accept), path);
        await rest(parts);
      }
    }
    expect(parts.reported().length, parts.reported().map(String).join("\n")).toBeLessThanOrEqual(
      expected === "final" ? 0 : 3,
    );
    if (expected === "passes") return;
    for (const accept of clients) {
      const answer = await settled(parts, "/picture.jpg", accept);
      expect(nameOf(answer.body)).toBe(finals.get(`/picture.jpg ${accept}`));
    }
  });
});

/** A message that is given back, each time it is. */
function isDelivery(failure: unknown): boolean {
  return typeof failure === "object" && failure !== null && "failure" in failure;
}
