/** What a slow connection gets; `Vary` names the hints where they could make a difference, and nowhere else. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, cacheStatusOf, isSame, verdictOf } from "../../support/answer.ts";
import { expectPicture } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { bytes, jpeg, png } from "../scripted-origin.ts";

const path = "/stream.jpg";
const token = "a-token-of-some-length";
const source = pictureOf("photo");

type Vars = Readonly<Record<string, string>>;

async function edgeWith(vars: Vars = {}, cf?: Readonly<Record<string, unknown>>): Promise<Edge> {
  const edge = await startEdge({ vars: { ADMIN_TOKEN: token, ...vars }, cf });
  edge.origin.on(path, jpeg(source, { "cache-control": "public, max-age=86400, s-maxage=90000" }));
  edge.origin.on("/logo.png", png(pictureOf("logo")));
  edge.origin.on("/photo.png", png(pictureOf("photoPng")));
  edge.origin.on("/moving.gif", bytes(pictureOf("moving"), "image/gif"));
  edge.origin.on("/is/image/shop/coat", jpeg(source));
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
  ])("Save-Data: on gets a smaller %s", async (format, accept) => {
    const edge = await edgeWith();
    const fast = await edge.settle(path, accept);
    const slow = await edge.settle(path, accept, saveData);
    for (const answer of [fast, slow])
      expectPicture(answer, { format, source: "jpeg", reason: "transcoded", original: source });
    expectClass(fast, format);
    expectClass(slow, `${format}.slow`);
    expect(slow.body.length).toBeLessThan(fast.body.length * 0.95);
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
      expect(isSame(answer.body, slow.body), JSON.stringify(headers)).toBe(true);
    }
    const unknown = [{ ect: "4g" }, { ect: "5g" }, { ect: "" }, { ect: "unknown" }, { ect: "2g 3g" }];
    // RTT and Downlink have nearly a value per client: they would split every cache and are not read.
    for (const headers of [...unknown, { "save-data": "off" }, { "save-data": "" }, { rtt: "3000", downlink: "0.1" }]) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expectClass(answer, "webp");
      expect(isSame(answer.body, fast.body), JSON.stringify(headers)).toBe(true);
    }
  });

  test("both classes are kept from one fetch of the source, and each gets its own hit", async () => {
    const edge = await edgeWith();
    const hits: Answer[] = [];
    for (const headers of [{}, saveData, { ect: "2g" }, { ect: "4g" }])
      hits.push(await edge.hit(path, accepts.avif, headers));
    for (const hit of hits) expectHintsNamed(hit, true);
    const [fast, slow, slowByType, fastByType] = hits.map(({ headers }) => headers["etag"]);
    expect(slow).not.toBe(fast);
    expect([slowByType, fastByType]).toEqual([slow, fast]);
    expect(edge.origin.count(path)).toBe(1);
  });

  test("a validator of the fast file does not make a slow client's answer 304", async () => {
    const edge = await edgeWith();
    const etag = (await edge.settle(path, accepts.webp)).headers["etag"] ?? "";
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
    const changed = pictureOf("changed");
    for (const headers of [{}, saveData]) await edge.hit(path, accepts.webp, headers);
    edge.origin.on(path, jpeg(changed));
    const purged = await edge.ask("/_imaging/purge", {
      method: "POST",
      body: JSON.stringify({ urls: [path] }),
      headers: { authorization: `Bearer ${token}` },
    });
    expect(purged.status).toBe(200);
    for (const headers of [saveData, {}]) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expect(sourceOf(answer.body), JSON.stringify(headers)).toBe(nameOf(changed));
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
  ])("do not name them for %s", async (_name, target, accept, vars: Vars) => {
    const edge = await edgeWith(vars);
    const [fast, slow] = [await edge.settle(target, accept), await edge.settle(target, accept, saveData)];
    for (const answer of [fast, slow]) {
      expect(answer.status).toBe(200);
      expectHintsNamed(answer, false, target);
    }
    expect(isSame(fast.body, slow.body)).toBe(true);
  });

  test("do not name them for a source too poor for lossy variants", async () => {
    const edge = await edgeWith();
    edge.origin.on("/poor.jpg", jpeg(pictureOf("poor")));
    const answer = await edge.settle("/poor.jpg", accepts.avif, saveData);
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
  test("every client has the fast class", async () => {
    const edge = await edgeWith({ NETWORK: "off" });
    const fast = await edge.settle(path, accepts.webp);
    for (const headers of [saveData, { ect: "2g" }]) {
      const answer = await edge.settle(path, accepts.webp, headers);
      expectClass(answer, "webp");
      expect(isSame(answer.body, fast.body)).toBe(true);
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
    const hit = await edge.hit(path, accepts.webp);
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
    const hit = await edge.hit(path, accepts.webp);
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
    expect(edge.origin.requests().map(({ url }) => url)).toEqual(["/is/image/shop/coat?wid=120"]);
    expect(isPrivate(answer), JSON.stringify(answer.headers)).toBe(true);
  });

  test("measurements mean nothing with NETWORK=hints", async () => {
    const edge = await edgeWith({}, { clientTcpRtt: 4000, edgeL4: { deliveryRate: 1 } });
    const answer = await edge.settle(path, accepts.webp);
    expectClass(answer, "webp");
    expect(isPrivate(answer)).toBe(false);
  });
});
