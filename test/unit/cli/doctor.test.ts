import { expect, test } from "vitest";
import { judgeAnswer, judgeCacheInFront, judgeHealth } from "../../../cli/doctor.ts";

const answer = (status: number, headers: Readonly<Record<string, string>> = {}, body = "") => ({
  status,
  headers: new Headers(headers),
  body: new TextEncoder().encode(body),
});

test.each([
  [200, { "edge-imaging": "reason=transcoded", "cache-control": "max-age=86400" }, ["right", "right"]],
  [200, { "edge-imaging": "reason=transcoded", "cache-control": "max-age=60" }, ["right", "advice"]],
  [200, { "edge-imaging": "reason=ttl-too-short", "cache-control": "max-age=60" }, ["advice", "advice"]],
  [200, { "edge-imaging": "reason=interim", "cache-control": "max-age=60" }, ["right", "right"]],
  [200, { "cache-control": "max-age=60" }, ["fault"]],
  [508, {}, ["fault"]],
  [404, { "edge-imaging": "reason=origin-error" }, ["fault"]],
])("an answer of status %i with %j", (status, headers, kinds) => {
  expect(judgeAnswer(answer(status, headers)).map(({ kind }) => kind)).toEqual(kinds);
});

test("settings that are not understood, and a Worker that is not there, are faults", () => {
  expect(judgeHealth(answer(200, {}, '{"status":"ok"}')).kind).toBe("right");
  const misconfigured = '{"status":"misconfigured","problems":[{"message":"MODE is neither on nor off."}]}';
  expect(judgeHealth(answer(200, {}, misconfigured))).toMatchObject({
    kind: "fault",
    message: expect.stringContaining("MODE is neither") as string,
  });
  expect(judgeHealth(answer(404)).kind).toBe("fault");
  expect(judgeHealth(undefined).kind).toBe("fault");
});

test("a cache in front that has answered is worth a look", () => {
  expect(judgeCacheInFront(answer(200, { "cf-cache-status": "HIT" })).kind).toBe("advice");
  expect(judgeCacheInFront(answer(200, { "cf-cache-status": "DYNAMIC" })).kind).toBe("right");
});
