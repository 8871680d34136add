import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measure } from "../../../cli/audit/measure.ts";
import { collectFromSite } from "../../../cli/collect/collect.ts";
import { NoAnswer } from "../../../cli/exit-codes.ts";
import { ask } from "../../../cli/http.ts";

const chunk = Buffer.alloc(64 * 1024);
const maxBytes = 1024 * 1024;

/** Sends as long as somebody reads, and counts it. */
let server: Server;
let url: string;
let sent = 0;
let isGone: Promise<void>;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/bomb") {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(Buffer.alloc(5 * maxBytes)));
      return;
    }
    sent = 0;
    isGone = new Promise((resolve) => response.once("close", () => resolve()));
    response.writeHead(200, { "content-type": "text/html" });
    const send = (): void => {
      while (!response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) break;
      }
    };
    response.on("drain", send);
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("an answer that never ends", () => {
  test("is given up at the bound", async () => {
    await expect(ask(`${url}/image.jpg`, { maxBytes })).rejects.toThrow(NoAnswer);
    await isGone;
    // What the buffers between the two take is not read.
    expect(sent).toBeLessThan(50 * maxBytes);
  });

  test("is counted after decompression", async () => {
    await expect(ask(`${url}/bomb`, { maxBytes })).rejects.toThrow(/more than 1024 KiB/);
    expect((await ask(`${url}/bomb`, { maxBytes: 5 * maxBytes })).body.length).toBe(5 * maxBytes);
  });

  test("ends the reading of a site", async () => {
    const failures: string[] = [];
    const options = { pages: 1, images: 1, delay: 0, onFailure: (message: string) => void failures.push(message) };
    expect(await collectFromSite(`${url}/`, options)).toEqual([]);
    expect(failures).toEqual([expect.stringMatching(/more than/)]);
  });

  test("is not read where its URL is an image's", async () => {
    expect(await collectFromSite(`${url}/image.jpg`, { pages: 1, images: 1, delay: 0 })).toEqual([`${url}/image.jpg`]);
  });

  test("is given up by an audit", async () => {
    let isCancelled = false;
    const endless = (): Promise<Response> =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(chunk)),
            cancel: () => void (isCancelled = true),
          }),
        ),
      );
    const application = { fetch: endless, settled: () => Promise.resolve() };
    await expect(measure(`${url}/image.jpg`, application)).rejects.toThrow(/more than/);
    expect(isCancelled).toBe(true);
  });
});

test("a failure of the origin is said by an audit with its status, and one of ours with its reason", async () => {
  const problem = { "content-type": "application/problem+json" };
  const answering = (body: string, headers: Readonly<Record<string, string>>) => ({
    fetch: () => Promise.resolve(new Response(body, { status: 502, headers })),
    settled: () => Promise.resolve(),
  });
  expect(await measure(url, answering('{"detail":"No connection."}', problem))).toBe("status 502: No connection.");
  expect(await measure(url, answering("<html>", { "content-type": "text/html" }))).toBe("status 502");
});
