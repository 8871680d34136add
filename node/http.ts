import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { connectionFields } from "../src/edge/http/connection.ts";
import { encodeAnswer } from "./content-coding.ts";

/**
 * A request of Node.js as one of the Fetch standard.
 * @throws TypeError for a method that Fetch forbids, and for a Host or target that makes no URL of this host
 */
export function toRequest(incoming: IncomingMessage): Request {
  const { method = "GET", rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  const url = readTarget(incoming.url ?? "/", headers.get("host") ?? "localhost");
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? { body: Readable.toWeb(incoming) as BodyInit, duplex: "half" } : {};
  return new Request(url, { method, headers, ...body });
}

/** The URL of a request (RFC 9110 §7.1). A path that begins with two slashes names no host, and a Host holds no path. */
function readTarget(target: string, host: string): URL {
  const site = new URL(`http://${host}`);
  if (site.href !== `${site.origin}/`) throw new TypeError("Host is no host");
  if (target.startsWith("/")) return new URL(site.origin + target);
  const url = new URL(target);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError("the target is on no web server");
  return url;
}

/**
 * What an origin says to its own client and not to ours: of its connection (RFC 9110 §7.6.1), and which software it runs
 * (§10.2.4), in place of which a Worker's answer has Cloudflare's name.
 */
const ofTheOrigin = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Sends an answer to a request. Ends quietly when the client has left; the body is then given up. */
export async function send(response: Response, asked: Request, outgoing: ServerResponse): Promise<void> {
  const { headers, coder } = encodeAnswer(response, {
    acceptEncoding: asked.headers.get("accept-encoding"),
    ifNoneMatch: asked.headers.get("if-none-match"),
  });
  const left = new Set(["set-cookie", ...ofTheOrigin, ...connectionFields(headers.get("connection"))]);
  const fields: (readonly [string, string | string[]])[] = [...headers].filter(([name]) => !left.has(name));
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) fields.push(["set-cookie", cookies]);
  outgoing.writeHead(response.status, Object.fromEntries(fields));
  if (asked.method === "HEAD" || response.body === null) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  const body = Readable.fromWeb(response.body as ReadableStream);
  const sending = coder === undefined ? pipeline(body, outgoing) : pipeline(body, coder, outgoing);
  await sending.catch(() => outgoing.destroy());
}
