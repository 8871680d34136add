/** What data centres share: each picture is fetched and encoded once, and all have the same bytes. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import type { Edge } from "../scripted-edge.ts";
import { type Fleet, startFleet } from "../scripted-fleet.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");
const small = pictureOf("120 × 80");

const oldSafari = {
  accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  "user-agent":
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
};

/** Five classes of clients. */
const classes: readonly Readonly<Record<string, string>>[] = [
  { accept: accepts.chrome },
  { accept: accepts.avif },
  { accept: accepts.webp },
  { accept: accepts.baseline },
  oldSafari,
];

/** A JPEG of the same picture with other bytes: a comment (ISO/IEC 10918-1 B.2.4.5) says which it is. */
function numbered(index: number): Uint8Array<ArrayBuffer> {
  const comment = [0xff, 0xfe, 0, 4, index >> 8, index & 255];
  return Uint8Array.of(...small.subarray(0, 2), ...comment, ...small.subarray(2));
}

/** Asks until the answer is final and a hit; each round as far apart as a gateway's looks are. */
async function final(
  fleet: Fleet,
  edge: Edge,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  for (let round = 0; round < 8; round++) {
    const answer = await edge.ask(path, { headers });
    if (isHit(answer) && verdictOf(answer)["reason"] !== "interim") return answer;
    await fleet.settle();
    edge.pass(3);
  }
  throw new Error(`${path} is still interim`);
}

const counts = (formats: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(formats)].map((format) => [format, formats.filter((each) => each === format).length]));

async function statsOf(
  edge: Edge,
): Promise<{ readonly encodes: Readonly<Record<string, number>>; readonly drafts: number }> {
  const answer = await edge.ask("/_imaging/stats", { headers: { authorization: "Bearer secret" } });
  return JSON.parse(new TextDecoder().decode(answer.body)) as Awaited<ReturnType<typeof statsOf>>;
}

describe("two data centres", () => {
  test("that ask for one new picture at once have each format encoded once, and send the same bytes", async () => {
    const fleet = await startFleet({ vars: { ADMIN_TOKEN: "secret" } });
    fleet.origin.on("/new.jpg", jpeg(source));
    const [one, other] = fleet.gateways;
    const first = await Promise.all([one, other].map((edge) => edge.get("/new.jpg", accepts.chrome)));
    for (const answer of first) expect([answer.status, verdictOf(answer)["reason"]]).toEqual([200, "interim"]);
    const finals = [
      await final(fleet, one, "/new.jpg", { accept: accepts.chrome }),
      await final(fleet, other, "/new.jpg", { accept: accepts.chrome }),
    ];
    expect(finals[0]?.body).toEqual(finals[1]?.body);
    expect(finals[0]?.headers["etag"]).toBe(finals[1]?.headers["etag"]);
    expect(counts(fleet.engine.encoded)).toEqual({ avif: 1, webp: 1 });
    const stats = await Promise.all([statsOf(one), statsOf(other)]);
    expect(stats.flatMap(({ encodes }) => Object.entries(encodes))).toEqual([["jxl", 1]]);
    expect(fleet.origin.count("/new.jpg")).toBeLessThanOrEqual(2);
  });

  test("a second one that asks later neither fetches nor encodes", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/later.jpg", jpeg(source));
    const [one, other] = fleet.gateways;
    await final(fleet, one, "/later.jpg", { accept: accepts.avif });
    const before = fleet.engine.encoded.length;
    const answer = await other.get("/later.jpg", accepts.avif);
    expect(verdictOf(answer)).toMatchObject({ format: "avif", reason: "transcoded" });
    await fleet.settle();
    expect([fleet.origin.count(), fleet.engine.encoded.length]).toEqual([1, before]);
  });

  test("200 requests for 10 pictures by 5 classes: at most two fetches of each, and one encode of each format", async () => {
    const fleet = await startFleet();
    const paths = Array.from({ length: 10 }, (_, index) => `/many-${index}.jpg`);
    for (const [index, path] of paths.entries()) fleet.origin.on(path, jpeg(numbered(index)));
    for (let round = 0; round < 2; round++) {
      for (const path of paths) {
        const answers = await Promise.all(
          classes.flatMap((headers) => fleet.gateways.map((edge) => edge.ask(path, { headers }))),
        );
        for (const { status } of answers) expect(status).toBe(200);
      }
      await fleet.settle();
      fleet.clock.now += 3000;
    }
    await fleet.settle();
    for (const path of paths) expect(fleet.origin.count(path)).toBeLessThanOrEqual(2);
    expect(counts(fleet.engine.encoded)).toEqual({ avif: 10, webp: 10, jp2: 10 });
    expect([fleet.dead, fleet.queue]).toEqual([[], []]);
  });
});

describe("an interim answer", () => {
  test("is replaced after one look, at most once in two seconds, by what another has made", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/interim.jpg", jpeg(source));
    const [one, other] = fleet.gateways;
    for (const edge of [one, other]) await edge.get("/interim.jpg", accepts.avif);
    await fleet.idle();
    await fleet.deliver();
    // Too young for a look.
    expect(verdictOf(await other.get("/interim.jpg", accepts.avif))["reason"]).toBe("interim");
    await other.idle();
    other.pass(2.1);
    expect(verdictOf(await other.get("/interim.jpg", accepts.avif))["reason"]).toBe("interim");
    await other.idle();
    const answer = await other.get("/interim.jpg", accepts.avif);
    expect(verdictOf(answer)).toMatchObject({ format: "avif", reason: "transcoded" });
    expect(isHit(answer)).toBe(true);
  });

  test("is a smaller picture than the original where rows can be encoded", async () => {
    const fleet = await startFleet();
    fleet.origin.on("/draft.jpg", jpeg(source));
    const answer = await fleet.gateways[0].get("/draft.jpg", accepts.webp);
    expect(verdictOf(answer)).toMatchObject({ format: "webp", reason: "interim", pending: ["webp"] });
    expect(answer.body.length).toBeLessThan(source.length);
    await fleet.settle();
    expect(counts(fleet.engine.encoded)).toEqual({ avif: 1, webp: 1 });
  });
});

describe("settings", () => {
  test("of the encoder do not matter: recipes come with the message", async () => {
    const fleet = await startFleet({ encoderVars: { FORMATS: "webp", METADATA: "keep", EAGER: "" } });
    fleet.origin.on("/settings.jpg", jpeg(source));
    const answer = await final(fleet, fleet.gateways[0], "/settings.jpg", { accept: accepts.avif });
    expect(verdictOf(answer)["format"]).toBe("avif");
  });

  test("that differ between gateways, as while a new version is deployed, keep their pictures apart", async () => {
    const fleet = await startFleet({ otherVars: { FORMATS: "webp" } });
    fleet.origin.on("/versions.jpg", jpeg(source));
    const [one, other] = fleet.gateways;
    const headers = { accept: accepts.avif };
    await Promise.all([one.ask("/versions.jpg", { headers }), other.ask("/versions.jpg", { headers })]);
    expect(verdictOf(await final(fleet, one, "/versions.jpg", headers))["format"]).toBe("avif");
    expect(verdictOf(await final(fleet, other, "/versions.jpg", headers))["format"]).toBe("webp");
  });
});
