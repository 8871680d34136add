/** What a slow connection gets, and that caches are told where that could make a difference, and nowhere else. */
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, startEdge, untilHit } from "../support/edge.ts";
import type { Edge, EdgeOptions } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { cacheStatusOf, isHit, verdictOf } from "../support/http.ts";
import type { Answer } from "../support/http.ts";
import { animation, decode, meanError, photo, photoPng, pngOf, transparency } from "../support/pictures.ts";
import { bytes, jpeg, png, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

const path = "/stream.jpg";
const token = "a-token-of-some-length";
let origin: ScriptedOrigin;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  source = await photo();
  origin.on(path, jpeg(source, { "cache-control": "public, max-age=86400, s-maxage=90000" }));
  origin.on("/logo.png", png(await pngOf(transparency(120, 90))));
  origin.on("/photo.png", png(await photoPng()));
  origin.on("/moving.gif", bytes(await animation("gif"), "image/gif"));
  origin.on("/is/image/shop/coat", jpeg(source));
});

const edges = new Map<string, Promise<Edge>>();
afterAll(async () => {
  await Promise.all([...edges.values()].map(async (edge) => (await edge).close()));
  await origin?.close();
});

/** The edge with these settings; tests share it, so each that counts or stores for itself has a path of its own. */
function edgeWith(vars: Readonly<Record<string, string>> = {}, cf?: EdgeOptions["cf"]): Promise<Edge> {
  const name = JSON.stringify([vars, cf]);
  const edge =
    edges.get(name) ??
    startEdge({ vars: { ORIGIN: origin.url, ADMIN_TOKEN: token, ...vars }, ...(cf === undefined ? {} : { cf }) });
  edges.set(name, edge);
  return edge;
}

const saveData = { "save-data": "on" };

const namesIn = (field: string | undefined): readonly string[] =>
  (field ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .toSorted();

function expectHintsNamed(answer: Answer, isNamed: boolean, about = ""): void {
  const seen = `${about} ${JSON.stringify(answer.headers, undefined, 1)}`;
  // Whether the User-Agent is named beside them is another matter.
  const names = namesIn(answer.headers["vary"]).filter((name) => name !== "user-agent");
  expect(names, seen).toEqual(isNamed ? ["accept", "ect", "save-data"] : ["accept"]);
  expect(namesIn(answer.headers["accept-ch"]), seen).toEqual(isNamed ? ["ect", "save-data"] : []);
}

function expectClass(answer: Answer, name: string): void {
  expect(verdictOf(answer)["class"], JSON.stringify(answer.headers)).toBe(name);
}

const isPrivate = (answer: Answer): boolean => /\bprivate\b/.test(answer.headers["cache-control"] ?? "");

describe("NETWORK=hints, the default", () => {
  test.each([
    ["avif", "image/avif"],
    ["webp", "image/webp"],
  ])("Save-Data: on gets a smaller %s of the same picture in the same size", async (format, accept) => {
    const edge = await edgeWith();
    const fast = await edge.settle(path, accept);
    const slow = await edge.settle(path, accept, saveData);
    for (const answer of [fast, slow])
      expectPicture(answer, { format, source: "jpeg", reason: "transcoded", original: source });
    expectClass(fast, format);
    expectClass(slow, `${format}.slow`);
    expect(slow.body.length).toBeLessThan(fast.body.length * 0.9);
    // A size of its own would throw here.
    expect(meanError(await decode(slow.body), await decode(source))).toBeLessThan(8);
    expect(slow.headers["etag"]).not.toBe(fast.headers["etag"]);
  });

  test("ECT of 3g and below is slow; 4g, unknown and malformed values are not", async () => {
    const edge = await edgeWith();
    const fast = await edge.settle(path, accepts.webp);
    const slow = await edge.settle(path, accepts.webp, saveData);
    expect(slow.body.length).toBeLessThan(fast.body.length);
    for (const headers of [{ ect: "slow-2g" }, { ect: "2g" }, { ect: "3g" }, { ect: "4g", ...saveData }]) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expectClass(answer, "webp.slow");
      expect(answer.body.equals(slow.body), JSON.stringify(headers)).toBe(true);
    }
    const unknown = [{ ect: "4g" }, { ect: "5g" }, { ect: "" }, { ect: "unknown" }, { ect: "2g 3g" }];
    // RTT and Downlink have nearly a value per client: they would split every cache and are not looked at.
    for (const headers of [...unknown, { "save-data": "off" }, { "save-data": "" }, { rtt: "3000", downlink: "0.1" }]) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expectClass(answer, "webp");
      expect(answer.body.equals(fast.body), JSON.stringify(headers)).toBe(true);
    }
  });

  test("both classes are kept from one fetch of the source, and each gets its own hit", async () => {
    const edge = await edgeWith();
    origin.on("/kept.jpg", jpeg(source));
    const asked = [{}, saveData, { ect: "2g" }, { ect: "4g" }];
    for (const headers of asked) await edge.settle("/kept.jpg", accepts.avif, headers);
    const hits = await Promise.all(
      asked.map((headers) => untilHit(() => edge.get("/kept.jpg", accepts.avif, headers))),
    );
    for (const hit of hits) {
      expect(isHit(hit)).toBe(true);
      expectHintsNamed(hit, true);
    }
    const [fast, slow, slowByType, fastByType] = hits.map(({ body }) => body);
    expect(slow?.length).toBeLessThan(fast?.length ?? 0);
    expect(slowByType?.equals(slow ?? Buffer.of())).toBe(true);
    expect(fastByType?.equals(fast ?? Buffer.of())).toBe(true);
    expect(origin.count("/kept.jpg")).toBe(1);
  });

  test("a validator of the fast file does not make a slow client's answer 304", async () => {
    const edge = await edgeWith();
    const fast = await edge.settle(path, accepts.webp);
    const etag = fast.headers["etag"] ?? "";
    const slow = await edge.settle(path, accepts.webp, { ...saveData, "if-none-match": etag });
    expect(slow.status).toBe(200);
    const same = await edge.get(path, accepts.webp, { "if-none-match": etag });
    expect(same.status).toBe(304);
    expect(namesIn(same.headers["vary"])).toEqual(["accept", "ect", "save-data"]);
    const head = await edge.ask(path, { method: "HEAD", headers: { accept: accepts.webp, ...saveData } });
    expectHintsNamed(head, true);
    expect(head.headers["etag"]).toBe(slow.headers["etag"]);
  });

  test("purge removes both classes", async () => {
    const edge = await edgeWith();
    const changed = await photo(50);
    origin.on("/purged.jpg", jpeg(source));
    for (const headers of [{}, saveData]) {
      await edge.settle("/purged.jpg", accepts.webp, headers);
      expect(isHit(await untilHit(() => edge.get("/purged.jpg", accepts.webp, headers)))).toBe(true);
    }
    origin.on("/purged.jpg", jpeg(changed));
    const purged = await edge.ask("/_imaging/purge", {
      method: "POST",
      body: JSON.stringify({ urls: ["/purged.jpg"] }),
      headers: { authorization: `Bearer ${token}` },
    });
    expect(purged.status).toBe(200);
    for (const headers of [saveData, {}]) {
      const answer = await edge.settle("/purged.jpg", accepts.webp, headers);
      expect(meanError(await decode(answer.body), await decode(changed)), JSON.stringify(headers)).toBeLessThan(8);
    }
  });
});

describe("Vary and Accept-CH", () => {
  test("name the hints for both classes of a picture with lossy variants", async () => {
    const edge = await edgeWith();
    for (const headers of [{}, saveData, { ect: "4g" }])
      for (const accept of [accepts.chrome, accepts.webp, "image/avif"])
        expectHintsNamed(await edge.settle(path, accept, headers), true, accept);
  });

  test.each([
    ["a client of baseline formats", path, accepts.baseline, {}],
    ["a lossless PNG", "/logo.png", accepts.chrome, {}],
    ["a photograph as PNG, lossless by default", "/photo.png", accepts.webp, {}],
    ["an animation", "/moving.gif", accepts.chrome, {}],
    ["an opt-out", `${path}?imaging=off`, accepts.chrome, {}],
    ["network=off in the URL", "/is/image/shop/coat?network=off", accepts.chrome, {}],
    ["qlt=100 in the URL", "/is/image/shop/coat?qlt=100", accepts.chrome, {}],
    ["NETWORK=off", path, accepts.chrome, { NETWORK: "off" }],
    ["MODE=off", path, accepts.chrome, { MODE: "off" }],
    ["no lossy format in FORMATS that the client shows", path, "image/avif", { FORMATS: "webp" }],
  ])("do not name them for %s", async (_name, target, accept, vars) => {
    const edge = await edgeWith(vars);
    const answers = [await edge.settle(target, accept), await edge.settle(target, accept, saveData)];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expectHintsNamed(answer, false, target);
    }
    expect(answers[0]?.body.equals(answers[1]?.body ?? Buffer.of())).toBe(true);
  });

  test("do not name them for a source too poor for lossy variants", async () => {
    const poor = await decode(await photo());
    const body = await sharp(poor.data, { raw: { width: poor.width, height: poor.height, channels: 4 } })
      .jpeg({ quality: 40, progressive: true, optimiseScans: true })
      .toBuffer();
    origin.on("/poor.jpg", jpeg(body));
    const answer = await (await edgeWith()).settle("/poor.jpg", accepts.avif, saveData);
    expect(verdictOf(answer)["reason"]).toBe("low-quality-source");
    expectHintsNamed(answer, false);
  });

  test("name them for a lossless source that may become lossy", async () => {
    const edge = await edgeWith({ PNG_MODE: "lossy" });
    const fast = await edge.settle("/photo.png", accepts.webp);
    const slow = await edge.settle("/photo.png", accepts.webp, saveData);
    for (const answer of [fast, slow]) expectHintsNamed(answer, true);
    expect(slow.body.length).toBeLessThan(fast.body.length);
  });

  test("name them in an interim answer with the original's bytes, and where no variant was small enough", async () => {
    const interim = await (await edgeWith({ INLINE_BUDGET_MS: "0" })).get(path, accepts.webp);
    expectPicture(interim, { format: "jpeg", reason: "interim", original: source });
    expectHintsNamed(interim, true);
    const edge = await edgeWith({ MIN_SAVING_PERCENT: "99" });
    const answer = await edge.settle(path, accepts.webp);
    expect(verdictOf(answer)["reason"]).toBe("not-smaller");
    expectHintsNamed(answer, true);
  });
});

describe("NETWORK=off", () => {
  test("everybody has the fast class", async () => {
    const edge = await edgeWith({ NETWORK: "off" });
    const fast = await edge.settle(path, accepts.webp);
    for (const headers of [saveData, { ect: "2g" }]) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expectClass(answer, "webp");
      expect(answer.body.equals(fast.body)).toBe(true);
    }
  });
});

describe("NETWORK=rtt", () => {
  test.each([
    ["400 ms over TCP", { clientTcpRtt: 400 }],
    ["400 ms over QUIC", { clientTcpRtt: 0, clientQuicRtt: 400 }],
    ["a delivery rate of 0.4 Mbit/s", { clientTcpRtt: 30, edgeL4: { deliveryRate: 50_000 } }],
  ])("%s: the slow class, for this client alone, also from the cache", async (_name, cf) => {
    const edge = await edgeWith({ NETWORK: "rtt" }, cf);
    const first = await edge.settle(path, accepts.webp);
    const hit = await untilHit(() => edge.get(path, accepts.webp));
    expect(isHit(hit)).toBe(true);
    const etag = hit.headers["etag"] ?? "";
    const unchanged = await edge.get(path, accepts.webp, { "if-none-match": etag });
    expect(unchanged.status).toBe(304);
    const head = await edge.ask(path, { method: "HEAD", headers: { accept: accepts.webp } });
    for (const answer of [first, hit, unchanged, head]) {
      expectClass(answer, "webp.slow");
      expect(isPrivate(answer), JSON.stringify(answer.headers)).toBe(true);
      expect(answer.headers["cache-control"]).not.toMatch(/\bpublic\b|s-maxage/);
      expect(answer.headers["cache-control"]).toMatch(/max-age=86400/);
      expect(cacheStatusOf(answer).size).toBeGreaterThan(0);
    }
  });

  test("a measured fast connection is this client's own as well: the next one may be slow", async () => {
    const edge = await edgeWith({ NETWORK: "rtt" }, { clientTcpRtt: 20 });
    await edge.settle(path, accepts.webp);
    const hit = await untilHit(() => edge.get(path, accepts.webp));
    expectClass(hit, "webp");
    expect(isPrivate(hit), hit.headers["cache-control"]).toBe(true);
  });

  test.each([
    ["nothing", {}],
    ["a round trip of 0", { clientTcpRtt: 0, clientQuicRtt: 0 }],
    ["a delivery rate of 0", { edgeL4: { deliveryRate: 0 } }],
    ["no cf at all", undefined],
  ])("%s known is never slow, and shared", async (_name, cf) => {
    const edge = await edgeWith({ NETWORK: "rtt" }, cf);
    const answer = await edge.settle(path, accepts.webp);
    expectClass(answer, "webp");
    expect(answer.headers["cache-control"]).toMatch(/public/);
    expect(isPrivate(answer)).toBe(false);
    expectHintsNamed(answer, true);
  });

  test("what no measurement could change stays shared", async () => {
    const edge = await edgeWith({ NETWORK: "rtt" }, { clientTcpRtt: 400 });
    const answers = [
      await edge.settle(path, accepts.baseline),
      await edge.settle("/logo.png", accepts.webp),
      await edge.settle("/moving.gif", accepts.webp),
      await edge.settle("/is/image/shop/coat?network=off", accepts.webp),
      // The client's own word goes before the measurement, and Vary names it.
      await edge.settle(path, accepts.webp, saveData),
    ];
    for (const answer of answers) expect(isPrivate(answer), JSON.stringify(answer.headers)).toBe(false);
  });

  test("a measured slow connection that switches DPR off makes the answer this client's own, whatever its format", async () => {
    const edge = await edgeWith({ NETWORK: "rtt", DPR: "on" }, { clientTcpRtt: 400 });
    const answer = await edge.settle("/is/image/shop/coat?wid=120", accepts.baseline, { "sec-ch-dpr": "2" });
    expect(origin.requests("/is/image/shop/coat").at(-1)?.url).toBe("/is/image/shop/coat?wid=120");
    expect(isPrivate(answer), JSON.stringify(answer.headers)).toBe(true);
  });

  test("measurements mean nothing with NETWORK=hints", async () => {
    const edge = await edgeWith({}, { clientTcpRtt: 4000, edgeL4: { deliveryRate: 1 } });
    const answer = await edge.settle(path, accepts.webp);
    expectClass(answer, "webp");
    expect(isPrivate(answer)).toBe(false);
  });
});
