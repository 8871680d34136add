/** `edge-imaging verify` against the Worker, and against proxies in front of it that each do one thing wrong. */
import { execFile } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { ask } from "../support/http.ts";
import { photo } from "../support/pictures.ts";
import { jpeg, type ScriptedOrigin, startScriptedOrigin } from "../support/scripted-origin.ts";

const path = "/photo.jpg";
const program = fileURLToPath(new URL("../../cli/edge-imaging.ts", import.meta.url));

let origin: ScriptedOrigin;
let edge: Edge;
const proxies: Server[] = [];

beforeAll(async () => {
  origin = await startScriptedOrigin();
  origin.on(path, jpeg(await photo()));
  edge = await startEdge({ vars: { ORIGIN: origin.url, FORMATS: "jxl,webp" } });
});

afterAll(async () => {
  for (const server of proxies) server.close();
  await edge?.close();
  await origin?.close();
});

interface Passed {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** A proxy in front of the edge. @param change what it makes of an answer */
async function proxy(change: (answer: Passed, asked: IncomingHttpHeaders) => Passed): Promise<string> {
  const server = createServer((request, response) => {
    // The host is the edge's own: under another one everything would be made again.
    const { host: _host, ...fields } = request.headers;
    const headers = Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
    );
    void ask(edge.url + (request.url ?? ""), { method: request.method ?? "GET", headers }).then((answer) => {
      const changed = change(answer, request.headers);
      response.writeHead(changed.status, changed.headers).end(changed.body);
    });
  });
  proxies.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

interface Report {
  readonly code: number;
  readonly checks: readonly string[];
  readonly output: string;
}

async function verify(url: string, ...options: readonly string[]): Promise<Report> {
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(process.execPath, [program, "verify", url, "--json", ...options], (error, stdout) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout });
    });
  });
  const [{ faults }] = JSON.parse(output) as [{ readonly faults: readonly { readonly check: string }[] }];
  return { code, checks: [...new Set(faults.map(({ check }) => check))], output };
}

test("what the Worker sends is right for all clients", async () => {
  expect(await verify(edge.url + path)).toMatchObject({ code: 0, checks: [] });
});

test("a proxy that drops Vary", async () => {
  const url = await proxy((answer) => {
    const { vary: _dropped, ...headers } = answer.headers;
    return { ...answer, headers };
  });
  expect(await verify(url)).toMatchObject({ code: 1, checks: ["vary"] });
});

test("a cache that mixes variants", async () => {
  let kept: Passed | undefined;
  const url = await proxy((answer) => (kept ??= answer));
  const { code, checks, output } = await verify(url);
  expect(code).toBe(1);
  expect(checks).toContain("shown");
  expect(output).toMatch(/gets (?:jxl|webp), which it cannot show/);
});

test("a proxy that rewrites types", async () => {
  const url = await proxy((answer) => ({ ...answer, headers: { ...answer.headers, "content-type": "image/jpeg" } }));
  const { code, checks, output } = await verify(url);
  expect([code, checks]).toEqual([1, ["type"]]);
  expect(output).toMatch(/Content-Type is image\/jpeg, the bytes are (?:jxl|webp)/);
});

test("a proxy that breaks ranges", async () => {
  const url = await proxy((answer, { range }) =>
    range === undefined ? answer : { ...answer, body: Buffer.alloc(answer.body.length) },
  );
  expect(await verify(url)).toMatchObject({ code: 1, checks: ["range"] });
});

test("what cannot be asked is bad usage, and nobody at home is a fault", async () => {
  const report = await verify("http://127.0.0.1:9/photo.jpg");
  expect([report.code, report.checks]).toEqual([1, ["status"]]);
  const code = await new Promise((resolve) =>
    execFile(process.execPath, [program, "verify", "nonsense"], (error) => resolve(error?.code)),
  );
  expect(code).toBe(2);
});
