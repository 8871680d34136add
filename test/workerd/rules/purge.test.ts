/** The paths below `/_imaging/`, and what a purge leaves: nothing. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { expectProblem, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { held, jpeg, type Script, status } from "../scripted-origin.ts";

const path = "/stream.jpg";
const token = "a-token-of-some-length";
const bearer = `Bearer ${token}`;
const [source, changed] = [pictureOf("photo"), pictureOf("changed")];
const classes = [accepts.avif, accepts.webp, accepts.baseline];

async function edgeWith(vars: Readonly<Record<string, string>> = { ADMIN_TOKEN: token }): Promise<Edge> {
  const edge = await startEdge({ vars });
  edge.origin.on(path, jpeg(source));
  return edge;
}

const purge = (edge: Edge, urls: readonly string[], authorization?: string): Promise<Answer> =>
  edge.ask("/_imaging/purge", {
    method: "POST",
    body: JSON.stringify({ urls }),
    headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
  });

/** Every class gets the picture that came after the purge. */
async function expectChanged(edge: Edge, target: string, about = ""): Promise<void> {
  for (const accept of classes) {
    const answer = await edge.settle(target, accept);
    expect(verdictOf(answer)["from"], about + accept).toBe(changed.length);
    expect(sourceOf(answer.body), about + accept).toBe(nameOf(changed));
  }
}

describe("/_imaging/", () => {
  test("health answers 200 to anybody and shows no secret", async () => {
    const edge = await edgeWith();
    const answer = await edge.ask("/_imaging/health");
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.headers) + textOf(answer)).not.toContain(token);
    expect(edge.origin.count()).toBe(0);
  });

  test("without ADMIN_TOKEN everything but health is 404 outside development, whatever token is shown", async () => {
    const edge = await edgeWith({});
    for (const authorization of [undefined, "Bearer ", bearer])
      expect((await purge(edge, [path], authorization)).status).toBe(404);
    expect((await edge.ask("/_imaging/other")).status).toBe(404);
    expect((await edge.ask("/_imaging/health")).status).toBe(200);
    expect(edge.origin.count()).toBe(0);
  });

  test("purge without the right token is 401, with another method 405, which says what is allowed", async () => {
    const edge = await edgeWith();
    for (const authorization of [undefined, "Bearer wrong", `Basic ${token}`, token])
      expectProblem(await purge(edge, [path], authorization), 401);
    expect((await edge.ask(`/_imaging/purge?token=${token}`, { method: "POST", body: "{}" })).status).toBe(401);
    const get = await edge.ask("/_imaging/purge", { headers: { authorization: bearer } });
    expect([get.status, get.headers["allow"]]).toEqual([405, "POST"]);
    const put = await edge.ask("/_imaging/stats", { method: "PUT", headers: { authorization: bearer } });
    expect([put.status, put.headers["allow"]]).toEqual([405, "GET, HEAD"]);
  });

  test("purge of nonsense or of another host's URL is 400", async () => {
    const edge = await edgeWith();
    expectProblem(await purge(edge, ["https://elsewhere.example/x.jpg"], bearer), 400);
    for (const body of ["", "{", "[]", '{"urls": "x"}', '{"urls": [1]}'])
      expectProblem(
        await edge.ask("/_imaging/purge", { method: "POST", body, headers: { authorization: bearer } }),
        400,
      );
  });

  test("in development no token is needed", async () => {
    const edge = await edgeWith({ ENVIRONMENT: "development" });
    expect((await purge(edge, [path])).status).toBe(200);
  });

  test("is never sent to the origin, and an error of the origin there does not show", async () => {
    const edge = await edgeWith({});
    edge.origin.on("/_imaging/secret", status(200, "from the origin"));
    expect((await edge.get("/_imaging/secret", "text/html")).status).toBe(404);
    expect(edge.origin.count()).toBe(0);
  });
});

describe("purge", () => {
  test.each([
    ["a path", (target: string) => target],
    ["a whole URL", (target: string, edge: Edge) => edge.url + target],
  ])("of %s removes every class; what comes next is the new picture", async (_name, spell) => {
    const edge = await edgeWith();
    const target = `${path}?v=1`;
    for (const accept of classes) await edge.hit(target, accept);
    edge.origin.on(path, jpeg(changed));
    expect((await purge(edge, [spell(target, edge)], bearer)).status).toBe(200);
    expect(isHit(await edge.get(target, accepts.baseline))).toBe(false);
    await expectChanged(edge, target);
  });

  test("reaches the answers that were stored for other sites (CORS)", async () => {
    const edge = await edgeWith();
    const shared =
      (body: Uint8Array): Script =>
      (request, count) =>
        jpeg(body, { vary: "Origin", "access-control-allow-origin": request.headers["origin"] ?? "*" })(request, count);
    const sites = [{ origin: "https://a.example" }, { origin: "https://b.example" }, {}];
    edge.origin.on(path, shared(source));
    for (const headers of sites) await edge.hit(path, accepts.webp, headers);
    edge.origin.on(path, shared(changed));
    expect((await purge(edge, [path], bearer)).status).toBe(200);
    for (const headers of sites) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expect(sourceOf(answer.body), JSON.stringify(headers)).toBe(nameOf(changed));
    }
  });

  test("an encode in flight does not bring the purged picture back", async () => {
    const edge = await startEdge({ vars: { ADMIN_TOKEN: token, INLINE_BUDGET_MS: "0" } });
    const gate = Promise.withResolvers<void>();
    edge.engine.until = gate.promise;
    edge.origin.on(path, jpeg(source));
    await edge.get(path, accepts.avif);
    while (edge.engine.encoded.length === 0) await new Promise((later) => setTimeout(later, 1));
    edge.origin.on(path, jpeg(changed));
    expect((await purge(edge, [path], bearer)).status).toBe(200);
    gate.resolve();
    await edge.idle();
    // What was stored after the purge would show in the first round, what is stored late in the second.
    for (const round of ["first ", "second "]) await expectChanged(edge, path, round);
  });

  test("a fetch in flight does not bring the purged picture back", async () => {
    const edge = await edgeWith();
    const slow = held(jpeg(source));
    edge.origin.on(path, slow);
    const early = edge.get(path, accepts.avif);
    await slow.asked;
    edge.origin.on(path, jpeg(changed));
    expect((await purge(edge, [path], bearer)).status).toBe(200);
    slow.release();
    expect(sourceOf((await early).body)).toBe(nameOf(source));
    await edge.idle();
    for (const round of ["first ", "second "]) await expectChanged(edge, path, round);
  });
});
