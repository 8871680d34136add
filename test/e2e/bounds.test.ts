import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { pause, startEdge, untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture, expectProblem, expectVaryAccept, sniff } from "../support/expect-picture.ts";
import { type Answer, askAndLeave } from "../support/http.ts";
import { baselinePhoto, decode, meanError, photo, photoPng } from "../support/pictures.ts";
import {
  bytes,
  chunked,
  dayFresh,
  hang,
  jpeg,
  png,
  sequence,
  slow,
  stall,
  startScriptedOrigin,
} from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

let origin: ScriptedOrigin;
let edge: Edge;
let source: Buffer;
let patient: Edge;
/** An answer that takes as long as a body may stall: it is asked for first and judged last. */
let stalled: Promise<Answer>;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  // AVIF would take most of the time, and bounds do not depend on the encoder.
  edge = await startEdge({ vars: { ORIGIN: origin.url, FORMATS: "jxl,webp" } });
  source = await photo();
  patient = await startEdge({ vars: { ORIGIN: origin.url, MIN_TTL_SECONDS: "0", FORMATS: "webp", EAGER: "" } });
  origin.on("/stall.jpg", sequence(stall(source, "image/jpeg", 5_000), jpeg(source)));
  stalled = patient.get("/stall.jpg", accepts.webp);
  stalled.catch(() => undefined);
});
afterAll(async () => {
  await patient?.close();
  await edge?.close();
  await origin?.close();
});

describe("many at once", () => {
  test("200 first requests for one image cause one request to the origin; a second class causes none", async () => {
    origin.on("/rush.jpg", slow(300, jpeg(source)));
    const answers = await Promise.all(Array.from({ length: 200 }, () => edge.get("/rush.jpg", accepts.webp)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(["interim", "transcoded"]).toContain(verdictOf(answer)["reason"]);
      expect(answer.broken).toBe(false);
    }
    expect(origin.count("/rush.jpg")).toBe(1);
    expectPicture(await edge.settle("/rush.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    const second = await Promise.all(Array.from({ length: 50 }, () => edge.get("/rush.jpg", accepts.chrome)));
    for (const answer of second) {
      expect(answer.status).toBe(200);
      expect(["interim", "transcoded"]).toContain(verdictOf(answer)["reason"]);
    }
    expect(origin.count("/rush.jpg")).toBe(1);
  });

  test("first requests of several classes at the same moment share the one request", async () => {
    origin.on("/classes.jpg", slow(300, jpeg(source)));
    const wanted = [accepts.avif, accepts.webp, accepts.baseline, accepts.chrome, "image/jxl"];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => edge.get("/classes.jpg", wanted[index % wanted.length] ?? null)),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    for (const [index, answer] of answers.entries())
      if (index % wanted.length === 2) expect(answer.body.equals(source)).toBe(true);
    expect(origin.count("/classes.jpg")).toBe(1);
  });

  const coldImages = 12;

  test("many cold images at once are answered with the right pictures, and hits go on meanwhile", async () => {
    const sources = await Promise.all(
      Array.from({ length: coldImages }, (_, index) => photo(1 + index, 448 + 8 * index, 336)),
    );
    for (const [index, body] of sources.entries()) origin.on(`/cold-${index}.jpg`, jpeg(body));
    origin.on("/hot.jpg", jpeg(source));
    await edge.settle("/hot.jpg", accepts.webp);
    await untilHit(() => edge.get("/hot.jpg", accepts.webp));
    const cold = new AbortController();
    let hits = 0;
    const hot = (async () => {
      while (!cold.signal.aborted) {
        const answer = await edge.get("/hot.jpg", accepts.webp);
        expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source, hit: true });
        hits++;
        await pause(50);
      }
    })();
    const answers = await Promise.all(sources.map((_, index) => edge.get(`/cold-${index}.jpg`, accepts.chrome)));
    cold.abort();
    await hot;
    for (const [index, answer] of answers.entries()) {
      const original = sources[index] ?? Buffer.alloc(0);
      expect(answer.status).toBe(200);
      expect(verdictOf(answer)["from"], `image ${index}`).toBe(original.length);
      // libvips here has no JPEG XL; other tests judge that.
      if (sniff(answer.body) !== "jxl") {
        const [before, after] = [await decode(original), await decode(answer.body)];
        expect(meanError(before, after), `image ${index}`).toBeLessThan(4);
      }
      expect(origin.count(`/cold-${index}.jpg`)).toBe(1);
    }
    // The last one may have been answered after them.
    expect(hits).toBeGreaterThan(1);
  });

  test("after the rush every image gets its best picture without another request to the origin", async () => {
    for (let index = 0; index < coldImages; index++) {
      const verdict = verdictOf(await edge.settle(`/cold-${index}.jpg`, accepts.chrome));
      expect(verdict).toMatchObject({ reason: "transcoded" });
      // The smaller of the two wins, which differs from picture to picture.
      expect(["jxl", "webp"]).toContain(verdict["format"]);
      expect(origin.count(`/cold-${index}.jpg`)).toBe(1);
    }
  });

  test("a client that leaves does not undo the work", async () => {
    origin.on("/leaving.jpg", slow(500, jpeg(source)));
    await askAndLeave(`${edge.url}/leaving.jpg`, { accept: accepts.webp }, 150);
    await pause(1_500);
    expectPicture(await edge.settle("/leaving.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(origin.count("/leaving.jpg")).toBe(1);
  });
});

describe("too large", () => {
  test("PNG of 6 megapixels: a smaller PNG of the same pixels, row by row, and the Worker lives on", async () => {
    const large = await photoPng(1, 3000, 2000);
    origin.on("/six.png", png(large));
    const answer = await edge.settle("/six.png", accepts.webp);
    expectPicture(answer, { format: "png", reason: "transcoded", original: large });
    expect(answer.body.length).toBeLessThan(0.9 * large.length);
    const [before, after] = [await decode(large), await decode(answer.body)];
    expect(meanError(before, after)).toBe(0);
    origin.on("/small-after.jpg", jpeg(source));
    expect((await edge.settle("/small-after.jpg", accepts.webp)).status).toBe(200);
  });

  test("JPEG of 12 megapixels: too large for its pixels, but not for its coefficients and its rows", async () => {
    const large = await baselinePhoto(1, 4000, 3000);
    origin.on("/twelve.jpg", jpeg(large));
    const jxl = await edge.settle("/twelve.jpg", accepts.chrome);
    expectPicture(jxl, { format: "jxl", source: "jpeg", reason: "transcoded", original: large });
    const webp = await edge.settle("/twelve.jpg", accepts.webp);
    expectPicture(webp, { format: "webp", source: "jpeg", reason: "transcoded", original: large });
    const optimised = await edge.settle("/twelve.jpg", accepts.baseline);
    expectPicture(optimised, { format: "jpeg", reason: "transcoded", original: large });
    expect(webp.body.length).toBeLessThan(optimised.body.length);
    origin.on("/small-after.jpg", jpeg(source));
    expect((await edge.settle("/small-after.jpg", accepts.webp)).status).toBe(200);
  });

  /** A JPEG's header, then noise: only the length matters. */
  const huge = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(26 * 1024 * 1024)]);

  test.each([
    ["with its length", "/huge.jpg", () => jpeg(huge)],
    ["in chunks without a length", "/huge-chunked.jpg", () => chunked(huge, "image/jpeg")],
  ] as const)("a source above 25 MB %s is streamed through", async (_name, path, script) => {
    origin.on(path, script());
    const answer = await edge.get(path, accepts.chrome);
    expect(answer.status).toBe(200);
    expect(answer.broken).toBe(false);
    expect(answer.body.equals(huge)).toBe(true);
    expect(verdictOf(answer)["reason"]).toBe("too-large");
    expectVaryAccept(answer);
  });

  test("several clients of a source above 25 MB each get all of it", async () => {
    origin.on("/huge-many.jpg", jpeg(huge));
    const answers = await Promise.all(Array.from({ length: 3 }, () => edge.get("/huge-many.jpg", accepts.chrome)));
    for (const answer of answers) expect(answer.body.equals(huge)).toBe(true);
  });
});

describe("a hanging origin", () => {
  test("whose body stalls ends in an error, is not stored, and is asked again", async () => {
    expectProblem(await stalled, 502);
    expectPicture(await patient.settle("/stall.jpg", accepts.webp), {
      format: "webp",
      source: "jpeg",
      reason: "transcoded",
      original: source,
    });
    expect(origin.count("/stall.jpg")).toBe(2);
  });

  test("does not hold up other images", async () => {
    origin.on("/hang.jpg", hang);
    let isHanging = true;
    void patient
      .get("/hang.jpg", accepts.webp)
      .catch(() => undefined)
      .finally(() => (isHanging = false));
    origin.on("/lively.jpg", bytes(source, "image/jpeg", { "cache-control": dayFresh }));
    expect((await patient.get("/lively.jpg", accepts.webp)).status).toBe(200);
    expect(isHanging).toBe(true);
  });
});
