/** Origins that are slow, hang or fail. Timers are scripted: no test waits for time that it does not advance itself. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { maxFetchesAtOnce, slotPollMs, slowOriginMs } from "../../../src/edge/limits.ts";
import { type Answer, accepts, cacheStatusOf, isHit, verdictOf } from "../../support/answer.ts";
import { expectPicture, expectProblem, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { cut, dayFresh, fetchScripted, held, jpeg, type Script, sequence, stall, status } from "../scripted-origin.ts";

const [source, changed] = [pictureOf("photo"), pictureOf("changed")];
const path = "/photo.jpg";
const transcoded = { format: "webp", source: "jpeg", reason: "transcoded" } as const;

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge({ vars: { FORMATS: "webp", MIN_TTL_SECONDS: "0" } });
});
afterEach(() => vi.useRealTimers());

/** Stores the picture, and lets its freshness end. */
async function expire(control = "max-age=10", of = path): Promise<void> {
  edge.origin.on(of, jpeg(source, { "cache-control": control }));
  await edge.settle(of, accepts.webp);
  edge.pass(11);
}

/** Lets work go on that waits for no timer. */
async function turn(times = 20): Promise<undefined> {
  for (let index = 0; index < times; index++) await caches.default.match("https://nothing.test/");
}

/** Advances scripted time, and waits for what follows. */
async function wait(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    vi.advanceTimersByTime(1000);
    await turn(1);
  }
}

/** Lets little time go by until there is an answer. */
async function answerOf<Result>(asking: Promise<Result>): Promise<Result> {
  for (;;) {
    const settled = await Promise.race([asking.then((result) => ({ result })), turn(1)]);
    if (settled !== undefined) return settled.result;
    vi.advanceTimersByTime(1);
  }
}

const scriptTimers = (): unknown =>
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });

describe("many pictures at once", () => {
  const paths = Array.from({ length: maxFetchesAtOnce + 3 }, (_, index) => `/many-${index}.jpg`);

  test("of which so many are fetched: the others wait, and are fetched in their turn", async () => {
    const slow = held(jpeg(source));
    for (const each of paths) edge.origin.on(each, slow);
    const asking = paths.map((each) => edge.ask(each, { method: "HEAD", headers: { accept: accepts.webp } }));
    await slow.asked;
    await turn();
    expect(edge.origin.count()).toBe(maxFetchesAtOnce);
    slow.release();
    for (const answer of await Promise.all(asking)) expect(answer.status).toBe(200);
    expect(edge.origin.count()).toBe(paths.length);
    // By ours, and by nobody's own request.
    expect(edge.origin.requests().every(({ headers }) => headers["user-agent"]?.startsWith("edge-imaging"))).toBe(true);
    await edge.idle();
  });

  test("of which those that have waited too long pass", async () => {
    const slow = held(jpeg(source));
    for (const [index, each] of paths.entries()) edge.origin.on(each, index < maxFetchesAtOnce ? slow : jpeg(source));
    scriptTimers();
    const asking = paths.map((each) => edge.ask(each, { method: "HEAD", headers: { accept: accepts.webp } }));
    await slow.asked;
    for (let waited = 0; waited <= slowOriginMs; waited += slotPollMs) {
      await turn(1);
      vi.advanceTimersByTime(slotPollMs);
    }
    vi.useRealTimers();
    for (const answer of await Promise.all(asking.slice(maxFetchesAtOnce))) {
      expect(verdictOf(answer)["reason"]).toBe("interim");
    }
    slow.release();
    for (const answer of await Promise.all(asking)) expect(answer.status).toBe(200);
    await edge.idle();
  });
});

describe("nothing is kept", () => {
  test("waiting gives the picture, however slow its origin is", async () => {
    const slow = held(jpeg(source));
    edge.origin.on(path, slow);
    scriptTimers();
    const asking = edge.get(path, accepts.webp);
    await slow.asked;
    await wait(40);
    slow.release();
    expect((await answerOf(asking)).status).toBe(200);
    expect(edge.origin.count(path)).toBe(1);
  });

  test("a connection that hangs ends as a 504 problem", async () => {
    const hanging = held(jpeg(source));
    edge.origin.on(path, hanging);
    scriptTimers();
    const asking = edge.get(path, accepts.webp);
    await hanging.asked;
    await wait(44);
    let isDone = false;
    void asking.then(() => (isDone = true));
    await turn();
    expect(isDone).toBe(false);
    await wait(10);
    expectProblem(await asking, 504);
    vi.useRealTimers();
    edge.origin.on(path, jpeg(source));
    expectPicture(await edge.settle(path, accepts.webp), { ...transcoded, original: source });
  });

  test.each([50, 1000])("a body that stalls after %i bytes ends as a problem, and is not stored", async (sent) => {
    edge.origin.on(path, sequence(stall(source, sent), jpeg(source)));
    scriptTimers();
    const asking = edge.get(path, accepts.webp);
    let isDone = false;
    void asking.then(() => (isDone = true));
    await wait(15);
    expect(isDone).toBe(false);
    await wait(10);
    expectProblem(await asking, 502);
    vi.useRealTimers();
    expectPicture(await edge.settle(path, accepts.webp), { ...transcoded, original: source });
    expect(edge.origin.count(path)).toBe(2);
  });

  test("a page of a missing picture that stalls ends as a problem, too", async () => {
    edge.origin.on(path, async (request, count) => {
      const { body, headers } = await stall(source, 50)(request, count);
      return new Response(body, { status: 404, headers });
    });
    scriptTimers();
    const asking = edge.get(path, accepts.webp);
    let isDone = false;
    void asking.then(() => (isDone = true));
    await wait(25);
    expect(isDone).toBe(true);
    expectProblem(await asking, 502);
  });

  test("a body that stalls holds those who wait for it no longer than the first, and one more request serves them", async () => {
    edge.origin.on(path, sequence(stall(source, 1000), jpeg(source)));
    scriptTimers();
    const leader = edge.get(path, accepts.webp);
    const followers = Array.from({ length: 10 }, () => edge.get(path, accepts.webp));
    await wait(25);
    expectProblem(await leader, 502);
    for (const answer of await answerOf(Promise.all(followers))) expect(answer.status).toBe(200);
    expect(edge.origin.count(path)).toBe(2);
  });

  test("a connection that hangs does not hold up other pictures", async () => {
    const hanging = held(jpeg(source));
    edge.origin.on("/hanging.jpg", hanging);
    const asking = edge.get("/hanging.jpg", accepts.webp);
    await hanging.asked;
    edge.origin.on(path, jpeg(source));
    expectPicture(await edge.get(path, accepts.webp), { ...transcoded, original: source });
    hanging.release();
    expect((await asking).status).toBe(200);
  });

  test("a body that comes slowly is fetched once for fifty clients", async () => {
    const parts = Array.from({ length: 14 }, (_, index) =>
      source.slice(index * 1000, index === 13 ? undefined : (index + 1) * 1000),
    );
    edge.origin.on(path, () => {
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          for (const part of parts) {
            await new Promise((later) => setTimeout(later, 1000));
            controller.enqueue(part);
          }
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "image/jpeg", "cache-control": dayFresh } });
    });
    scriptTimers();
    const asking = Array.from({ length: 50 }, () => edge.get(path, accepts.webp));
    await wait(20);
    const answers = await Promise.all(asking);
    for (const answer of answers) expectPicture(answer, { ...transcoded, original: source });
    expect(edge.origin.count(path)).toBe(1);
  });

  test("a failure of the first request is not that of the others: they share one more", async () => {
    const failing = held(cut);
    edge.origin.on(path, (request, count) => (count <= 2 ? failing : jpeg(source))(request, count));
    const asking = Array.from({ length: 20 }, () => edge.get(path, accepts.webp));
    await failing.asked;
    await turn();
    failing.release();
    const statuses = (await Promise.all(asking)).map((answer) => answer.status);
    expect(statuses.filter((code) => code === 200)).toHaveLength(19);
    // The closed connection is tried once more; then one request asks for all others.
    expect(edge.origin.count(path)).toBe(3);
  });

  test("an origin that is down costs two rounds, not one for each client", async () => {
    const failing = held(cut);
    edge.origin.on(path, failing);
    const asking = Array.from({ length: 20 }, () => edge.get(path, accepts.webp));
    await failing.asked;
    await turn();
    failing.release();
    for (const answer of await Promise.all(asking)) expectProblem(answer, 502);
    expect(edge.origin.count(path)).toBe(4);
  });

  test("those who wait for a request that is gone take over together", async () => {
    const gone = held(jpeg(source));
    edge.origin.on(path, sequence(gone, jpeg(changed)));
    scriptTimers();
    // The request that leads gives no sign of life.
    const pulse = vi.spyOn(globalThis, "setInterval").mockImplementation(() => 0);
    const leader = edge.get(path, accepts.webp);
    await gone.asked;
    pulse.mockRestore();
    const followers = Array.from({ length: 20 }, () => edge.get(path, accepts.webp));
    await turn();
    await wait(10);
    for (const answer of await answerOf(Promise.all(followers))) expect(sourceOf(answer.body)).toBe(nameOf(changed));
    expect(edge.origin.count(path)).toBe(2);
    gone.release();
    await answerOf(leader);
  });
});

describe("a closed connection", () => {
  test("is asked once more, for a picture and for a page", async () => {
    for (const [of, accept] of [
      [path, accepts.webp],
      ["/page", "text/html"],
    ] as const) {
      edge.origin.on(of, sequence(cut, jpeg(source)));
      expect((await edge.get(of, accept)).status).toBe(200);
      expect(edge.origin.count(of)).toBe(2);
    }
  });

  test("is not asked again with a body that may have arrived", async () => {
    edge.origin.on("/order", sequence(cut, status(200, "ordered")));
    expectProblem(await edge.ask("/order", { method: "POST", body: "one" }), 502);
    expect(edge.origin.count("/order")).toBe(1);
  });
});

describe("what is kept is stale", () => {
  const expectStale = (answer: Answer): void => {
    expectPicture(answer, { ...transcoded, original: source });
    expect(cacheStatusOf(answer).get("fwd")).toBe("stale");
  };

  test("a hanging origin is waited for once, and then not by anybody", async () => {
    await expire();
    const hanging = held(jpeg(changed));
    edge.origin.on(path, hanging);
    scriptTimers();
    const asking = Array.from({ length: 10 }, () => edge.get(path, accepts.webp));
    await hanging.asked;
    await turn();
    await wait(3);
    for (const answer of await Promise.all(asking)) expectStale(answer);
    // The host is known to be slow: no time goes by for these.
    for (let request = 0; request < 3; request++) expectStale(await edge.get(path, accepts.webp));
    expect(edge.origin.count(path)).toBe(2);
    vi.useRealTimers();
    hanging.release();
    await edge.idle();
    const fresh = await edge.get(path, accepts.webp);
    expect([isHit(fresh), sourceOf(fresh.body)]).toEqual([true, nameOf(changed)]);
    expect(edge.origin.count(path)).toBe(2);
  });

  test.each(["max-age=10, stale-while-revalidate=60", "s-maxage=10, stale-while-revalidate=60"])(
    "%s: it is sent at once, and one request asks",
    async (control) => {
      await expire(control);
      const slow = held(jpeg(changed));
      edge.origin.on(path, slow);
      scriptTimers();
      for (let request = 0; request < 5; request++) expectStale(await edge.get(path, accepts.webp));
      expect(edge.origin.count(path)).toBe(2);
      vi.useRealTimers();
      slow.release();
      await edge.idle();
      expect(sourceOf((await edge.get(path, accepts.webp)).body)).toBe(nameOf(changed));
      expect(edge.origin.count(path)).toBe(2);
    },
  );

  test("after the time that stale-while-revalidate allows, the origin is waited for again", async () => {
    await expire("s-maxage=10, stale-while-revalidate=60");
    edge.pass(60);
    edge.origin.on(path, jpeg(changed));
    expect(sourceOf((await edge.get(path, accepts.webp)).body)).toBe(nameOf(changed));
  });

  test("a failing host is left alone for seconds, then tried by one request, and trusted when it answers", async () => {
    await expire();
    await expire("max-age=10", "/second.jpg");
    const before = edge.origin.count();
    edge.origin.on(path, status(503, "busy"));
    edge.origin.on("/second.jpg", status(503, "busy"));
    expectStale(await edge.get(path, accepts.webp));
    expect(edge.origin.count()).toBe(before + 1);
    for (const of of [path, "/second.jpg", path]) expectStale(await edge.get(of, accepts.webp));
    expect(edge.origin.count()).toBe(before + 1);
    edge.pass(6);
    // Another picture is the first that is asked for; its answer is everybody's news.
    const slow = held(jpeg(changed));
    edge.origin.on("/second.jpg", slow);
    const asking = edge.get("/second.jpg", accepts.webp);
    await slow.asked;
    expectStale(await edge.get(path, accepts.webp));
    expect(edge.origin.count()).toBe(before + 2);
    slow.release();
    expectStale(await asking);
    await edge.idle();
    edge.origin.on(path, jpeg(changed));
    edge.pass(61);
    expect(sourceOf((await edge.settle(path, accepts.webp)).body)).toBe(nameOf(changed));
  });

  test("a picture of which nothing is kept is asked for, however its host fares", async () => {
    await expire();
    edge.origin.on(path, status(503, "busy"));
    await edge.get(path, accepts.webp);
    edge.origin.on("/new.jpg", jpeg(changed));
    expect(verdictOf(await edge.settle("/new.jpg", accepts.webp))["reason"]).toBe("transcoded");
  });

  test.each([
    ["404", status(404, "gone")],
    ["a picture that is private now", jpeg(changed, { "cache-control": "private" })],
    ["a picture that lives shortly now", jpeg(changed, { "cache-control": "no-store" })],
  ] as const)("is not shown any more once the origin has said %s, not even while it fails", async (_name, script) => {
    await expire();
    edge.origin.on(path, script);
    const answer = await edge.get(path, accepts.webp);
    expect(sourceOf(answer.body)).not.toBe(nameOf(source));
    await edge.idle();
    edge.pass(61);
    edge.origin.on(path, status(503, "busy"));
    const failure = await edge.get(path, accepts.webp);
    expect([failure.status, textOf(failure)]).toEqual([503, "busy"]);
  });
});

describe("a 304", () => {
  const etag = '"v1"';
  const confirm =
    (fields: Record<string, string>, whole: Script = jpeg(source, { etag, "cache-control": "max-age=10" })): Script =>
    (request, count) =>
      (request.headers["if-none-match"] === etag ? status(304, "", fields) : whole)(request, count);

  async function expireTagged(): Promise<void> {
    edge.origin.on(path, jpeg(source, { etag, "cache-control": "max-age=10", age: "5", "x-shop": "old" }));
    await edge.settle(path, accepts.webp);
    edge.pass(11);
  }

  test.each([
    ["no-store", "no-store"],
    ["private", "private, max-age=600"],
  ])("that says %s takes the permission to store away", async (_name, control) => {
    await expireTagged();
    edge.origin.on(path, confirm({ etag, "cache-control": control }));
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.get(path, accepts.webp);
      expect(answer.status).toBe(200);
      expect(verdictOf(answer)).toMatchObject({ format: "jpeg", reason: "not-cacheable" });
      expect(answer.headers["cache-control"]).toBe(control);
      expect(nameOf(answer.body)).toBe(nameOf(source));
      await edge.idle();
      edge.origin.on(path, jpeg(source, { etag, "cache-control": control }));
    }
  });

  test("to a client with a cookie, too: its own request is made", async () => {
    await expireTagged();
    edge.origin.on(path, (request, count) =>
      (request.headers["cookie"] === "a=1"
        ? jpeg(changed, { "cache-control": "private" })
        : confirm({ etag, "cache-control": "private" }))(request, count),
    );
    const answer = await edge.get(path, accepts.webp, { cookie: "a=1" });
    expect(nameOf(answer.body)).toBe(nameOf(changed));
  });

  test("of another version is not believed: the picture is fetched whole", async () => {
    await expireTagged();
    edge.origin.on(path, confirm({ etag: '"v2"', "cache-control": dayFresh }, jpeg(changed, { etag: '"v2"' })));
    expect(sourceOf((await edge.settle(path, accepts.webp)).body)).toBe(nameOf(changed));
  });

  test("updates the fields that it repeats, and its age is its own", async () => {
    await expireTagged();
    edge.origin.on(path, confirm({ etag, "cache-control": "max-age=600", "x-shop": "new" }));
    await edge.settle(path, accepts.webp);
    const hit = await edge.hit(path, accepts.webp);
    expect(hit.headers).toMatchObject({ "x-shop": "new", "cache-control": "max-age=600", age: "0" });
    expect(cacheStatusOf(hit).get("ttl")).toBeGreaterThan(590);
    expect(hit.headers["content-type"]).toBe("image/webp");
  });
});

describe.each([404, 410])("%i", (code) => {
  const gone = (fields: Record<string, string> = {}): Script => status(code, "no such picture", fields);
  const ask = (headers: Record<string, string> = {}): Promise<Answer> => edge.get(path, accepts.webp, headers);

  test("is asked for once by fifty clients, and kept for a minute at most", async () => {
    const slow = held(gone({ "cache-control": dayFresh, "x-own": "kept" }));
    edge.origin.on(path, slow);
    const asking = Array.from({ length: 50 }, () => ask());
    await slow.asked;
    await turn();
    slow.release();
    for (const answer of await Promise.all(asking)) {
      expect([answer.status, textOf(answer)]).toEqual([code, "no such picture"]);
      expect(answer.headers).toMatchObject({ "x-own": "kept", vary: "Accept", "cache-control": dayFresh });
      expect(verdictOf(answer)["reason"]).toBe("origin-error");
    }
    expect(edge.origin.count(path)).toBe(1);
    edge.pass(59);
    const kept = await ask({ cookie: "a=1" });
    expect([isHit(kept), kept.headers["age"]]).toEqual([true, "59"]);
    edge.pass(2);
    edge.origin.on(path, jpeg(source));
    expectPicture(await edge.settle(path, accepts.webp), { ...transcoded, original: source });
  });

  test("is not kept by the platform's cache in front of the origin", async () => {
    const asked: Request[] = [];
    const spied = await startEdge({
      fetch: (...given) => {
        asked.push(new Request(...given));
        return fetchScripted(...given);
      },
    });
    spied.origin.on(path, gone());
    await spied.get(path, accepts.webp);
    expect(asked.map(({ cf }) => cf)).toMatchObject([{ cacheEverything: true, cacheTtlByStatus: { [code]: -1 } }]);
  });

  test.each([
    [{ "cache-control": "no-store" }],
    [{ "cache-control": "max-age=0" }],
    [{ "set-cookie": "a=1" }],
    [{ vary: "Cookie" }],
  ] as Record<string, string>[][])("with %j is not kept", async (fields = {}) => {
    edge.origin.on(path, gone(fields));
    await ask();
    await ask();
    expect(edge.origin.count(path)).toBe(2);
  });

  test("with a long page is passed on and not kept", async () => {
    edge.origin.on(path, status(code, "x".repeat(40_000)));
    for (let request = 0; request < 2; request++) expect((await ask()).body.length).toBe(40_000);
    expect(edge.origin.count(path)).toBe(2);
  });
});

test("HEAD on a miss encodes nothing; GET then needs no second fetch", async () => {
  edge.origin.on(path, jpeg(source));
  const head = await edge.ask(path, { method: "HEAD", headers: { accept: accepts.webp } });
  await edge.idle();
  expect([head.status, head.body.length, edge.engine.encoded]).toEqual([200, 0, []]);
  expect(head.headers).toMatchObject({ "content-type": "image/jpeg", "content-length": String(source.length) });
  expectPicture(await edge.get(path, accepts.webp), { ...transcoded, original: source });
  expect(edge.origin.count(path)).toBe(1);
});
