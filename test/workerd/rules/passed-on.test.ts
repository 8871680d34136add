/** Sources that are passed on as they are: conditions, ranges and odd statuses go through. */
import { beforeEach, describe, expect, test } from "vitest";
import { accepts, isSame, verdictOf } from "../../support/answer.ts";
import { expectForwardedPicture, expectPicture, expectVaryAccept } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg, type Script, status } from "../scripted-origin.ts";

const source = pictureOf("photo");
const path = "/short.jpg";
const short = { etag: '"v1"', "last-modified": "Sun, 01 Nov 2026 10:00:00 GMT", "cache-control": "max-age=600" };
const passed = { format: "jpeg", reason: "ttl-too-short", original: source } as const;

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge({ vars: { FORMATS: "webp" } });
});

/** An origin that knows conditions and ranges, and counts the bytes that it has sent. */
function fileServer(fields: Record<string, string> = short): Script & { sent: number } {
  const script = Object.assign<Script, { sent: number }>(
    (request, count) => {
      const { "if-none-match": tag, "if-modified-since": since, range } = request.headers;
      const isCurrent = tag === undefined ? since === fields["last-modified"] : tag === fields["etag"];
      if ((tag ?? since) !== undefined && isCurrent) {
        return status(304, "", fields)(request, count);
      }
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
      const part = first === undefined ? source : source.subarray(Number(first), Number(last) + 1);
      script.sent += part.length;
      if (first === undefined) return jpeg(source, fields)(request, count);
      const headers = { ...fields, "content-type": "image/jpeg", "content-range": `bytes ${first}-${last}/*` };
      return new Response(part.slice(), { status: 206, headers });
    },
    { sent: 0 },
  );
  return script;
}

describe("a source that is fresh for too short a time", () => {
  test.each([
    ["if-none-match", '"v1"'],
    ["if-modified-since", "Sun, 01 Nov 2026 10:00:00 GMT"],
  ])("is confirmed to a client by the origin's own 304 (%s), which costs it no body", async (field, value) => {
    const script = fileServer();
    edge.origin.on(path, script);
    expectForwardedPicture(await edge.get(path, accepts.webp), passed);
    script.sent = 0;
    const answer = await edge.get(path, accepts.webp, { [field]: value });
    expect([answer.status, answer.body.length, script.sent]).toEqual([304, 0, 0]);
    expect(answer.headers["etag"]).toBe('"v1"');
    expect(answer.headers["cache-control"]).toBe("max-age=600");
    expectVaryAccept(answer);
    expect(verdictOf(answer)["reason"]).toBe("ttl-too-short");
  });

  test("is sent whole where the client has another version, or none", async () => {
    edge.origin.on(path, fileServer());
    for (const headers of [{}, { "if-none-match": '"v0"' }, {}]) {
      expectForwardedPicture(await edge.get(path, accepts.webp, headers), passed);
    }
  });

  test("is not asked for by a client's conditions before that is known: it is wanted whole", async () => {
    edge.origin.on(path, fileServer({ etag: '"v1"', "cache-control": "max-age=86400" }));
    await edge.settle(path, accepts.webp, { "if-none-match": '"v1"' });
    expect(edge.origin.requests(path).map(({ headers }) => headers["if-none-match"])).toEqual([undefined]);
    expect(verdictOf(await edge.hit(path, accepts.webp))["reason"]).toBe("transcoded");
  });

  test("is said to be as long as the whole file where a part of it is sent, and to be no failure beyond its end", async () => {
    edge.origin.on(path, jpeg(source, short));
    await edge.get(path, accepts.webp);
    const sized =
      (first: number, last: number): Script =>
      () => {
        const headers = {
          ...short,
          "content-type": "image/jpeg",
          "content-range": `bytes ${first}-${last}/${source.length}`,
        };
        return new Response(source.slice(first, last + 1), { status: 206, headers });
      };
    edge.origin.on(path, sized(0, 9));
    const part = await edge.get(path, accepts.webp, { range: "bytes=0-9" });
    expect([part.status, part.body.length]).toEqual([206, 10]);
    expect(verdictOf(part)).toMatchObject({
      reason: "ttl-too-short",
      from: source.length,
      to: source.length,
      saved: 0,
    });
    edge.origin.on(path, status(416, "", { "content-range": `bytes */${source.length}` }));
    const beyond = await edge.get(path, accepts.webp, { range: "bytes=9999999-" });
    expect([beyond.status, verdictOf(beyond)["reason"]]).toEqual([416, "ttl-too-short"]);
    expectVaryAccept(beyond);
  });

  test("is stored as soon as it lives longer", async () => {
    edge.origin.on(path, fileServer());
    await edge.get(path, accepts.webp);
    edge.origin.on(path, fileServer({ "cache-control": "max-age=86400" }));
    expectPicture(await edge.settle(path, accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
  });

  test("gives everybody at the same moment what they asked for", async () => {
    edge.origin.on(path, fileServer());
    await edge.get(path, accepts.webp);
    const asking = Array.from({ length: 8 }, (_, index) =>
      edge.get(path, accepts.webp, index % 2 === 0 ? { "if-none-match": '"v1"' } : {}),
    );
    const statuses = (await Promise.all(asking)).map((answer) => answer.status);
    expect(statuses).toEqual([304, 200, 304, 200, 304, 200, 304, 200]);
  });
});

describe("ranges", () => {
  test.each(["ttl-too-short", "too-large"])("of a source that is %s are the origin's", async (reason) => {
    const script = fileServer(
      reason === "too-large" ? { "cache-control": "max-age=86400", "content-length": String(30 * 1024 * 1024) } : short,
    );
    edge.origin.on(path, script);
    for (let request = 1; request <= 2; request++) {
      const answer = await edge.get(path, accepts.webp, { range: "bytes=10-19" });
      expect(answer.status).toBe(206);
      expect(isSame(answer.body, source.subarray(10, 20))).toBe(true);
      expect(verdictOf(answer)["reason"]).toBe(reason);
    }
    // Asked for whole only to find out.
    expect(edge.origin.requests(path).map(({ headers }) => headers["range"])).toEqual([
      undefined,
      "bytes=10-19",
      "bytes=10-19",
    ]);
  });
});

describe("odd statuses", () => {
  test("a 304 that nobody asked for is asked again as the client asked, and never sent to a client without a condition", async () => {
    edge.origin.on(path, (request, count) => (count === 1 ? status(304) : jpeg(source))(request, count));
    const answer = await edge.get(path, accepts.webp);
    expect([answer.status, isSame(answer.body, source)]).toEqual([200, true]);
    // It says nothing about the next request.
    expect(verdictOf(await edge.settle(path, accepts.webp))["reason"]).toBe("transcoded");
  });

  test("a 204 is the origin's answer, and says nothing about the next request", async () => {
    edge.origin.on(path, (request, count) => (count === 1 ? status(204) : jpeg(source))(request, count));
    const answer = await edge.get(path, accepts.webp);
    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    expect(verdictOf(await edge.settle(path, accepts.webp))["reason"]).toBe("transcoded");
  });

  test.each(["/odd.jpg", "/odd-page"])("999 is passed on as it is: %s", async (odd) => {
    const answer = Object.defineProperty(new Response("odd", { headers: { "content-type": "image/jpeg" } }), "status", {
      value: 999,
    });
    edge = await startEdge({ fetch: async () => answer });
    expect((await edge.get(odd, odd.endsWith(".jpg") ? accepts.webp : "text/html")).status).toBe(999);
    expect(edge.reported).toEqual([]);
  });
});
