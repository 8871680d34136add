import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, ask } from "../../test/support/http.ts";
import type { LoadTarget } from "./load.ts";

/** Host of the requests to both Workers; it is never resolved. */
const host = "images.test";
const path = "/photo.jpg";

/** What Chrome sends for an image, as far as it has to do with caching and negotiation. */
const chromeHeaders = {
  host,
  accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "accept-encoding": "gzip, deflate, br, zstd",
  "accept-language": "en-GB,en;q=0.9",
  "sec-fetch-dest": "image",
  "sec-fetch-mode": "no-cors",
  "sec-fetch-site": "same-origin",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
} as const;

/** Milliseconds for the first encode. */
const warmTimeoutMs = 30_000;

/** Fields that are not the image's: of the connection, or written again for every hit. */
const unstoredFields = new Set(["connection", "keep-alive", "transfer-encoding", "date", "age", "cache-status"]);

export interface Origin {
  readonly port: number;
  /** Requests so far. */
  count(): number;
  close(): void;
}

/** Serves one JPEG, fresh for a day, under every path but those of large pictures. */
export async function startOrigin(usual: Buffer, large: Buffer): Promise<Origin> {
  let requests = 0;
  const server = createServer(({ url = "" }, response) => {
    requests += 1;
    const jpeg = url.startsWith(coldPaths.large) ? large : usual;
    response.writeHead(200, {
      "content-type": "image/jpeg",
      "content-length": jpeg.length,
      "cache-control": "public, max-age=86400",
      "last-modified": "Sat, 01 Aug 2026 12:00:00 GMT",
    });
    response.end(jpeg);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    count: () => requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Asks the real Worker until its answer is the final variant, from the cache in one look-up. */
export async function warmWorker(port: number): Promise<Answer> {
  const patience = performance.now() + warmTimeoutMs;
  for (;;) {
    const answer = await ask(`http://127.0.0.1:${port}${path}`, { headers: chromeHeaders });
    const isFinal = answer.status === 200 && /reason=transcoded/.test(answer.headers["edge-imaging"] ?? "");
    if (isFinal && isEdgeHit(answer)) return answer;
    if (performance.now() > patience) {
      throw new Error(`no hit after ${warmTimeoutMs} ms: ${answer.status} ${JSON.stringify(answer.headers)}`);
    }
    await new Promise((after) => setTimeout(after, 100));
  }
}

function isEdgeHit(answer: Answer): boolean {
  return (answer.headers["cache-status"] ?? "").includes(edgeHit);
}

/** In `Cache-Status` of the hits that are measured, after `ttl`. */
const edgeHit = "detail=edge";

/** Puts an answer into a Worker's cache, under the URL that it looks up: the same header and body. */
export async function storeAnswer(cachePort: number, answer: Answer, folder = ""): Promise<void> {
  const fields = Object.entries(answer.headers).filter(([name]) => !unstoredFields.has(name));
  const head = ["HTTP/1.1 200 OK", ...fields.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
  const body = Buffer.concat([Buffer.from(head, "latin1"), answer.body]);
  const stored = await ask(`http://127.0.0.1:${cachePort}${folder}${path}`, { method: "PUT", headers: { host }, body });
  if (stored.status !== 204) throw new Error(`the cache did not store: ${stored.status}`);
}

/** The load on a Worker: the same request for all; the real one must prove that it was a hit, the others the ETag. */
export function targetOf(port: number, answer: Answer, isReal: boolean): LoadTarget {
  const fields = Object.entries(chromeHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    port,
    request: `GET ${path} HTTP/1.1\r\n${fields.join("")}\r\n`,
    proof: isReal ? edgeHit : (answer.headers["etag"] ?? ""),
    bodyBytes: answer.body.length,
  };
}

/** Pictures that no cache has. */
const coldPaths = { usual: "/cold-", large: "/large-" } as const;

export interface ColdPicture {
  readonly size: keyof typeof coldPaths;
  readonly showsJpegXl?: true;
}

/** Asks for a picture that no cache has; settles when it is answered, which is before its AVIF is made. */
export async function askCold(port: number, { size, showsJpegXl }: ColdPicture, number: number): Promise<void> {
  const headers = showsJpegXl ? { ...chromeHeaders, accept: `image/jxl,${chromeHeaders.accept}` } : chromeHeaders;
  const { status } = await ask(`http://127.0.0.1:${port}${coldPaths[size]}${number}.jpg`, { headers });
  if (status !== 200) throw new Error(`a new picture was answered with ${status}`);
}

/** That the bytes of a Worker are the ones stored. */
export async function checkBody(port: number, answer: Answer): Promise<void> {
  const found = await ask(`http://127.0.0.1:${port}${path}`, { headers: chromeHeaders });
  if (!found.body.equals(answer.body)) throw new Error(`port ${port} answers ${found.status} with other bytes`);
}
