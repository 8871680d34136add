/** `URL_SIGNING_KEYS`: what is not signed has nothing made of it. */
import { describe, expect, test } from "vitest";
import { signUrl } from "../../../src/edge/url-signature.ts";
import { accepts, type Answer, directive, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { expectProblem } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { html, jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");
const [key, older] = ["a key of some length", "an older key of a length"];

async function edgeWith(vars: Readonly<Record<string, string>> = {}): Promise<Edge> {
  const edge = await startEdge({ vars: { FORMATS: "webp", URL_SIGNING_KEYS: `${key}, ${older}`, ...vars } });
  edge.origin.on("/a.jpg", jpeg(source));
  edge.origin.on("/page", html("a page"));
  return edge;
}

/** Path and query, signed; `seconds` from now. */
async function signed(path: string, seconds?: number, by = key): Promise<string> {
  const end = seconds === undefined ? undefined : Math.floor(Date.now() / 1000) + seconds;
  const { pathname, search } = await signUrl(new URL(path, "http://images.test"), by, end);
  return pathname + search;
}

function expectPassed(edge: Edge, answer: Answer): void {
  expect(answer.status).toBe(200);
  expect(isSame(answer.body, source)).toBe(true);
  expect(verdictOf(answer)["reason"]).toBe("bypass");
  expect(directive(answer, "max-age")).toBeLessThanOrEqual(60);
  expect(edge.engine.encoded).toEqual([]);
}

describe.each([key, older])("a URL that %j has signed", (by) => {
  test("has its picture made, once for all signatures", async () => {
    const edge = await edgeWith();
    expect(verdictOf(await edge.settle(await signed("/a.jpg?w=1", 3600, by), accepts.webp))["reason"]).toBe(
      "transcoded",
    );
    expect(isHit(await edge.get(await signed("/a.jpg?w=1", 7200, by), accepts.webp))).toBe(true);
    expect(isHit(await edge.get(await signed("/a.jpg?w=1"), accepts.webp))).toBe(true);
    expect(edge.engine.encoded).toEqual(["webp"]);
    expect(edge.origin.requests().map(({ url }) => url)).toEqual(["/a.jpg?w=1"]);
  });
});

describe("without a valid signature", () => {
  test("an image is the original, whatever is invented", async () => {
    const edge = await edgeWith();
    const valid = await signed("/a.jpg", 60);
    const paths = ["/a.jpg", "/a.jpg?w=2", "/a.jpg?imaging-signature=x", `${valid}&x=1`, await signed("/a.jpg", -1)];
    paths.push(await signed("/a.jpg", 60, "a key of somebody else"));
    for (const path of paths) expectPassed(edge, await edge.get(path, accepts.webp));
    await edge.idle();
    expect(edge.engine.encoded).toEqual([]);
    // The signature was for us.
    expect(edge.origin.requests().filter(({ url }) => url.includes("imaging-"))).toEqual([]);
  });

  test("a stored picture is not had either, and what is stored stays", async () => {
    const edge = await edgeWith();
    const path = await signed("/a.jpg", 60);
    await edge.hit(path, accepts.webp);
    const answer = await edge.get("/a.jpg", accepts.webp);
    expect(isSame(answer.body, source)).toBe(true);
    expect(verdictOf(answer)["reason"]).toBe("bypass");
    expect(isHit(await edge.get(path, accepts.webp))).toBe(true);
    edge.pass(61);
    expect(verdictOf(await edge.get(path, accepts.webp))["reason"]).toBe("bypass");
  });

  test("UNSIGNED=refuse: nothing that looks like an image comes, by any method; pages do", async () => {
    const edge = await edgeWith({ UNSIGNED: "refuse" });
    for (const headers of [
      {},
      { accept: accepts.webp },
      { accept: "text/html" },
      { authorization: "x" },
      { cookie: "a=1" },
    ]) {
      expectProblem(await edge.ask("/a.jpg", { headers }), 403);
    }
    expectProblem(await edge.ask("/a.jpg", { method: "POST" }), 403);
    expectProblem(await edge.ask(await signed("/a.jpg", -1)), 403);
    expect((await edge.ask("/a.jpg", { method: "HEAD" })).status).toBe(403);
    expect(edge.origin.count()).toBe(0);
    expect((await edge.ask("/page", { headers: { accept: "text/html" } })).status).toBe(200);
    expect((await edge.ask(await signed("/a.jpg", 60), { headers: { accept: accepts.webp } })).status).toBe(200);
  });
});

test("explain says what is wrong with a signature", async () => {
  const edge = await edgeWith({ ENVIRONMENT: "development" });
  const explain = async (path: string): Promise<unknown> => {
    const answer = await edge.ask(`/_imaging/explain?url=${encodeURIComponent(path)}&accept=image/webp`);
    return (JSON.parse(new TextDecoder().decode(answer.body)) as { readonly answer: unknown }).answer;
  };
  expect(await explain("/a.jpg")).toEqual({ reason: "bypass", detail: "the signature is missing" });
  expect(await explain(await signed("/a.jpg", -1))).toMatchObject({ detail: "the signature is expired" });
  expect(await explain(`${await signed("/a.jpg", 60)}&x`)).toMatchObject({ detail: "the signature is wrong" });
  expect(await explain(await signed("/a.jpg", 60))).not.toMatchObject({ reason: "bypass" });
});

test("a purge of a signed URL purges its picture", async () => {
  const edge = await edgeWith({ ENVIRONMENT: "development" });
  const path = await signed("/a.jpg", 60);
  await edge.hit(path, accepts.webp);
  await edge.ask("/_imaging/purge", { method: "POST", body: JSON.stringify({ urls: [path] }) });
  expect(isHit(await edge.get(path, accepts.webp))).toBe(false);
});

test("without keys a signature is taken out and means nothing", async () => {
  const edge = await edgeWith({ URL_SIGNING_KEYS: "" });
  await edge.hit("/a.jpg", accepts.webp);
  expect(isHit(await edge.get("/a.jpg?imaging-expires=1&imaging-signature=x", accepts.webp))).toBe(true);
});

test("a key that is too short passes everything through, and is shown nowhere", async () => {
  const edge = await edgeWith({ URL_SIGNING_KEYS: `${key},short`, UNSIGNED: "refuse" });
  const answer = await edge.get("/a.jpg", accepts.webp);
  expectPassed(edge, answer);
  const health = await edge.ask("/_imaging/health");
  const said = [
    answer.headers["edge-imaging-config"],
    new TextDecoder().decode(health.body),
    JSON.stringify(edge.reported),
  ];
  for (const text of said) {
    expect(text).toContain("URL_SIGNING_KEYS");
    expect(text).not.toMatch(/short|some length/);
  }
});
