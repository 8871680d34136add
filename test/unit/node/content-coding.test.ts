import { createServer } from "node:http";
import { brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodeAnswer } from "../../../node/content-coding.ts";
import { fetchOrigin } from "../../../node/platform.ts";
import { listen } from "../../support/local-server.ts";

const svg = `<svg xmlns="http://www.w3.org/2000/svg">${"<g/>".repeat(500)}</svg>`;
const fields = {
  "content-type": "image/svg+xml",
  "content-length": String(svg.length),
  "accept-ranges": "bytes",
  etag: '"a"',
  vary: "Accept",
};

async function encode(acceptEncoding: string | null, changed: Readonly<Record<string, string>> = {}, status = 200) {
  const answer = new Response(svg, { status, headers: { ...fields, ...changed } });
  const { headers, coder } = encodeAnswer(answer, { acceptEncoding, ifNoneMatch: null });
  coder?.end(svg);
  const chunks: Buffer[] = [];
  for await (const chunk of coder ?? []) chunks.push(chunk as Buffer);
  return { headers: Object.fromEntries(headers), body: Buffer.concat(chunks) };
}

describe("encodeAnswer()", () => {
  it.each([
    ["br", "br", brotliDecompressSync],
    ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["br;q=0.5, gzip;q=0.8", "gzip", gunzipSync],
    ["br;q=0, *", "gzip", gunzipSync],
  ])("codes an SVG for %s as %s", async (accepted, coding, decode) => {
    const { headers, body } = await encode(accepted);
    expect(headers).toEqual({
      "content-type": "image/svg+xml",
      "content-encoding": coding,
      etag: 'W/"a"',
      vary: "Accept, Accept-Encoding",
    });
    expect(body.length).toBeLessThan(svg.length / 10);
    expect(decode(body).toString()).toBe(svg);
  });

  it.each([null, "", "identity", "gzip;q=0, br;q=0", "zstd", "gzip;q=x"])(
    "says only that it could have, for %j",
    async (accepted) => {
      const { headers, body } = await encode(accepted);
      expect(headers).toEqual({ ...fields, vary: "Accept, Accept-Encoding" });
      expect(body.length).toBe(0);
    },
  );

  it.each([
    ["a picture", { "content-type": "image/avif" }],
    ["events", { "content-type": "text/event-stream" }],
    ["what may not be transformed", { "cache-control": "max-age=9, no-transform" }],
    ["what is coded already", { "content-encoding": "zstd" }],
  ])("leaves %s as it is", async (_, changed) => {
    expect((await encode("gzip, br", changed)).headers).toEqual({ ...fields, ...changed });
  });

  it("does not code a part, which says what the whole would say", async () => {
    const part = { "content-range": "bytes 0-9/99" };
    const { headers } = await encode("gzip, br", part, 206);
    expect(headers).toEqual({ ...fields, ...part, vary: "Accept, Accept-Encoding" });
  });

  it("does not code what is small, nor say Vary twice", async () => {
    const { headers } = await encode("gzip", { "content-length": "511", vary: "accept-encoding, Accept" });
    expect(headers).toEqual({ ...fields, "content-length": "511", vary: "accept-encoding, Accept" });
    expect((await encode("gzip", { vary: "*" })).headers["vary"]).toBe("*");
  });

  it.each([
    ['W/"a"', 'W/"a"', ""],
    ['"b", W/"a"', 'W/"a"', "format=svg, source=svg"],
    ['"a"', '"a"', ""],
    ['W/"b"', '"a"', ""],
    ['W/"a"', '"a"', "format=avif, source=jpeg"],
  ])("confirms %s as %s of %j", (ifNoneMatch, etag, explanation) => {
    const answer = new Response(null, { status: 304, headers: { etag: '"a"', "edge-imaging": explanation } });
    const { headers } = encodeAnswer(answer, { acceptEncoding: "gzip", ifNoneMatch });
    expect(headers.get("etag")).toBe(etag);
    expect(headers.get("vary")).toBe(etag.startsWith("W/") ? "Accept-Encoding" : null);
  });
});

describe("fetchOrigin()", () => {
  it.each([
    ["gzip", gzipSync(svg), svg, null],
    ["deflate", deflateSync(svg), svg, null],
    // Nobody has undone it.
    ["compress", Buffer.from("coded"), "coded", "compress"],
  ])("says of a body in %s what it is now, and asks for what every version undoes", async (coding, sent, got, left) => {
    let accepted: string | undefined;
    const origin = createServer((request, response) => {
      accepted = request.headers["accept-encoding"];
      response.writeHead(200, { "content-encoding": coding, "content-length": sent.length }).end(sent);
    });
    const { url, close } = await listen(origin);
    try {
      const request = new Request(url, { headers: { "accept-encoding": "gzip, deflate, br, zstd" } });
      const answer = await fetchOrigin(request);
      expect(await answer.text()).toBe(got);
      expect([answer.headers.get("content-encoding"), accepted]).toEqual([left, "gzip, br"]);
      const head = await fetchOrigin(new Request(url, { method: "HEAD" }));
      expect(head.headers.get("content-encoding")).toBe(left);
    } finally {
      close();
    }
  });
});
