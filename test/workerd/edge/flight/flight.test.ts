import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { describe, expect, it } from "vitest";
import type { SourceRecord } from "../../../../src/edge/plan/known-source.ts";
import { bytesUrl } from "../../../../src/edge/key.ts";
import { accepts, fileOf, files, oldBrowsers, optimised, setUp, side, type Stage } from "../../scripted-services.ts";

const minute = 60_000;
const hour = 60 * minute;

async function recordOf(stage: Stage, path: string): Promise<SourceRecord> {
  const { record } = await stage.services.store.readRecord(stage.image(path, accepts.any).key);
  if (record === undefined) throw new Error("nothing is known");
  return record;
}

describe("SourceFlight, the first requests", () => {
  it("answers with the cheapest variant, makes the rest of the same decode, and then has the best", async () => {
    const stage = setUp();
    const first = await stage.get("/a.png", accepts.both);
    expect(first).toMatchObject({ status: 200, format: "webp", reason: "interim", body: "webp" });
    expect(first.headers.get("cache-control")).toContain("max-age=60");
    expect(stage.encoded).toEqual(["webp", "avif"]);
    expect(stage.decoded).toBe(1);
    const second = await stage.get("/a.png", accepts.both);
    const best = files.avif.length < files.webp.length ? "avif" : "webp";
    expect(second).toMatchObject({ format: best, reason: "transcoded", body: best });
    expect(second.cacheStatus).toMatch(/^edge-imaging; hit;.*detail=edge/);
    expect(stage.asked).toHaveLength(1);
  });

  it("answers another class without the origin and without the encoder", async () => {
    const stage = setUp();
    await stage.get("/a.png", accepts.both);
    const { length } = stage.encoded;
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({
      format: "webp",
      body: "webp",
      cacheStatus: expect.stringContaining("detail=assembled") as string,
    });
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({
      format: "png",
      reason: "not-accepted",
      body: "png",
    });
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({
      cacheStatus: expect.stringContaining("detail=edge") as string,
    });
    expect(stage.asked).toHaveLength(1);
    expect(stage.encoded).toHaveLength(length);
  });

  it("fetches, decodes and encodes once for many clients at once", async () => {
    const stage = setUp();
    const all = Object.values(accepts).flatMap((accept) => Array.from({ length: 25 }, () => accept));
    const answers = await Promise.all(all.map((accept) => stage.ask("/a.png", accept)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    await stage.idle();
    expect(stage.asked).toHaveLength(1);
    expect(stage.decoded).toBe(1);
    expect(stage.optimised).toBe(1);
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
    // All of it is kept, whichever client waited for it.
    const { variants } = await recordOf(stage, "/a.png");
    // The scripted optimiser hands its input back: nothing was gained.
    expect(variants).toMatchObject({ avif: { state: "made" }, webp: { state: "made" }, png: { state: "refused" } });
    for (const accept of Object.values(accepts)) {
      expect((await stage.get("/a.png", accept)).cacheStatus).toContain("detail=edge");
    }
    expect(stage.optimised + stage.encoded.length).toBe(3);
  });

  it("holds no memory and no flight when everything is done", async () => {
    const stage = setUp();
    await stage.get("/a.png", accepts.both);
    expect(stage.services.encoderPool.ledger.heldBytes()).toBe(0);
    expect([...stage.services.flights.all()]).toEqual([]);
  });

  it("makes after the answer what is predicted to take longer than the budget", async () => {
    const stage = setUp({ INLINE_BUDGET_MS: "0" });
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({
      format: "png",
      reason: "interim",
      body: "png",
    });
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ format: "webp", reason: "transcoded" });
  });

  it("makes only what is wanted where nothing is eager", async () => {
    const stage = setUp({ EAGER: "" });
    await stage.get("/a.png", accepts.any);
    expect(stage.encoded).toEqual([]);
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ format: "webp", reason: "transcoded" });
    expect(stage.encoded).toEqual(["webp"]);
    expect(stage.asked).toHaveLength(1);
  });
});

describe("SourceFlight, what every client can show", () => {
  it("is made for clients of nothing better, at once and once", async () => {
    const stage = setUp();
    stage.optimise = async () => optimised.slice();
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({
      format: "png",
      reason: "transcoded",
      body: "optimised",
    });
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({
      body: "optimised",
      cacheStatus: expect.stringContaining("detail=edge") as string,
    });
    expect(stage.optimised).toBe(1);
    // Without a decode; that was for the eager formats.
    expect(stage.encoded.toSorted()).toEqual(["avif", "webp"]);
  });

  it("is not made for clients of something clearly smaller, unless all files of so plain a picture are small", async () => {
    const stage = setUp();
    const photograph = new Uint8Array(5_000);
    photograph.set(files.webp);
    stage.encode = async () => photograph.slice();
    await stage.get("/a.png", accepts.both);
    await stage.get("/a.png", accepts.webp);
    expect(stage.optimised).toBe(0);
    stage.encode = async (_, { format }) => fileOf(format);
    const smallest = optimised.slice(0, Math.min(files.webp.length, files.avif.length) - 1);
    stage.optimise = async () => smallest.slice();
    for (const accept of [accepts.webp, accepts.both, accepts.any]) {
      await stage.get("/plain.png", accept);
      const final = await stage.get("/plain.png", accept);
      expect(final).toMatchObject({ format: "png", reason: "transcoded" });
      expect(final.headers.get("content-length")).toBe(String(smallest.length));
    }
    expect(stage.optimised).toBe(1);
  });

  it("is no answer for the others while theirs can be made at once", async () => {
    const stage = setUp({ EAGER: "" });
    stage.optimise = async () => optimised.slice();
    await stage.get("/a.png", accepts.any);
    const smaller = files.webp.length < optimised.length ? "webp" : "optimised";
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ body: smaller, reason: "transcoded" });
    expect(stage.encoded).toEqual(["webp"]);
  });

  it("is not tried twice where nothing is gained", async () => {
    const stage = setUp({ METADATA: "keep" });
    for (let index = 0; index < 4; index++) {
      expect(await stage.get("/a.png", accepts.any)).toMatchObject({ body: "png", reason: "not-accepted" });
      stage.now += 2 * minute;
    }
    expect((await recordOf(stage, "/a.png")).variants.png).toEqual({ state: "refused" });
    expect(stage.optimised).toBe(1);
  });
});

describe("SourceFlight, clients that are known by their User-Agent", () => {
  it.each([
    ["safari13", "jp2", "image/jp2"],
    ["ie11", "jxr", "image/vnd.ms-photo"],
  ] as const)("gives %s %s as %s, and says in Vary that the User-Agent counts", async (name, format, mediaType) => {
    const stage = setUp();
    const { accept, ...agent } = oldBrowsers[name];
    const first = await stage.get("/a.png", accept, agent);
    // An optimised PNG might be smaller still.
    expect(first).toMatchObject({ format, body: format, reason: "interim" });
    const second = await stage.get("/a.png", accept, agent);
    expect(second).toMatchObject({ format, body: format, reason: "transcoded" });
    expect(second.cacheStatus).toContain("detail=edge");
    for (const { headers } of [first, second]) {
      expect(headers.get("content-type")).toBe(mediaType);
      expect(headers.get("vary")).toMatch(/^Accept, User-Agent\b/);
      expect(headers.get("accept-ch") ?? "").not.toContain("User-Agent");
    }
  });

  it("says the same to everybody whose Accept lists neither WebP nor AVIF, and to nobody else", async () => {
    const stage = setUp();
    const varies = async (accept: string): Promise<boolean> =>
      (await stage.get("/a.png", accept)).headers.get("vary")?.includes("User-Agent") ?? false;
    expect(await varies(accepts.any)).toBe(true);
    expect(await varies(oldBrowsers.ie11.accept)).toBe(true);
    expect(await varies("image/jxl,*/*")).toBe(true);
    expect(await varies(accepts.webp)).toBe(false);
    expect(await varies(accepts.both)).toBe(false);
    expect(await varies(`image/avif,${oldBrowsers.safari13.accept}`)).toBe(false);
  });

  it("says it to nobody where neither JPEG 2000 nor JPEG XR may be made", async () => {
    const stage = setUp({ FORMATS: "jxl,avif,webp" });
    const { accept, ...agent } = oldBrowsers.safari13;
    const answer = await stage.get("/a.png", accept, agent);
    expect(answer).toMatchObject({ format: "png" });
    expect(answer.headers.get("vary")).not.toContain("User-Agent");
  });
});

describe("SourceFlight, failures of the encoder", () => {
  it("tries three times with pauses, then says encode-failed for an hour", async () => {
    const stage = setUp({ FORMATS: "webp" });
    stage.encode = () => Promise.reject(new ImagingError("codec", "webp", "trap"));
    const attempts: number[] = [];
    const started = stage.now;
    let answer = await stage.get("/a.png", accepts.webp);
    for (; stage.now < started + 30 * minute; stage.now += 5000) {
      const before = stage.encoded.length;
      answer = await stage.get("/a.png", accepts.webp);
      expect(answer).toMatchObject({ status: 200, format: "png", body: "png" });
      if (stage.encoded.length > before) attempts.push(stage.now - started);
    }
    expect(stage.encoded).toHaveLength(3);
    const [second = 0, third = 0] = attempts;
    expect(second).toBeGreaterThanOrEqual(10_000);
    expect(third - second).toBeGreaterThanOrEqual(minute);
    expect(answer.reason).toBe("encode-failed");
    expect(answer.headers.get("cache-control")).toMatch(/max-age=(?:60|[1-5]?\d)\b/);
    // After the hour it is tried again, and succeeds.
    stage.encode = async () => files.webp;
    stage.now = started + third + hour + 2 * minute;
    await stage.get("/a.png", accepts.webp);
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ format: "webp", reason: "transcoded" });
    expect(stage.asked).toHaveLength(1);
  });

  it("serves the format that works while the other one fails", async () => {
    const stage = setUp();
    stage.encode = async (_, { format }) => {
      if (format === "avif") throw new ImagingError("codec", "avif", "trap");
      return files.webp;
    };
    for (let index = 0; index < 40; index++) {
      expect(await stage.get("/a.png", accepts.both)).toMatchObject({
        format: index === 0 ? (expect.any(String) as string) : "webp",
      });
      stage.now += 15_000;
    }
    expect(stage.encoded.filter((format) => format === "avif")).toHaveLength(3);
    expect(await stage.get("/a.png", accepts.both)).toMatchObject({ format: "webp", reason: "transcoded" });
  });

  it("tries again once the hour is over although another format is served meanwhile", async () => {
    const stage = setUp();
    let isBroken = true;
    // AVIF is the smaller one here, so that its return is visible.
    const small = files.avif.slice();
    stage.encode = async (_, { format }) => {
      if (format === "avif" && isBroken) throw new ImagingError("codec", "avif", "trap");
      return format === "avif" ? small : files.webp;
    };
    for (let index = 0; index < 40; index++) {
      await stage.get("/a.png", accepts.both);
      stage.now += 15_000;
    }
    isBroken = false;
    stage.now += 2 * hour;
    const before = stage.encoded.length;
    await stage.get("/a.png", accepts.both);
    await stage.get("/a.png", accepts.both);
    expect(stage.encoded.length).toBeGreaterThan(before);
  });

  it("says undecodable for good when the pixels do not fit the header", async () => {
    const stage = setUp();
    let decodes = 0;
    Object.assign(stage.codecs, {
      decode: async () => {
        decodes++;
        const data = new Uint8ClampedArray(4 * side * (side - 1));
        return { pixels: { data, width: side, height: side - 1 }, profile: undefined };
      },
    });
    for (let index = 0; index < 4; index++) {
      const answer = await stage.get("/a.png", accepts.both);
      expect(answer).toMatchObject({ status: 200, format: "png", body: "png" });
      if (index > 0) expect(answer.reason).toBe("undecodable");
      stage.now += 2 * minute;
    }
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ reason: "undecodable" });
    expect(decodes).toBe(1);
    expect(stage.encoded).toEqual([]);
  });
});

describe("SourceFlight, other isolates", () => {
  it("does not begin what is marked as being made, until the mark has run out", async () => {
    const stage = setUp({ FORMATS: "webp", EAGER: "" });
    await stage.get("/a.png", accepts.any);
    const { store } = stage.services;
    const { key } = stage.image("/a.png", accepts.any);
    const record = await recordOf(stage, "/a.png");
    const pending = { state: "pending", until: stage.now + minute, attempts: 0 } as const;
    await store.writeRecord(key, { ...record, variants: { webp: pending } }, 86_400);
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ format: "png", reason: "interim" });
    expect(stage.encoded).toEqual([]);
    stage.now += minute + 1000;
    await stage.get("/a.png", accepts.webp);
    expect(stage.encoded).toEqual(["webp"]);
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({ format: "webp", reason: "transcoded" });
  });

  it("marks what it makes before it begins", async () => {
    const stage = setUp();
    const states: (string | undefined)[] = [];
    stage.encode = async (_, { format }) => {
      if (format === "avif") states.push((await recordOf(stage, "/a.png")).variants.avif?.state);
      return fileOf(format);
    };
    await stage.get("/a.png", accepts.webp);
    expect(states).toEqual(["pending"]);
  });

  it("makes a variant again whose bytes the cache has lost", async () => {
    const stage = setUp({ FORMATS: "webp" });
    await stage.get("/a.png", accepts.both);
    const { key } = stage.image("/a.png", accepts.webp);
    await caches.default.delete(bytesUrl(key, "webp"));
    const { length } = stage.encoded;
    const answer = await stage.get("/a.png", accepts.webp);
    expect(answer.status).toBe(200);
    expect(await stage.get("/a.png", accepts.webp)).toMatchObject({
      format: "webp",
      reason: "transcoded",
      body: "webp",
    });
    expect(stage.encoded).toHaveLength(length + 1);
    expect(stage.asked).toHaveLength(1);
  });

  it("asks the origin again when the original's bytes are lost", async () => {
    const stage = setUp({ FORMATS: "webp" });
    await stage.get("/a.png", accepts.webp);
    await caches.default.delete(bytesUrl(stage.image("/a.png", accepts.any).key, "original"));
    expect(await stage.get("/a.png", accepts.any)).toMatchObject({ status: 200, format: "png", body: "png" });
    expect(stage.asked).toHaveLength(2);
  });
});
