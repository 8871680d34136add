import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { send, toRequest } from "../../../node/http.ts";

const incoming = (url: string, host: string): IncomingMessage =>
  ({ method: "GET", url, rawHeaders: ["Host", host] }) as unknown as IncomingMessage;

test.each([
  ["/a.jpg?x=1", "images.example:8080", "http://images.example:8080/a.jpg?x=1"],
  ["//elsewhere.example/a.jpg", "images.example", "http://images.example//elsewhere.example/a.jpg"],
  ["http://images.example/a.jpg", "images.example", "http://images.example/a.jpg"],
])("%s for %s is %s (RFC 9110 §7.1)", (target, host, expected) => {
  expect(toRequest(incoming(target, host)).url).toBe(expected);
});

test.each(["images.example/other?", "user@images.example", "images.example#", "a b", ""])(
  "a Host that is no host is refused: %j",
  (host) => {
    expect(() => toRequest(incoming("/a.jpg", host))).toThrow(TypeError);
  },
);

test.each(["file:///etc/passwd", "ftp://images.example/a.jpg", "data:image/jpeg,x", "images.example:443", "*"])(
  "a target that is on no web server is refused: %s",
  (target) => {
    expect(() => toRequest(incoming(target, "images.example"))).toThrow(TypeError);
  },
);

test("what an origin says of its connection and its software is not passed on; the rest is", async () => {
  const headers = new Headers({
    connection: "keep-alive, X-Hop",
    "keep-alive": "timeout=5",
    "transfer-encoding": "chunked",
    "x-hop": "1",
    server: "origin/1.2",
    date: "Mon, 01 Jun 2026 00:00:00 GMT",
    etag: '"a"',
    vary: "Accept",
  });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  let sent: OutgoingHttpHeaders = {};
  const outgoing = { writeHead: (_status: number, fields: OutgoingHttpHeaders) => void (sent = fields), end: () => 0 };
  const asked = new Request("http://images.example/a.jpg");
  await send(new Response(null, { headers }), asked, outgoing as unknown as ServerResponse);
  expect(sent).toEqual({
    date: "Mon, 01 Jun 2026 00:00:00 GMT",
    etag: '"a"',
    vary: "Accept",
    "set-cookie": ["a=1", "b=2"],
  });
});
