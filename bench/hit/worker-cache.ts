/**
 * The cache behind the Cache API of one Worker, in memory. The runtime speaks HTTP with it: PUT with the stored response
 * serialised in the body, GET, and PURGE for `delete()`. It keeps everything and evaluates neither freshness nor
 * ranges, so that it costs as little as possible: what it costs counts for both Workers and would hide differences.
 */
interface Entry {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ArrayBuffer;
}

const entries = new Map<string, Entry>();

export default {
  async fetch(request: Request): Promise<Response> {
    const { method, url } = request;
    if (method === "GET") {
      const entry = entries.get(url);
      if (entry === undefined) return new Response(null, { status: 504, headers: { "cf-cache-status": "MISS" } });
      return new Response(entry.body, entry);
    }
    if (method === "PUT") {
      entries.set(url, parseResponse(await request.arrayBuffer()));
      return new Response(null, { status: 204 });
    }
    return new Response(null, { status: method === "PURGE" && entries.delete(url) ? 200 : 404 });
  },
};

/** Reads status line, header fields, blank line and body (RFC 9112 §2.1), with or without chunked coding (§7.1). */
function parseResponse(serialised: ArrayBuffer): Entry {
  const bytes = new Uint8Array(serialised);
  const headEnd = indexOfBlankLine(bytes);
  const [statusLine = "", ...lines] = latin1(bytes.subarray(0, headEnd)).split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const raw = bytes.subarray(headEnd + 4);
  const body = headers.get("transfer-encoding") === "chunked" ? joinChunks(raw) : raw.slice();
  headers.delete("transfer-encoding");
  headers.set("cf-cache-status", "HIT");
  return { status: Number(statusLine.split(" ")[1]), headers, body: body.buffer };
}

function indexOfBlankLine(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  throw new Error("a stored response has no end of its header");
}

function joinChunks(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length;) {
    const lineEnd = raw.indexOf(13, at);
    const size = Number.parseInt(latin1(raw.subarray(at, lineEnd)), 16);
    // Also for what is no number: a broken body would be measured as if it were an answer.
    if (!(size > 0)) break;
    joined.set(raw.subarray(lineEnd + 2, lineEnd + 2 + size), length);
    length += size;
    at = lineEnd + 2 + size + 2;
  }
  return joined.slice(0, length);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
