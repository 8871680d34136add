/** Purges of a picture that several data centres have, or that is being made. */
import { describe, expect, test } from "vitest";
import type { Bucket } from "../../../src/edge/env.ts";
import { accepts, type Answer, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { createMapCache } from "../map-cache.ts";
import { sourceOf } from "../scripted-engine.ts";
import type { Edge } from "../scripted-edge.ts";
import { type Fleet, startFleet } from "../scripted-fleet.ts";
import { jpeg, sequence } from "../scripted-origin.ts";

const source = pictureOf("photo");
const changed = pictureOf("changed");
const vars = { ADMIN_TOKEN: "secret" };

function purge(edge: Edge, urls: readonly string[]): Promise<Answer> {
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  return edge.ask("/_imaging/purge", { method: "POST", headers, body: JSON.stringify({ urls }) });
}

const bodyOf = ({ body }: Answer): unknown => JSON.parse(new TextDecoder().decode(body));

/** A bucket that is always empty, and notes what is written to it: real ones, and real caches, take too long for a thousand URLs. */
function noting(written: Set<string>): Bucket {
  return {
    get: () => Promise.resolve(null),
    head: () => Promise.resolve(null),
    put: (name) => {
      written.add(name);
      return Promise.resolve({ etag: "", uploaded: new Date() });
    },
    delete: () => Promise.resolve(),
  };
}

async function final(fleet: Fleet, edge: Edge, path: string): Promise<Answer> {
  for (let round = 0; round < 8; round++) {
    const answer = await edge.get(path, accepts.avif);
    if (verdictOf(answer)["reason"] !== "interim") return answer;
    await fleet.settle();
    edge.pass(3);
  }
  throw new Error(`${path} is still interim`);
}

describe("a purge", () => {
  test("reaches what is shared, and a data centre that did not have the picture gets the new one", async () => {
    const fleet = await startFleet({ vars });
    fleet.origin.on("/replaced.jpg", sequence(jpeg(source), jpeg(changed)));
    const [edge, other] = fleet.gateways;
    const before = await final(fleet, edge, "/replaced.jpg");
    const answer = await purge(edge, ["/replaced.jpg"]);
    expect([answer.status, bodyOf(answer)]).toMatchObject([
      200,
      { urls: [{ url: "/replaced.jpg", result: "purged", shared: "purged" }] },
    ]);
    const after = await final(fleet, other, "/replaced.jpg");
    expect(sourceOf(after.body)).not.toBe(sourceOf(before.body));
    expect((await final(fleet, edge, "/replaced.jpg")).body).toEqual(after.body);
  });

  test("during an encode is never undone", async () => {
    const fleet = await startFleet({ vars });
    fleet.origin.on("/during.jpg", sequence(jpeg(source), jpeg(changed)));
    const [edge, other] = fleet.gateways;
    await edge.get("/during.jpg", accepts.avif);
    await fleet.idle();
    const gate = Promise.withResolvers<void>();
    fleet.engine.until = gate.promise;
    const delivered = fleet.deliver();
    while (fleet.engine.encoded.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await purge(edge, ["/during.jpg"]);
    gate.resolve();
    expect(await delivered).toBe(true);
    for (const each of [other, edge]) {
      const answer = await final(fleet, each, "/during.jpg");
      expect(verdictOf(answer)["from"]).toBe(changed.length);
    }
  });

  test("before a delivery makes its message void", async () => {
    const fleet = await startFleet({ vars });
    fleet.origin.on("/before.jpg", jpeg(source));
    await fleet.gateways[0].get("/before.jpg", accepts.avif);
    await fleet.idle();
    await purge(fleet.gateways[1], ["/before.jpg"]);
    expect(await fleet.deliver()).toBe(true);
    expect(fleet.engine.encoded).toEqual([]);
  });

  test("says which tier failed", async () => {
    let isBroken = false;
    const fleet = await startFleet({
      vars,
      bucketOf: (bucket) => ({
        get: (name) => bucket.get(name),
        head: (name) => bucket.head(name),
        put: (...written) => (isBroken ? Promise.reject(new Error("unavailable")) : bucket.put(...written)),
        delete: (name) => bucket.delete(name),
      }),
    });
    fleet.origin.on("/failing.jpg", jpeg(source));
    await fleet.gateways[0].get("/failing.jpg", accepts.avif);
    await fleet.idle();
    isBroken = true;
    const answer = await purge(fleet.gateways[0], ["/failing.jpg"]);
    expect([answer.status, bodyOf(answer)]).toMatchObject([
      500,
      { failures: 1, urls: [{ result: "failed", shared: "failed" }] },
    ]);
  });

  test("of 1,000 URLs in one request begins 1,000 generations", async () => {
    const written = new Set<string>();
    const fleet = await startFleet({ vars, bucketOf: () => noting(written), cacheOf: createMapCache });
    const urls = Array.from({ length: 1000 }, (_, index) => `/many-${index}.jpg`);
    const answer = await purge(fleet.gateways[0], urls);
    const { urls: purged } = bodyOf(answer) as { readonly urls: readonly { readonly shared: string }[] };
    expect([answer.status, purged.length]).toEqual([200, 1000]);
    expect(purged.every(({ shared }) => shared === "purged")).toBe(true);
    expect([...written].filter((name) => name.startsWith("purge/")).length).toBe(1000);
  });
});

describe("a purge of the zone", () => {
  test("is asked for by tag, a hundred at a time, after what is shared is void", async () => {
    const asked: { readonly url: string; readonly authorization: string | null; readonly tags: readonly string[] }[] =
      [];
    const fleet = await startFleet({
      bucketOf: () => noting(new Set()),
      cacheOf: createMapCache,
      vars: { ...vars, ZONE_ID: "0123456789abcdef0123456789abcdef", ZONE_PURGE_TOKEN: "zone-secret" },
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { tags } = await request.json<{ tags: string[] }>();
        asked.push({ url: request.url, authorization: request.headers.get("authorization"), tags });
        return Response.json({ success: true });
      },
    });
    const urls = Array.from({ length: 250 }, (_, index) => `/zone-${index}.jpg`);
    const answer = await purge(fleet.gateways[0], urls);
    expect(asked.map(({ tags }) => tags.length)).toEqual([100, 100, 50]);
    expect(new Set(asked.map(({ url }) => url))).toEqual(
      new Set(["https://api.cloudflare.com/client/v4/zones/0123456789abcdef0123456789abcdef/purge_cache"]),
    );
    expect(asked[0]?.authorization).toBe("Bearer zone-secret");
    const { urls: purged } = bodyOf(answer) as { readonly urls: readonly { readonly zone: string }[] };
    expect(new Set(purged.map(({ zone }) => zone))).toEqual(new Set(["purged"]));
  });
});
