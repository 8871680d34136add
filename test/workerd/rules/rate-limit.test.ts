/** A RATE_LIMITER binding: what one client may have made again. */
import { expect, test } from "vitest";
import { accepts, isHit, isSame, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");

/** So many new pictures for each client. */
async function limited(
  most: number,
  vars: Record<string, string> = {},
): Promise<Edge & { readonly counted: string[] }> {
  const counted: string[] = [];
  const limit = async ({ key }: { readonly key: string }) => {
    counted.push(key);
    return { success: counted.filter((each) => each === key).length <= most };
  };
  const edge = await startEdge({ vars: { FORMATS: "webp", ...vars }, bindings: { RATE_LIMITER: { limit } } });
  for (let index = 1; index <= 5; index++) edge.origin.on(`/${index}.jpg`, jpeg(source));
  return Object.assign(edge, { counted });
}

const client = (last: number) => ({ "cf-connecting-ip": `192.0.2.${last}` });

test("beyond the limit a client gets new pictures as they are, and others are not concerned", async () => {
  const edge = await limited(2);
  const reasons: unknown[] = [];
  for (let index = 1; index <= 4; index++) {
    const answer = await edge.settle(`/${index}.jpg`, accepts.webp, client(1));
    reasons.push(verdictOf(answer)["reason"]);
    if (index > 2) expect(isSame(answer.body, source)).toBe(true);
  }
  expect(reasons).toEqual(["transcoded", "transcoded", "bypass", "bypass"]);
  expect(edge.engine.encoded).toEqual(["webp", "webp"]);
  expect(verdictOf(await edge.settle("/3.jpg", accepts.webp, client(2)))["reason"]).toBe("transcoded");
  // What another client has had made is there for everybody.
  expect(isHit(await edge.get("/3.jpg", accepts.webp, client(1)))).toBe(true);
});

test("what is known here costs nothing: hits, other classes, and work under way", async () => {
  const edge = await limited(1);
  await edge.settle("/1.jpg", accepts.webp, client(1));
  await edge.settle("/1.jpg", accepts.baseline, client(1));
  await edge.settle("/1.jpg", accepts.webp, client(1));
  expect(edge.counted).toEqual(["192.0.2.1"]);
  const both = await Promise.all([
    edge.get("/2.jpg", accepts.webp, client(2)),
    edge.get("/2.jpg", accepts.webp, client(2)),
  ]);
  expect(both.map((answer) => verdictOf(answer)["reason"])).not.toContain("origin-error");
  await edge.idle();
  expect(edge.engine.encoded).toEqual(["webp", "webp"]);
});

test("a limiter that fails allows everything", async () => {
  const limit = () => Promise.reject(new Error("down"));
  const edge = await startEdge({ vars: { FORMATS: "webp" }, bindings: { RATE_LIMITER: { limit } } });
  edge.origin.on("/1.jpg", jpeg(source));
  expect(verdictOf(await edge.settle("/1.jpg", accepts.webp))["reason"]).toBe("transcoded");
});

test("in shadow mode the work that follows is bounded", async () => {
  const edge = await limited(1, { MODE: "shadow" });
  for (let index = 1; index <= 3; index++) {
    const answer = await edge.get(`/${index}.jpg`, accepts.webp, client(1));
    expect(verdictOf(answer)["reason"]).toBe("shadow");
    await edge.idle();
  }
  expect(edge.engine.encoded).toEqual(["webp"]);
});
