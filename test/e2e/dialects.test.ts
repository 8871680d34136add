/** URLs of image services before an origin that renders by them: what is read, what the origin is asked, what is shared. */
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, startEdge, untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { isHit, verdictOf } from "../support/http.ts";
import type { Answer } from "../support/http.ts";
import { decode, meanError, photo, photoPng } from "../support/pictures.ts";
import { bytes, jpeg, png, startScriptedOrigin, status } from "../support/scripted-origin.ts";
import type { Script, ScriptedOrigin } from "../support/scripted-origin.ts";

const token = "a-token-of-some-length";
const authorization = `Bearer ${token}`;
/** A page's Accept: such a request is one for an image only by its URL. */
const navigation = "text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8";

let origin: ScriptedOrigin;
let source: Buffer;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  source = await photo();
});

const edges = new Map<string, Promise<Edge>>();
afterAll(async () => {
  await Promise.all([...edges.values()].map(async (edge) => (await edge).close()));
  await origin?.close();
});

/** The edge with these settings; tests share it, so each has paths of its own. */
function edgeWith(vars: Readonly<Record<string, string>> = {}): Promise<Edge> {
  const name = JSON.stringify(vars);
  const edge = edges.get(name) ?? startEdge({ vars: { ORIGIN: origin.url, ADMIN_TOKEN: token, ...vars } });
  edges.set(name, edge);
  return edge;
}

/** The paths and queries that the origin was asked for, in order. */
const askedOf = (path: string): readonly string[] => origin.requests(path).map(({ url }) => url);

function expectTranscoded(answer: Answer, original = source): void {
  expectPicture(answer, { format: "avif", source: "jpeg", reason: "transcoded", original });
}

const purge = (edge: Edge, url: string): Promise<Answer> =>
  edge.ask("/_imaging/purge", {
    method: "POST",
    body: JSON.stringify({ urls: [url] }),
    headers: { authorization, "content-type": "application/json" },
  });

describe("scene7", () => {
  test("a rendering without an extension is a candidate, and only our own modifiers are taken out", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/candidate";
    origin.on(path, jpeg(source));
    expectTranscoded(await edge.settle(`${path}?wid=400&$zoom$&bfc=on`, navigation));
    expect(askedOf(path)).toEqual([`${path}?wid=400&$zoom$`]);
  });

  test.each([
    ["?bfc=on&network=off&dpr=off&wid=40", "?wid=40"],
    ["?$zoom$&op_usm=1,1,8,0&resMode=sharp2&qlt=85,1&bfc=on", "?$zoom$&op_usm=1,1,8,0&resMode=sharp2&qlt=85,1"],
    [
      "?layer=0&src=is%7BShop%2Fshoe%3fbfc%3Doff%7D&dpr=on,2&a=%20+%2C%2c",
      "?layer=0&src=is%7BShop%2Fshoe%3fbfc%3Doff%7D&a=%20+%2C%2c",
    ],
    ["?fmt=jpg,rgb&&empty=&=b&lone&network=on", "?fmt=jpg,rgb&&empty=&=b&lone"],
    ["?cache=on,off&cache=update&scl=2", "?cache=on,off&scl=2"],
  ])("%s asks the origin for %s, byte for byte", async (query, expected) => {
    const edge = await edgeWith();
    const path = `/is/image/shop/bytes-${query.length}`;
    origin.on(path, jpeg(source));
    expect((await edge.settle(path + query, accepts.webp)).status).toBe(200);
    expect(new Set(askedOf(path))).toEqual(new Set([path + expected]));
  });

  test("bfc=off gets the original", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/opted-out";
    origin.on(path, jpeg(source));
    const answer = await edge.settle(`${path}?wid=400&bfc=off`, accepts.chrome);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
    expect(answer.body.equals(source)).toBe(true);
    expect(askedOf(path)).toEqual([`${path}?wid=400`]);
    expectTranscoded(await edge.settle(`${path}?wid=400`, accepts.chrome));
  });

  test("req=imageprops,json goes through untouched, with the client's own header", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/props";
    const body = '{"image.width":"400"}';
    origin.on(path, status(200, body, { "content-type": "application/json", "cache-control": "max-age=86400" }));
    const target = `${path}?req=imageprops,json&bfc=on&wid=400`;
    for (let round = 0; round < 2; round++) {
      const answer = await edge.get(target, accepts.chrome, { cookie: "a=1" });
      expect(answer.status).toBe(200);
      expect(String(answer.body)).toBe(body);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.headers["edge-imaging"]).toBeUndefined();
    }
    expect(askedOf(path)).toEqual([target, target]);
    expect(origin.requests(path)[0]?.headers).toMatchObject({ cookie: "a=1", accept: accepts.chrome });
  });

  test("qlt=100 allows nothing lossy", async () => {
    const edge = await edgeWith({ PNG_MODE: "lossy" });
    const exact = await photoPng();
    origin.on("/is/image/shop/exact-jpeg", jpeg(source));
    origin.on("/is/image/shop/exact-png", png(exact));
    const asJpeg = await edge.settle("/is/image/shop/exact-jpeg?qlt=100", accepts.webp);
    expect(asJpeg.body.equals(source)).toBe(true);
    const asPng = await edge.settle("/is/image/shop/exact-png?qlt=100", accepts.chrome);
    expectPicture(asPng, { format: "webp", source: "png", reason: "transcoded", original: exact });
    expect((await decode(asPng.body)).data.equals((await decode(exact)).data)).toBe(true);
    const lossy = await edge.settle("/is/image/shop/exact-png?qlt=80", accepts.chrome);
    expect(lossy.body.length).toBeLessThan(asPng.body.length / 2);
  });

  test.each([
    "qlt=900",
    "qlt=-1",
    "qlt=",
    "qlt=%zz",
    "dpr=on,-3",
    "dpr=on,1e9",
    "wid=1e9",
    "bfc=maybe",
    "fmt=nothing",
    "network=slow",
  ])("%s is ignored, and no error", async (modifier) => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/ignored";
    origin.on(path, jpeg(source));
    const answer = await edge.settle(`${path}?hei=90&${modifier}`, accepts.chrome);
    expectDprPicture(answer, "avif");
  });

  test("a named format that the client cannot show is sent all the same", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/named";
    const webp = await sharp(source).webp({ quality: 80 }).toBuffer();
    origin.on(path, bytes(webp, "image/webp"));
    const answer = await edge.settle(`${path}?fmt=webp`, accepts.baseline);
    expect(answer.body.equals(webp)).toBe(true);
    expect(answer.headers["content-type"]).toBe("image/webp");
  });
});

/** A finished variant whose Vary may name the pixel ratio. */
function expectDprPicture(answer: Answer, format: string): void {
  const seen = JSON.stringify(answer.headers, undefined, 1);
  expect(answer.status, seen).toBe(200);
  expect(verdictOf(answer), seen).toMatchObject({ format, reason: "transcoded" });
}

describe("imgix, cloudinary and plain", () => {
  test.each([
    ["/imgix/shoe", "?auto=format&w=400", "?auto=format&w=400"],
    ["/imgix/sdk", "?ixlib=js-3.8.0&w=400&s=0123456789abcdef", "?ixlib=js-3.8.0&w=400&s=0123456789abcdef"],
    ["/imgix/named", "?fm=jpg&q=75&h=20", "?fm=jpg&q=75&h=20"],
    ["/demo/image/upload/f_auto,q_80,w_400/v1/shoe", "", ""],
    ["/demo/image/upload/c_fill,w_40,h_30/t_card/v1/a%20shoe", "?_a=BA", "?_a=BA"],
  ])("%s%s is a candidate by its shape, and the origin gets it whole", async (path, query, expected) => {
    const edge = await edgeWith();
    origin.on(path, jpeg(source));
    expectTranscoded(await edge.settle(path + query, navigation));
    expect(askedOf(path)).toEqual([path + expected]);
  });

  test("the same Accept without such a shape is a page's, and passes", async () => {
    const edge = await edgeWith();
    origin.on("/shoe", jpeg(source));
    const answer = await edge.get("/shoe?w=400", navigation);
    expect(verdictOf(answer)["reason"]).toBe("bypass");
    expect(answer.body.equals(source)).toBe(true);
  });

  test.each(["/imgix/exact.png?auto=format&lossless=1", "/imgix/exact.png?auto=format&lossless=true"])(
    "%s allows nothing lossy",
    async (target) => {
      const edge = await edgeWith({ PNG_MODE: "lossy" });
      const exact = await photoPng();
      origin.on("/imgix/exact.png", png(exact));
      const answer = await edge.settle(target, accepts.chrome);
      expect((await decode(answer.body)).data.equals((await decode(exact)).data)).toBe(true);
    },
  );

  test.each([
    ["/data/shoe.jpg", "?auto=format&fm=json"],
    ["/data/image/upload/f_auto:video,w_400/clip", ""],
  ])("%s%s is no picture and goes through untouched", async (path, query) => {
    const edge = await edgeWith();
    origin.on(path, status(200, "{}", { "content-type": "application/json" }));
    const answer = await edge.get(path + query, accepts.chrome, { cookie: "a=1" });
    expect(String(answer.body)).toBe("{}");
    expect(askedOf(path)).toEqual([path + query]);
    expect(origin.requests(path)[0]?.headers["cookie"]).toBe("a=1");
  });

  test("imaging=off gets the original in every dialect, and is not the origin's business", async () => {
    const edge = await edgeWith();
    const targets = [
      ["/off/shoe.jpg", "?v=3&imaging=off", "?v=3"],
      ["/is/image/shop/off", "?wid=40&imaging=off", "?wid=40"],
      ["/off/imgix.jpg", "?imaging=off&auto=format&w=40", "?auto=format&w=40"],
      ["/off/image/upload/f_auto/shoe.jpg", "?imaging=off", ""],
    ] as const;
    for (const [path, query, expected] of targets) {
      origin.on(path, jpeg(source));
      const answer = await edge.get(path + query, accepts.chrome);
      expect(verdictOf(answer)["reason"], path).toBe("opted-out");
      expect(answer.body.equals(source), path).toBe(true);
      expect(askedOf(path)).toEqual([path + expected]);
      expectTranscoded(await edge.settle(path + expected, accepts.chrome));
    }
  });

  test("imaging with another value is the origin's", async () => {
    const edge = await edgeWith();
    origin.on("/imaging-on.jpg", jpeg(source));
    expectTranscoded(await edge.settle("/imaging-on.jpg?imaging=mri", accepts.chrome));
    expect(askedOf("/imaging-on.jpg")).toEqual(["/imaging-on.jpg?imaging=mri"]);
  });
});

describe("DIALECT", () => {
  test("plain leaves the other grammars to the origin", async () => {
    const edge = await edgeWith({ DIALECT: "plain", DPR: "on" });
    const path = "/is/image/shop/plain";
    origin.on(path, jpeg(source));
    const target = `${path}?wid=40&bfc=off&qlt=100&dpr=on,2&req=imageprops`;
    expectTranscoded(await edge.settle(target, accepts.chrome, { "sec-ch-dpr": "2" }));
    expect(askedOf(path)).toEqual([target]);
    expect(verdictOf(await edge.get(target, navigation))["reason"]).toBe("bypass");
  });

  test("scene7 reads its modifiers in any path", async () => {
    const edge = await edgeWith({ DIALECT: "scene7" });
    origin.on("/content/shoe.jpg", jpeg(source));
    const answer = await edge.get("/content/shoe.jpg?wid=40&bfc=off", accepts.chrome);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
    expect(askedOf("/content/shoe.jpg")).toEqual(["/content/shoe.jpg?wid=40"]);
  });

  test("of another vendor's makes a look-alike a plain URL", async () => {
    const edge = await edgeWith({ DIALECT: "imgix" });
    origin.on("/is/image/shop/look-alike", jpeg(source));
    expectTranscoded(await edge.settle("/is/image/shop/look-alike?bfc=off", accepts.chrome));
    expect(askedOf("/is/image/shop/look-alike")).toEqual(["/is/image/shop/look-alike?bfc=off"]);
  });
});

describe("tracking parameters", () => {
  test.each([
    ["/tracked.jpg", "?v=2"],
    ["/is/image/shop/tracked", "?wid=40"],
    ["/imgix/tracked.jpg", "?auto=format&w=40"],
    ["/tracked/image/upload/f_auto/shoe.jpg", "?v=2"],
  ])("%s%s is kept once, however it was linked, and the origin sees how", async (path, query) => {
    const edge = await edgeWith();
    origin.on(path, jpeg(source));
    const first = `${path}${query}&utm_source=mail&utm_medium=b%20c`;
    expectTranscoded(await edge.settle(first, accepts.chrome));
    await untilHit(() => edge.get(first, accepts.chrome));
    const others = [query, `${query}&gclid=1`, `?fbclid=x&${query.slice(1)}`, `${query}&mc_eid=1&utm_campaign=`];
    for (const other of others) expect(isHit(await edge.get(path + other, accepts.chrome)), other).toBe(true);
    expect(askedOf(path)).toEqual([first]);
    expect(isHit(await edge.get(`${path}${query}&ref=1`, accepts.chrome))).toBe(false);
  });
});

describe("DPR=on", () => {
  const dpr = (ratio: string): Record<string, string> => ({ "sec-ch-dpr": ratio });
  const names = (answer: Answer): readonly string[] =>
    (answer.headers["vary"] ?? "")
      .toLowerCase()
      .split(/\s*,\s*/)
      .toSorted();
  const allHints = ["accept", "dpr", "ect", "save-data", "sec-ch-dpr"];

  /** Renders the photograph in the size that `wid` and `hei` (Scene7), or `w` and `dpr` (imgix), ask for. */
  const renderer: Script = async (request, response, count) => {
    const query = new URL(request.url, origin.url).searchParams;
    const ratio = Number(query.get("dpr") ?? 1);
    const width = Math.round(Number(query.get("wid") ?? query.get("w") ?? 60) * ratio);
    const height = Math.round(Number(query.get("hei") ?? Math.round((width * 2) / 3 / ratio)) * ratio);
    return jpeg(await photo(1, width, height))(request, response, count);
  };
  const sizeOf = async ({ body }: Answer): Promise<string> => {
    const { width, height } = await sharp(body).metadata();
    return `${width}x${height}`;
  };

  test("wid and hei are doubled for two device pixels per CSS pixel", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/doubled";
    origin.on(path, renderer);
    const target = `${path}?$zoom$&wid=120&hei=80&op_sharpen=1`;
    const wanted = { "1": "120x80", "2": "240x160", "3": "360x240" };
    for (const [ratio, size] of Object.entries(wanted)) {
      const answer = await edge.settle(target, accepts.webp, dpr(ratio));
      expectDprPicture(answer, "webp");
      expect(names(answer), ratio).toEqual(allHints);
      expect((answer.headers["accept-ch"] ?? "").toLowerCase()).toContain("sec-ch-dpr");
      expect(await sizeOf(answer)).toBe(size);
    }
    for (const [ratio, size] of Object.entries(wanted)) {
      const hit = await untilHit(() => edge.get(target, accepts.webp, dpr(ratio)));
      expect(isHit(hit), ratio).toBe(true);
      expect(await sizeOf(hit)).toBe(size);
      expect(names(hit)).toEqual(allHints);
    }
    // The older name of the hint, ratios of zoomed pages, and what is no ratio.
    const older = {
      "2.0": "240x160",
      "1.1": "120x80",
      "2.625": "360x240",
      "-3": "120x80",
      "1e9": "120x80",
      x: "120x80",
    };
    for (const [value, size] of Object.entries(older))
      expect(await sizeOf(await edge.settle(target, accepts.webp, { dpr: value })), value).toBe(size);
    expect(askedOf(path)).toEqual([
      `${path}?$zoom$&wid=120&hei=80&op_sharpen=1`,
      `${path}?$zoom$&wid=240&hei=160&op_sharpen=1`,
      `${path}?$zoom$&wid=360&hei=240&op_sharpen=1`,
    ]);
  });

  test.each([
    ["a preset behind the width may overrule it", "?wid=120&$zoom$&hei=80"],
    ["dpr=off in the URL", "?wid=120&dpr=off"],
    ["no size", "?op_sharpen=1"],
    ["a crop in output pixels", "?wid=120&rect=0,0,60,40"],
    ["the maximum is reached", "?wid=2000&hei=40"],
  ])("%s: the size is left alone and Vary does not name the ratio", async (_name, query) => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/left-alone";
    origin.on(path, jpeg(source));
    const before = origin.count(path);
    const answer = await edge.settle(path + query, accepts.webp, dpr("2"));
    expect(names(answer)).toEqual(["accept", "ect", "save-data"]);
    expect(isHit(await untilHit(() => edge.get(path + query, accepts.webp)))).toBe(true);
    expect(askedOf(path).slice(before)).toEqual([path + query.replace("&dpr=off", "")]);
  });

  test("never beyond the maximum: the ratio is lowered for both sides", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/large";
    origin.on(path, jpeg(source));
    await edge.settle(`${path}?wid=1500&hei=1000`, accepts.webp, dpr("3"));
    const asked = new URL(askedOf(path)[0] ?? "", origin.url).searchParams;
    const [width, height] = [Number(asked.get("wid")), Number(asked.get("hei"))];
    expect(width).toBeGreaterThan(1900);
    expect(width).toBeLessThanOrEqual(2000);
    expect(width / height).toBeCloseTo(1.5, 2);
  });

  test("dpr=on,2 in the URL stands for every client, so Vary does not name the ratio", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/stated";
    origin.on(path, renderer);
    for (const headers of [{}, dpr("1"), dpr("3")]) {
      const answer = await edge.settle(`${path}?wid=120&dpr=on,2`, accepts.webp, headers);
      expect(await sizeOf(answer)).toBe("240x160");
      expect(names(answer)).toEqual(["accept", "ect", "save-data"]);
    }
    expect(askedOf(path)).toEqual([`${path}?wid=240`]);
  });

  test("an answer that two URLs share names the ratio where the asking URL depends on it", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/shared";
    origin.on(path, jpeg(source));
    await edge.settle(`${path}?wid=2000`, accepts.webp);
    await untilHit(() => edge.get(`${path}?wid=2000`, accepts.webp));
    const dense = await edge.settle(`${path}?wid=1000`, accepts.webp, dpr("2"));
    expect(names(dense), JSON.stringify(dense.headers)).toEqual(allHints);
  });

  test("imgix and cloudinary are asked by their own modifiers, plain URLs are left alone", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const targets = [
      ["/dense/imgix", "?auto=format&w=120", "/dense/imgix?auto=format&w=120&dpr=2"],
      ["/dense/image/upload/w_120,dpr_auto,f_auto/shoe", "", "/dense/image/upload/w_120,dpr_2,f_auto/shoe"],
      ["/dense/signed", "?auto=format&w=120&s=0123456789abcdef", "/dense/signed?auto=format&w=120&s=0123456789abcdef"],
      ["/dense/plain.jpg", "?w=120&wid=120", "/dense/plain.jpg?w=120&wid=120"],
    ] as const;
    for (const [path, query, expected] of targets) {
      origin.on(path, jpeg(source));
      origin.on(expected, jpeg(source));
      await edge.settle(path + query, accepts.webp, dpr("2"));
      expect(origin.requests().at(-1)?.url).toBe(expected);
    }
  });

  test("off by default", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/dpr-off";
    origin.on(path, renderer);
    const answer = await edge.settle(`${path}?wid=120`, accepts.webp, dpr("2"));
    expect(await sizeOf(answer)).toBe("120x80");
    expect(names(answer)).toEqual(["accept", "ect", "save-data"]);
    expect(answer.headers["accept-ch"]).not.toMatch(/dpr/i);
  });

  test("a slow network switches it off", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/slow-dense";
    origin.on(path, renderer);
    for (const slow of [{ "save-data": "on" }, { ect: "2g" }] as const) {
      const answer = await edge.settle(`${path}?wid=120`, accepts.webp, { ...dpr("2"), ...slow });
      expect(verdictOf(answer)["class"]).toBe("webp.slow");
      expect(await sizeOf(answer)).toBe("120x80");
      expect(names(answer)).toEqual(allHints);
    }
    expect(askedOf(path)).toEqual([`${path}?wid=120`]);
  });

  test.each([
    ["a client of baseline formats", accepts.baseline],
    ["a lossless PNG", accepts.webp],
  ])("since a slow network switches it off, Vary names the network too for %s", async (name, accept) => {
    const edge = await edgeWith({ DPR: "on" });
    const path = `/is/image/shop/slow-${accept.length}`;
    const exact = await photoPng(1, 120, 80);
    const larger = await photoPng(1, 240, 160);
    origin.on(`${path}?wid=120`, png(exact));
    origin.on(`${path}?wid=240`, png(larger));
    const fast = await edge.settle(`${path}?wid=120`, accept, dpr("2"));
    const slow = await edge.settle(`${path}?wid=120`, accept, { ...dpr("2"), "save-data": "on" });
    expect([await sizeOf(fast), await sizeOf(slow)]).toEqual(["240x160", "120x80"]);
    // Lossless JPEG 2000 and JPEG XR could have been sent, too.
    const expected = accept === accepts.baseline ? [...allHints, "user-agent"] : allHints;
    expect(names(fast), name).toEqual(expected);
    expect(names(slow), name).toEqual(expected);
  });

  test.each([400, 403, 404, 413])(
    "an origin that answers %d to the larger rendering is asked for the other",
    async (code) => {
      const edge = await edgeWith({ DPR: "on" });
      const path = `/is/image/shop/refused-${code}`;
      origin.on(path, status(code, "too large"));
      origin.on(`${path}?wid=120`, jpeg(source));
      const answer = await edge.settle(`${path}?wid=120`, accepts.chrome, dpr("2"));
      expectDprPicture(answer, "avif");
      expect(names(answer)).toEqual(allHints);
      expect(askedOf(path).slice(0, 2)).toEqual([`${path}?wid=240`, `${path}?wid=120`]);
      expect(askedOf(path).filter((url) => url.endsWith("=120"))).toHaveLength(1);
    },
  );

  test("the same holds for a source that is passed on because it is fresh for too short a time", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/brief";
    origin.on(path, jpeg(source, { "cache-control": "public, max-age=60" }));
    for (const slow of [{}, { "save-data": "on" }]) {
      const answer = await edge.get(`${path}?wid=120`, accepts.webp, { ...dpr("2"), ...slow });
      expect(verdictOf(answer)["reason"]).toBe("ttl-too-short");
      expect(names(answer)).toEqual(allHints);
    }
  });

  test("an origin that refuses both renderings is heard", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/gone";
    origin.on(path, status(404, "no such picture"));
    const answer = await edge.get(`${path}?wid=120`, accepts.chrome, dpr("2"));
    expect(answer.status).toBe(404);
    expect(String(answer.body)).toBe("no such picture");
    expect(askedOf(path)).toEqual([`${path}?wid=240`, `${path}?wid=120`]);
  });

  test("purge of a URL removes its larger renderings too", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/purged";
    origin.on(path, renderer);
    for (const form of ["?wid=120", "?wid=120&gclid=1"]) {
      for (const ratio of ["1", "2", "3"]) {
        await edge.settle(`${path}?wid=120`, accepts.webp, dpr(ratio));
        expect(isHit(await untilHit(() => edge.get(`${path}?wid=120`, accepts.webp, dpr(ratio))))).toBe(true);
      }
      const before = origin.count(path);
      expect((await purge(edge, path + form)).status).toBe(200);
      for (const ratio of ["1", "2", "3"])
        expect(isHit(await edge.get(`${path}?wid=120`, accepts.webp, dpr(ratio))), ratio).toBe(false);
      expect(origin.count(path)).toBe(before + 3);
    }
  });
});

describe("cache=update", () => {
  /** A stored picture whose origin has a new one since. */
  async function outdated(edge: Edge, path: string): Promise<{ target: string; changed: Buffer }> {
    const changed = await photo(50);
    origin.on(path, jpeg(source));
    const target = `${path}?wid=90`;
    for (const accept of [accepts.webp, accepts.baseline]) {
      await edge.settle(target, accept);
      await untilHit(() => edge.get(target, accept));
    }
    origin.on(path, jpeg(changed));
    return { target, changed };
  }

  const shows = async ({ body }: Answer, picture: Buffer): Promise<boolean> =>
    meanError(await decode(body), await decode(picture)) < 5;

  test("with the admin token the URL is made anew for everybody", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/updated";
    const { target, changed } = await outdated(edge, path);
    const first = await edge.get(`${target}&cache=update`, accepts.webp, { authorization });
    expect(first.status).toBe(200);
    expect(isHit(first)).toBe(false);
    expect(await shows(first, changed)).toBe(true);
    for (const accept of [accepts.webp, accepts.baseline])
      expect(await shows(await edge.settle(target, accept), changed), accept).toBe(true);
    expect(askedOf(path)).toEqual([target, target]);
    expect(origin.requests(path).at(-1)?.headers["authorization"]).toBeUndefined();
  });

  test.each(["CACHE=update", "Cache=UPDATE", "cache=%75pdate"])(
    "%s is read like any modifier of Scene7, and the token stays here",
    async (modifier) => {
      const edge = await edgeWith();
      const path = `/is/image/shop/updated-${modifier.length}-${modifier.charCodeAt(1)}`;
      const { target, changed } = await outdated(edge, path);
      await edge.get(`${target}&${modifier}`, accepts.webp, { authorization });
      expect(origin.requests(path).map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
      expect(await shows(await edge.settle(target, accepts.webp), changed)).toBe(true);
    },
  );

  test("without the token it is ignored, and a hit", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/not-updated";
    const { target } = await outdated(edge, path);
    const answer = await edge.get(`${target}&cache=update`, accepts.webp);
    expect(isHit(answer)).toBe(true);
    expect(await shows(answer, source)).toBe(true);
    expect(askedOf(path)).toEqual([target]);
  });

  test("with a wrong token what is kept stays as it is", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/wrong-token";
    const { target } = await outdated(edge, path);
    for (const wrong of ["Bearer wrong", `Basic ${token}`, "Bearer "])
      expect((await edge.get(`${target}&cache=update`, accepts.webp, { authorization: wrong })).status).toBe(200);
    const answer = await edge.get(target, accepts.webp);
    expect(isHit(answer)).toBe(true);
    expect(await shows(answer, source)).toBe(true);
  });

  test("without an ADMIN_TOKEN nobody may, whatever token is shown", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: "" });
    const { target } = await outdated(edge, "/is/image/shop/no-token");
    await edge.get(`${target}&cache=update`, accepts.webp, { authorization: "Bearer " });
    await edge.get(`${target}&cache=update`, accepts.webp);
    expect(isHit(await edge.get(target, accepts.webp))).toBe(true);
  });

  test("the larger renderings are made anew as well", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/updated-dense";
    const dense = { "sec-ch-dpr": "2" };
    const { target, changed } = await outdated(edge, path);
    origin.on(path, jpeg(source));
    await edge.settle(target, accepts.webp, dense);
    await untilHit(() => edge.get(target, accepts.webp, dense));
    origin.on(path, jpeg(changed));
    await edge.get(`${target}&cache=update`, accepts.webp, { authorization });
    expect(await shows(await edge.settle(target, accepts.webp, dense), changed)).toBe(true);
    expect(await shows(await edge.settle(target, accepts.webp), changed)).toBe(true);
  });

  test("is the origin's business outside of Scene7", async () => {
    const edge = await edgeWith();
    const path = "/plain-update.jpg";
    origin.on(path, jpeg(source));
    await edge.settle(`${path}?cache=update`, accepts.webp);
    expect(askedOf(path)).toEqual([`${path}?cache=update`]);
  });
});
