/** A picture that is changed or purged while its variants are being made: soon final again, of the file that is there now. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import type { Edge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { type Fleet, startFleet } from "../scripted-fleet.ts";
import { jpeg, type Script } from "../scripted-origin.ts";

const source = pictureOf("photo");
const changed = pictureOf("changed");
const path = "/again.jpg";

/** GET is answered with a file, and what changes it with success. */
function uploaded(file: Uint8Array): Script {
  return (request, count) =>
    request.method === "GET" ? jpeg(file)(request, count) : new Response(null, { status: 204 });
}

async function start(): Promise<{ readonly fleet: Fleet; readonly edge: Edge; readonly other: Edge }> {
  const fleet = await startFleet({ vars: { ADMIN_TOKEN: "secret" } });
  fleet.origin.on(path, uploaded(source));
  const [edge, other] = fleet.gateways;
  return { fleet, edge, other };
}

/** Seconds until the answer is final, by a client that asks each second; messages are delivered at once. */
async function secondsUntilFinal(fleet: Fleet, edge: Edge, file: Uint8Array): Promise<number> {
  for (let seconds = 0; seconds < 200; seconds++) {
    const answer: Answer = await edge.get(path, accepts.avif);
    expect(answer.status).toBe(200);
    if (verdictOf(answer)["reason"] !== "interim") {
      expect([verdictOf(answer)["format"], sourceOf(answer.body)]).toEqual(["avif", nameOf(file)]);
      return seconds;
    }
    await fleet.settle();
    edge.pass(1);
  }
  throw new Error("it is still interim");
}

async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 1000 && !isSo(); round++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isSo()).toBe(true);
}

/** Counts what is asked of R2 about leases, until it is restored. */
function countLeases({ bucket }: Fleet): { readonly asked: number; readonly restore: () => void } {
  const counted = { asked: 0, restore: () => void (bucket.put = put) };
  const { put } = bucket;
  bucket.put = (name, ...written) => {
    if (name.startsWith("lease/")) counted.asked += 1;
    return put.call(bucket, name, ...written);
  };
  return counted;
}

/** Two seconds old before a look into R2; then the next request finds it. */
const soon = 5;

const upload = async (fleet: Fleet, edge: Edge, file: Uint8Array): Promise<void> => {
  fleet.origin.on(path, uploaded(file));
  await edge.ask(path, { method: "PUT", body: "new" });
};
const purge = async (edge: Edge): Promise<void> => {
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  await edge.ask("/_imaging/purge", { method: "POST", headers, body: JSON.stringify({ urls: [path] }) });
};

/** What happens to a picture, and the file that is there afterwards. */
const changes: readonly (readonly [string, (fleet: Fleet, edge: Edge) => Promise<void>, Uint8Array])[] = [
  ["the same file is uploaded again", (fleet, edge) => upload(fleet, edge, source), source],
  ["another one is uploaded", (fleet, edge) => upload(fleet, edge, changed), changed],
  [
    "it is changed and changed back",
    async (fleet, edge) => {
      await upload(fleet, edge, changed);
      await edge.get(path, accepts.avif);
      await fleet.idle();
      await upload(fleet, edge, source);
    },
    source,
  ],
  ["it is purged", (_, edge) => purge(edge), source],
];

describe.each(changes)("when %s", (_, change, file) => {
  test("before the encoder has begun", async () => {
    const { fleet, edge } = await start();
    await edge.get(path, accepts.avif);
    await fleet.idle();
    await change(fleet, edge);
    expect(await secondsUntilFinal(fleet, edge, file)).toBeLessThanOrEqual(soon);
  });

  test("while the encoder works", async () => {
    const { fleet, edge } = await start();
    await edge.get(path, accepts.avif);
    await fleet.idle();
    const leases = countLeases(fleet);
    const gate = Promise.withResolvers<void>();
    fleet.engine.until = gate.promise;
    const delivered = fleet.deliver();
    await until(() => fleet.engine.encoded.length > 0);
    fleet.engine.until = Promise.resolve();
    await change(fleet, edge);
    // The first consumer is still at work, and holds its lease.
    await edge.get(path, accepts.avif);
    await fleet.idle();
    const next = fleet.deliver(fleet.queue.pop());
    await until(() => leases.asked === 2);
    leases.restore();
    gate.resolve();
    expect([await delivered, await next]).toEqual([true, true]);
    expect(await secondsUntilFinal(fleet, edge, file)).toBeLessThanOrEqual(soon);
  });

  test("in another data centre, which has it too and is asked again when its interim answer has ended", async () => {
    const { fleet, edge, other } = await start();
    for (const each of [edge, other]) await each.get(path, accepts.avif);
    await fleet.idle();
    await change(fleet, other);
    edge.pass(61);
    expect(await secondsUntilFinal(fleet, edge, file)).toBeLessThanOrEqual(soon);
  });

  test("in another data centre, after a purge in this one", async () => {
    const { fleet, edge, other } = await start();
    await purge(edge);
    for (const each of [edge, other]) await each.get(path, accepts.avif);
    await fleet.idle();
    await change(fleet, other);
    edge.pass(61);
    expect(await secondsUntilFinal(fleet, edge, file)).toBeLessThanOrEqual(soon);
  });
});
