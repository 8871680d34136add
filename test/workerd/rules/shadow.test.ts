/** MODE=shadow: visitors get what they would get without this program, and the work is done afterwards. */
import { beforeEach, expect, test } from "vitest";
import { accepts, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectForwardedPicture, expectPicture } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { createMapCache } from "../map-cache.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { html, jpeg, status } from "../scripted-origin.ts";

const path = "/photo.jpg";
const source = pictureOf("photo");
const forwarded = { format: "jpeg", reason: "shadow", original: source } as const;

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge({ vars: { MODE: "shadow", ADMIN_TOKEN: "" } });
  edge.origin.on(path, jpeg(source, { etag: '"own"' }));
});

test("the first answer is the origin's own, before anything is encoded; then it says what would be saved", async () => {
  const gate = Promise.withResolvers<void>();
  edge.engine.until = gate.promise;
  const first = await edge.get(path, accepts.chrome);
  expectForwardedPicture(first, forwarded);
  expect(first.headers["etag"]).toBe('"own"');
  expect(edge.engine.encoded).toEqual([]);
  gate.resolve();
  await edge.idle();
  expect(edge.engine.encoded).toContain("avif");
  const later = await edge.get(path, accepts.chrome);
  expectPicture(later, { format: "jpeg", reason: "shadow", original: source, hit: true });
  expect(verdictOf(later)["saved"]).toBeGreaterThan(source.length / 8);
  expect(verdictOf(later)).not.toHaveProperty("pending");
});

test("nothing is begun before the last byte has gone to the client", async () => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  edge.origin.on(path, () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(source.slice(0, 5000));
        await end;
        controller.enqueue(source.slice(5000));
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" } });
  });
  const asking = edge.get(path, accepts.chrome);
  await new Promise((later) => setTimeout(later, 50));
  expect(edge.origin.count(path)).toBe(1);
  resolve();
  expect(isSame((await asking).body, source)).toBe(true);
  await edge.idle();
  // The picture is fetched for itself, without anything of the client's.
  expect(edge.origin.count(path)).toBe(2);
});

/** What has been done when the client has its answer; what its body is followed by is done later. */
async function doneBeforeTheAnswer(MODE: string, headers: Record<string, string>): Promise<Record<string, number>> {
  const cache = createMapCache();
  const counted = await startEdge({ vars: { MODE, ADMIN_TOKEN: "" }, cache });
  let pulled = 0;
  counted.origin.on(path, () => {
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      pulled += 1;
      if (pulled <= 3) controller.enqueue(source.slice(0, 100));
      else controller.close();
    };
    const fields = { "content-type": "image/jpeg", "cache-control": "max-age=86400" };
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers: fields });
  });
  const done = async (): Promise<Record<string, number>> => ({
    requests: counted.origin.count(),
    chunks: pulled,
    lookUps: cache.count("match"),
    writes: cache.count("put"),
    encodes: counted.engine.encoded.length,
  });
  const response = await counted.respond(path, { headers: { accept: accepts.chrome, ...headers } });
  const before = await done();
  await response.arrayBuffer();
  await counted.idle();
  return before;
}

test.each([{}, { cookie: "user=alice" }, { "if-none-match": '"own"' }, { range: "bytes=0-9" }, { "save-data": "on" }])(
  "before the first byte nothing is done that is not done with MODE=off, but for one look-up: %j",
  async (headers) => {
    const off = await doneBeforeTheAnswer("off", headers);
    expect(off).toEqual({ requests: 1, chunks: off["chunks"], lookUps: 0, writes: 0, encodes: 0 });
    expect(await doneBeforeTheAnswer("shadow", headers)).toEqual({ ...off, lookUps: 1 });
  },
);

test("a busy encoder does not hold up anybody", async () => {
  edge.engine.until = new Promise(() => undefined);
  await edge.get(path, accepts.chrome);
  edge.origin.on("/other.jpg", jpeg(source));
  for (let request = 0; request < 3; request++) {
    const answer = await edge.get("/other.jpg", accepts.chrome);
    expect(isSame(answer.body, source)).toBe(true);
  }
});

test("the client's request goes to the origin as it is, and its answer comes back as it is", async () => {
  const headers = { cookie: "a=1", "user-agent": "Firefox", referer: "https://shop.example/", "accept-language": "fr" };
  const answer = await edge.get(path, accepts.chrome, headers);
  expect(edge.origin.requests(path)[0]?.headers).toMatchObject(headers);
  expect(answer.headers["cache-control"]).toBe("public, max-age=86400");
  edge.origin.on("/cookie.jpg", jpeg(source, { "set-cookie": ["a=1", "b=2"] }));
  const own = await edge.get("/cookie.jpg", accepts.chrome);
  expect([own.cookies, verdictOf(own)["reason"]]).toEqual([["a=1", "b=2"], "not-cacheable"]);
});

test.each([
  ["private", jpeg(source, { "cache-control": "private" }), "not-cacheable"],
  ["short-lived", jpeg(source, { "cache-control": "max-age=60" }), "ttl-too-short"],
  ["a page", html("a page"), "not-an-image"],
  ["an error", status(404, "gone"), "origin-error"],
])("%s: no work follows, and the origin is asked once", async (_name, script, reason) => {
  edge.origin.on("/pass.jpg", script);
  const answer = await edge.get("/pass.jpg", accepts.chrome);
  await edge.idle();
  expect(verdictOf(answer)["reason"]).toBe(reason);
  expect([edge.origin.count("/pass.jpg"), edge.engine.encoded]).toEqual([1, []]);
});

test("conditions and HEAD are the origin's to answer until something is stored", async () => {
  edge.origin.on(path, ({ method, headers }, count) =>
    headers["if-none-match"] === '"own"'
      ? status(304, "", { etag: '"own"' })({ method, headers, url: path, cache: undefined }, count)
      : jpeg(source)({ method, headers, url: path, cache: undefined }, count),
  );
  expect((await edge.get(path, accepts.chrome, { "if-none-match": '"own"' })).status).toBe(304);
  const head = await edge.ask(path, { method: "HEAD", headers: { accept: accepts.chrome } });
  expect([head.status, head.body.length]).toEqual([200, 0]);
  await edge.idle();
  expect(edge.engine.encoded).toEqual([]);
  expect(isHit(await edge.get(path, accepts.chrome))).toBe(false);
});
