/** The same application without Cloudflare: `edge-imaging serve` as a process, with its cache on the disk. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accepts, isHit, verdictOf } from "../support/answer.ts";
import { type Answer, ask } from "../support/http.ts";
import { photo } from "../support/pictures.ts";
import { html, jpeg, type ScriptedOrigin, startScriptedOrigin } from "../support/scripted-origin.ts";
import { type ServeProcess, startServe, token } from "../support/serve.ts";

const path = "/photo.jpg";

let origin: ScriptedOrigin;
let folder: string;
let server: ServeProcess;

const start = (port?: string): Promise<ServeProcess> => startServe(origin.url, folder, ["FORMATS:webp"], port);

const get = (headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(server.url + path, { headers: { accept: accepts.webp, ...headers } });

async function settle(): Promise<Answer> {
  for (;;) {
    const answer = await get();
    if (verdictOf(answer)["reason"] !== "interim") return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  origin = await startScriptedOrigin();
  origin.on(path, jpeg(await photo()));
  origin.on("/page", html("<p>a page</p>"));
  folder = await mkdtemp(join(tmpdir(), "edge-imaging-serve-"));
  server = await start();
});

afterAll(async () => {
  await server?.stop();
  await origin?.close();
  await rm(folder, { recursive: true, force: true });
});

test("a picture becomes smaller, is kept, and outlives the process", async () => {
  const final = await settle();
  expect([final.status, final.headers["content-type"]]).toEqual([200, "image/webp"]);
  expect(verdictOf(final)).toMatchObject({ source: "jpeg", format: "webp", reason: "transcoded" });
  expect(await server.stop()).toBe(0);
  const asked = origin.count(path);
  server = await start(new URL(server.url).port);
  const again = await get();
  expect(isHit(again), again.headers["cache-status"]).toBe(true);
  expect(Buffer.compare(again.body, final.body)).toBe(0);
  expect(origin.count(path)).toBe(asked);
});

test("conditional requests, ranges and HEAD are answered from the disk", async () => {
  const whole = await settle();
  const etag = whole.headers["etag"] ?? "";
  expect((await get({ "if-none-match": etag })).status).toBe(304);
  const part = await get({ range: "bytes=4-7" });
  expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 4-7/${whole.body.length}`]);
  expect(Buffer.compare(part.body, whole.body.subarray(4, 8))).toBe(0);
  expect((await get({ range: "bytes=99999999-" })).status).toBe(416);
  const head = await ask(server.url + path, { method: "HEAD", headers: { accept: accepts.webp } });
  expect([head.status, head.body.length, head.headers["etag"]]).toEqual([200, 0, etag]);
});

test("what is no picture passes, and a purge needs the token", async () => {
  const page = await ask(`${server.url}/page`, { headers: { accept: "text/html" } });
  expect([page.status, page.body.toString()]).toEqual([200, "<p>a page</p>"]);
  origin.on("/page.jpg", html("<p>a page</p>", { "content-length": "13" }));
  for (const [missing, reason] of [
    ["/page.jpg", "not-an-image"],
    ["/missing.jpg", "origin-error"],
  ] as const) {
    const answer = await ask(server.url + missing, { headers: { accept: accepts.webp } });
    expect(verdictOf(answer)).toMatchObject({ reason });
    // Twice if the first answer could not be passed on.
    expect(origin.count(missing)).toBe(1);
  }
  const purge = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
    ask(`${server.url}/_imaging/purge`, { method: "POST", headers, body: JSON.stringify({ urls: [path] }) });
  expect((await purge({})).status).toBe(401);
  expect((await purge({ authorization: `Bearer ${token}` })).status).toBe(200);
  expect(isHit(await get())).toBe(false);
});
