import { describe, expect, it } from "vitest";
import { type ReadyAnswer, sendAnswer } from "../../../../src/edge/respond/send-answer.ts";
import { imageRequest } from "../../samples.ts";

const now = 1_800_000_000_000;
const bytes = new Uint8Array([1, 2, 3, 4, 5]);

const ready: ReadyAnswer = {
  headers: new Headers({
    etag: '"a"',
    "content-type": "image/webp",
    "content-length": "5",
    vary: "Accept",
    "edge-imaging": "reason=transcoded",
    "cache-control": "max-age=600",
  }),
  bytes,
  event: { kind: "forward", why: "uri-miss", stored: true, ttl: 600, collapsed: false },
  bornAt: now,
};

function request(headers: Readonly<Record<string, string>> = {}, method = "GET"): ReturnType<typeof imageRequest> {
  return imageRequest("https://images.test/one.jpg", headers, {}, method);
}

async function bodyOf(response: Response): Promise<number[]> {
  return [...new Uint8Array(await response.arrayBuffer())];
}

describe("sendAnswer()", () => {
  it("sends the bytes, says how they came about, and leaves the answer for the next request", async () => {
    const first = sendAnswer(request(), ready, true, now);
    expect(first.status).toBe(200);
    expect(await bodyOf(first)).toEqual([...bytes]);
    expect(first.headers.get("cache-status")).toBe("edge-imaging; fwd=uri-miss; stored; ttl=600");
    const follower = sendAnswer(request(), ready, false, now);
    expect(follower.headers.get("cache-status")).toBe("edge-imaging; fwd=uri-miss; stored; ttl=600; collapsed");
    expect(await bodyOf(follower)).toEqual([...bytes]);
    expect(ready.headers.has("cache-status")).toBe(false);
  });

  it("does not call an assembled hit collapsed", () => {
    const hit = { ...ready, event: { kind: "hit", detail: "assembled", ttl: 5 } } as const;
    expect(sendAnswer(request(), hit, false, now).headers.get("cache-status")).toBe(
      "edge-imaging; hit; ttl=5; detail=assembled",
    );
  });

  it("counts Age in whole seconds from the answer's birth", () => {
    expect(sendAnswer(request(), ready, true, now).headers.has("age")).toBe(false);
    expect(sendAnswer(request(), ready, true, now + 61_999).headers.get("age")).toBe("61");
    // A clock that went backwards.
    expect(sendAnswer(request(), ready, true, now - 5000).headers.has("age")).toBe(false);
  });

  it("answers HEAD with all fields and no body", async () => {
    const response = sendAnswer(request({}, "HEAD"), ready, true, now);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("5");
    expect(await bodyOf(response)).toEqual([]);
  });

  it.each(["GET", "HEAD"])("answers 304 to %s for bytes that the client has", async (method) => {
    const response = sendAnswer(request({ "if-none-match": 'W/"a"' }, method), ready, true, now);
    expect(response.status).toBe(304);
    expect(await bodyOf(response)).toEqual([]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: '"a"',
      vary: "Accept",
      "cache-control": "max-age=600",
      "edge-imaging": "reason=transcoded",
    });
    expect(response.headers.has("content-length")).toBe(false);
  });

  it("sends the whole of what was just made to a request for a range (RFC 9110 §14.2)", async () => {
    const response = sendAnswer(request({ range: "bytes=0-1" }), ready, true, now);
    expect(response.status).toBe(200);
    expect(await bodyOf(response)).toEqual([...bytes]);
  });
});
