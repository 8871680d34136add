import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectProblem } from "../support/expect-picture.ts";
import { animation, photo, pngOf, transparency } from "../support/pictures.ts";
import { bytes, html, jpeg, png, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

let origin: ScriptedOrigin;
let edge: Edge;
const token = "a-token-for-the-tests";
const operator = { authorization: `Bearer ${token}` };

beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url, ADMIN_TOKEN: token } });
  origin.on("/photo.jpg", jpeg(await photo()));
  origin.on("/other.jpg", jpeg(await photo()));
  origin.on("/logo.png", png(await pngOf(transparency(96, 64))));
  origin.on("/moving.gif", bytes(await animation("gif"), "image/gif"));
  origin.on("/page.jpg", html("<p>no picture</p>"));
});

afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

interface Explanation {
  readonly candidate: boolean;
  readonly client: { readonly class: string; readonly accept: readonly string[]; readonly network: string };
  readonly cache: { readonly answer: string; readonly source: string };
  readonly formats: readonly { readonly format: string; readonly accepted: boolean }[];
  readonly answer: { readonly format: string; readonly reason: string; readonly to: number };
}

async function explain(path: string, client: Readonly<Record<string, string>>): Promise<Explanation> {
  const query = new URLSearchParams({ url: path, ...client });
  const answer = await edge.get(`/_imaging/explain?${query.toString()}`, "application/json", operator);
  expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
  return JSON.parse(String(answer.body)) as Explanation;
}

describe("/_imaging/explain", () => {
  test.each([
    ["/photo.jpg", accepts.chrome],
    ["/photo.jpg", accepts.webp],
    ["/photo.jpg", "*/*"],
    ["/photo.jpg", "image/avif;q=0,image/webp,*/*"],
    ["/logo.png", accepts.chrome],
    ["/logo.png", "image/avif,*/*"],
    ["/logo.png", "image/png"],
    ["/moving.gif", accepts.chrome],
    ["/photo.jpg?imaging=off", accepts.chrome],
    ["/page.jpg", accepts.chrome],
  ])("says of %s for %s what is really served", async (path, accept) => {
    const served = await edge.settle(path, accept);
    const verdict = verdictOf(served);
    const { answer, client } = await explain(path, { accept });
    expect([answer.reason, client.class]).toEqual([verdict["reason"], verdict["class"]]);
    if (answer.format !== undefined) {
      expect([answer.format, answer.to]).toEqual([verdict["format"], served.body.length]);
    }
  });

  test("says what each header field led to, and whose answer is kept", async () => {
    await edge.settle("/photo.jpg", accepts.webp);
    const slow = await explain("/photo.jpg", { accept: "image/webp,image/avif;q=0", "save-data": "on" });
    expect(slow.client).toMatchObject({ class: "webp.slow", network: "slow: Save-Data: on" });
    expect(slow.client.accept).toEqual([
      "image/jxl is not named, and a wildcard proves nothing",
      "image/avif is refused",
      "image/webp is named with weight 1",
      "image/jp2 is not named, and a wildcard proves nothing",
      "image/jxr is not named, and a wildcard proves nothing",
    ]);
    expect(slow.cache).toMatchObject({ answer: "not kept", source: "fresh" });
    expect(Object.fromEntries(slow.formats.map(({ format, accepted }) => [format, accepted]))).toEqual({
      jxl: false,
      avif: false,
      webp: true,
      jp2: false,
      jxr: false,
      "jxr-ms": false,
      "jxr-hd": false,
      jpeg: true,
    });
    const kept = await explain("/photo.jpg", { accept: accepts.webp });
    expect(kept.cache.answer).toBe("final");
  });

  test("encodes and stores nothing", async () => {
    const first = await explain("/other.jpg", { accept: accepts.webp });
    expect(first).toMatchObject({ answer: { reason: "interim" }, cache: { source: "not kept" } });
    expect((await explain("/other.jpg", { accept: accepts.webp })).cache).toMatchObject({ source: "not kept" });
  });

  test("is plain text for a browser", async () => {
    const answer = await edge.get("/_imaging/explain?url=/photo.jpg", "text/html", operator);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(String(answer.body)).toContain("class: baseline");
  });

  test.each(["", "?url=", "?url=https://other.example/a.jpg", "?url=//other.example/a.jpg", "?url=/a.jpg&ua=a%0Ab"])(
    "%j is 400",
    async (query) => {
      expectProblem(await edge.get(`/_imaging/explain${query}`, "*/*", operator), 400);
    },
  );

  test("needs the token, and not in the URL", async () => {
    expectProblem(await edge.get("/_imaging/explain?url=/photo.jpg", "*/*"), 401);
    expectProblem(await edge.get(`/_imaging/explain?url=/photo.jpg&token=${encodeURIComponent(token)}`, "*/*"), 401);
  });
});
