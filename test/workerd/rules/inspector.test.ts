/** The page for people below `/_imaging/`: who may open it, what it may load, and what it says. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer } from "../../support/answer.ts";
import { expectProblem, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg } from "../scripted-origin.ts";

const path = "/stream.jpg";
const token = "a-token-of-some-length";
const source = pictureOf("photo");
const chrome156 =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

async function edgeWith(vars: Readonly<Record<string, string>> = { ADMIN_TOKEN: token }): Promise<Edge> {
  const edge = await startEdge({ vars });
  edge.origin.on(path, jpeg(source));
  return edge;
}

const basic = (pair: string): { readonly authorization: string } => ({ authorization: `Basic ${btoa(pair)}` });

interface Explanation {
  readonly summary: string;
  readonly client: { readonly class: string };
  readonly answer: { readonly reason: string };
}

async function explain(edge: Edge, query: string, headers: Readonly<Record<string, string>>): Promise<Explanation> {
  const answer = await edge.ask(`/_imaging/explain?url=${path}${query}`, { headers });
  expect(answer.status).toBe(200);
  return JSON.parse(textOf(answer)) as Explanation;
}

describe("who may open /_imaging/", () => {
  test.each([
    ["anybody", "a-token-of-some-length"],
    ["", "a-token-of-some-length"],
  ])("%j with the token as the password", async (user, password) => {
    const answer = await (await edgeWith()).ask("/_imaging/", { headers: basic(`${user}:${password}`) });
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  });

  test.each([
    undefined,
    "Bearer wrong",
    `Basic ${btoa("a-token-of-some-length")}`,
    `Basic ${btoa("a-token-of-some-length:")}`,
    `Basic ${btoa("anybody:wrong")}`,
    "Basic %%%",
    "Basic",
    `Digest ${token}`,
  ])("others are asked for a password: %s", async (authorization) => {
    const edge = await edgeWith();
    for (const name of ["", "inspector.js", "inspector.css", `original?url=${path}`, `explain?url=${path}`]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await edge.ask(`/_imaging/${name}`, { headers });
      expectProblem(answer, 401);
      expect(answer.headers["www-authenticate"]).toMatch(
        /^Basic realm="[^"]+", charset="UTF-8", Bearer realm="[^"]+"$/,
      );
    }
    expect(edge.origin.count()).toBe(0);
  });

  test("nobody where no token is configured", async () => {
    const edge = await edgeWith({});
    expect((await edge.ask("/_imaging/", { headers: basic("anybody:") })).status).toBe(404);
  });

  test("pages of other sites change nothing, although the browser adds the password", async () => {
    const edge = await edgeWith();
    const purge = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
      edge.ask("/_imaging/purge", {
        method: "POST",
        body: JSON.stringify({ urls: [path] }),
        headers: { ...basic(`anybody:${token}`), ...headers },
      });
    expectProblem(await purge({ origin: "https://elsewhere.example" }), 403);
    expectProblem(await purge({ origin: "null" }), 403);
    expectProblem(await purge({ "sec-fetch-site": "cross-site" }), 403);
    expect((await purge({ origin: edge.url, "sec-fetch-site": "same-origin" })).status).toBe(200);
    expect((await purge({})).status).toBe(200);
  });
});

describe("the page", () => {
  test("loads nothing from elsewhere and fits into 100 KiB", async () => {
    const edge = await edgeWith({ ENVIRONMENT: "development" });
    const parts = await Promise.all(["", "inspector.css", "inspector.js"].map((name) => edge.ask(`/_imaging/${name}`)));
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(parts.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(100 * 1024);
    for (const { headers } of parts) expect(headers["content-security-policy"]).toMatch(/^default-src 'none';/);
    const html = textOf(parts[0]);
    expect(html).not.toMatch(/https?:|<script(?![^>]*src="\/_imaging\/)|\sstyle=|\son\w+=/);
    expect(textOf(parts[1])).not.toMatch(/url\(|@import/);
  });

  test("shows the origin's own file, asked for without the asker's cookie or token, and never as a document", async () => {
    const edge = await edgeWith();
    edge.origin.on(path, jpeg(source, { "set-cookie": "a=1" }));
    const headers = { ...basic(`anybody:${token}`), cookie: "session=1" };
    const answer = await edge.ask(`/_imaging/original?url=${path}`, { headers });
    expect(answer.status).toBe(200);
    expect([...answer.body]).toEqual([...source]);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.headers["content-security-policy"]).toMatch(/^sandbox/);
    const [asked] = edge.origin.requests(path);
    expect([asked?.headers["cookie"], asked?.headers["authorization"]]).toEqual([undefined, undefined]);
    expectProblem(await edge.ask("/_imaging/original?url=https://elsewhere.example/a.jpg", { headers }), 400);
    expectProblem(await edge.ask("/_imaging/original?url=/page", { headers }), 400);
  });
});

describe("explain", () => {
  test("is about the client that asks, and answers first", async () => {
    const edge = await edgeWith({ ENVIRONMENT: "development" });
    await edge.settle(path, accepts.webp);
    const own = await explain(edge, "", { accept: "image/webp,*/*" });
    expect(own.client.class).toBe("webp");
    expect(Object.keys(own).slice(0, 2)).toEqual(["summary", "answer"]);
    expect(own.summary).toMatch(
      /^WebP of .+ in place of JPEG of .+ \(\d+ % less\): the smallest file that this client accepts\.$/,
    );
    const other = await explain(edge, "&accept=image/avif,*/*", { accept: "image/webp,*/*" });
    expect(other.client.class).toBe("avif");
    const nameless = await explain(edge, "&ua=curl/8", { accept: "image/webp,*/*" });
    expect(nameless.client.class).toBe("baseline");
  });

  test("knows of a browser that asks for a page what it says when it asks for an image", async () => {
    const edge = await edgeWith({ ENVIRONMENT: "development" });
    const answer = await edge.ask(`/_imaging/explain?url=${path}`, {
      headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "user-agent": chrome156 },
    });
    expect(textOf(answer)).toMatch(/class: jxl\+avif\+webp\n/);
  });
});
