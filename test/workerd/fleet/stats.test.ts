/** What an operator sees: counts, data points, and a line for each failure. */
import { describe, expect, test } from "vitest";
import { accepts } from "../../support/answer.ts";
import { logLine } from "../../../src/edge/log.ts";
import { pictureOf } from "../../support/provided.ts";
import { startEdge, type Edge } from "../scripted-edge.ts";
import { jpeg, status } from "../scripted-origin.ts";

const source = pictureOf("photo");

interface Point {
  readonly indexes: readonly string[];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

async function startMeasured(): Promise<{ readonly edge: Edge; readonly points: Point[] }> {
  const points: Point[] = [];
  const METRICS = { writeDataPoint: (point: Point) => void points.push(point) };
  const edge = await startEdge({ vars: { ADMIN_TOKEN: "secret", FORMATS: "webp" }, bindings: { METRICS } });
  edge.origin.on("/a.jpg", jpeg(source));
  return { edge, points };
}

async function statsOf(edge: Edge): Promise<Readonly<Record<string, unknown>>> {
  const answer = await edge.ask("/_imaging/stats", { headers: { authorization: "Bearer secret" } });
  expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
  return JSON.parse(new TextDecoder().decode(answer.body)) as Readonly<Record<string, unknown>>;
}

describe("/_imaging/stats", () => {
  test("counts requests, hits, interim answers, encodes by format, bytes and failures", async () => {
    const { edge } = await startMeasured();
    const answers = [await edge.settle("/a.jpg", accepts.webp), await edge.hit("/a.jpg", accepts.webp)];
    edge.origin.on("/gone.jpg", status(500));
    await edge.get("/gone.jpg", accepts.webp);
    const stats = await statsOf(edge);
    expect(stats).toMatchObject({ encodes: { webp: 1 }, failures: 1 });
    expect(Number(stats["hits"])).toBeGreaterThanOrEqual(1);
    expect(Number(stats["requests"])).toBeGreaterThan(Number(stats["hits"]));
    expect(Number(stats["bytesIn"])).toBeGreaterThanOrEqual(source.length);
    expect(Number(stats["bytesOut"])).toBeGreaterThanOrEqual(2 * (answers[1]?.body.length ?? 0));
  });

  test("is for the operator only", async () => {
    const { edge } = await startMeasured();
    expect((await edge.ask("/_imaging/stats")).status).toBe(401);
    const open = await startEdge();
    expect((await open.ask("/_imaging/stats")).status).toBe(404);
  });
});

describe("a data point", () => {
  test("is written for each answer that is no hit, and for each hundredth hit", async () => {
    const { edge, points } = await startMeasured();
    await edge.hit("/a.jpg", accepts.webp);
    const { hits } = await statsOf(edge);
    points.splice(0);
    for (let hit = Number(hits); hit < 99; hit++) await edge.get("/a.jpg", accepts.webp);
    expect(points).toEqual([]);
    const answer = await edge.get("/a.jpg", accepts.webp);
    const host = new URL(edge.url).host;
    const length = answer.body.length;
    expect(points).toEqual([
      {
        indexes: [host],
        blobs: ["transcoded", "webp", "jpeg", "webp", "edge", host],
        doubles: [source.length, length, length, 100],
      },
    ]);
    edge.origin.on("/gone.jpg", status(404, "", { "cache-control": "no-store" }));
    await edge.get("/gone.jpg", accepts.webp);
    expect(points.slice(1)).toMatchObject([{ blobs: ["origin-error", "", "", "webp", "uri-miss", host] }]);
  });
});

describe("logLine()", () => {
  test("is one line of JSON with the causes", () => {
    const error = new Error("R2 cannot read a manifest.", { cause: new Error("no answer\nwithin 1500 ms") });
    const line = logLine(error);
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toMatchObject({ message: error.message, causes: ["no answer\nwithin 1500 ms"] });
    expect(JSON.parse(logLine("configuration: x"))).toEqual({ message: "configuration: x" });
    expect(JSON.parse(logLine({ failure: "encode", reason: "x" }))).toEqual({ failure: "encode", reason: "x" });
  });
});
