/** What dense screens get, and where caches learn of it. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit, verdictOf } from "../../../support/answer.ts";
import { textOf } from "../../../support/expect-picture.ts";
import { pictureOf } from "../../../support/provided.ts";
import type { Edge } from "../../scripted-edge.ts";
import { nameOf, sourceOf } from "../../scripted-engine.ts";
import { jpeg, png, type Script, status } from "../../scripted-origin.ts";
import { askedOf, authorization, edgeWith, expectDprPicture, source } from "./dialect-edge.ts";

const purge = (edge: Edge, url: string): Promise<Answer> =>
  edge.ask("/_imaging/purge", {
    method: "POST",
    body: JSON.stringify({ urls: [url] }),
    headers: { authorization, "content-type": "application/json" },
  });

describe("DPR=on", () => {
  const dpr = (ratio: string): Record<string, string> => ({ "sec-ch-dpr": ratio });
  const names = (answer: Answer): readonly string[] =>
    (answer.headers["vary"] ?? "")
      .toLowerCase()
      .split(/\s*,\s*/)
      .toSorted();
  const allHints = ["accept", "dpr", "ect", "save-data", "sec-ch-dpr"];

  const sizes = ["120 × 80", "240 × 160", "360 × 240", "PNG of 120 × 80", "PNG of 240 × 160"] as const;

  /** Renders the photograph in the size that `wid` (Scene7) asks for. */
  const renderer: Script = (request, count) => {
    const width = new URL(request.url, "http://origin.test").searchParams.get("wid");
    const size = sizes.find((name) => name.startsWith(`${width} `));
    return (size === undefined ? status(404) : jpeg(pictureOf(size)))(request, count);
  };
  const sizeOf = ({ body }: Answer): string | undefined =>
    sizes
      .find((size) => nameOf(pictureOf(size)) === sourceOf(body))
      ?.replace("PNG of ", "")
      .replace(" × ", "x");

  test("wid and hei are doubled for two device pixels per CSS pixel", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/doubled";
    edge.origin.on(path, renderer);
    const target = `${path}?$zoom$&wid=120&hei=80&op_sharpen=1`;
    const wanted = { "1": "120x80", "2": "240x160", "3": "360x240" };
    for (const [ratio, size] of Object.entries(wanted)) {
      const answer = await edge.settle(target, accepts.webp, dpr(ratio));
      expectDprPicture(answer, "webp");
      expect(names(answer), ratio).toEqual(allHints);
      expect((answer.headers["accept-ch"] ?? "").toLowerCase()).toContain("sec-ch-dpr");
      expect(sizeOf(answer)).toBe(size);
    }
    for (const [ratio, size] of Object.entries(wanted)) {
      const hit = await edge.hit(target, accepts.webp, dpr(ratio));
      expect(isHit(hit), ratio).toBe(true);
      expect(sizeOf(hit)).toBe(size);
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
      expect(sizeOf(await edge.settle(target, accepts.webp, { dpr: value })), value).toBe(size);
    expect(askedOf(edge, path)).toEqual([
      `${path}?$zoom$&wid=120&hei=80&op_sharpen=1`,
      `${path}?$zoom$&wid=240&hei=160&op_sharpen=1`,
      `${path}?$zoom$&wid=360&hei=240&op_sharpen=1`,
    ]);
  });

  test.each([
    ["a preset after the width may overrule it", "?wid=120&$zoom$&hei=80"],
    ["dpr=off in the URL", "?wid=120&dpr=off"],
    ["no size", "?op_sharpen=1"],
    ["a crop in output pixels", "?wid=120&rect=0,0,60,40"],
    ["the maximum is reached", "?wid=2000&hei=40"],
  ])("%s: the size is left alone and Vary does not name the ratio", async (_name, query) => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/left-alone";
    edge.origin.on(path, jpeg(source));
    const before = edge.origin.count(path);
    const answer = await edge.settle(path + query, accepts.webp, dpr("2"));
    expect(names(answer)).toEqual(["accept", "ect", "save-data"]);
    expect(isHit(await edge.hit(path + query, accepts.webp))).toBe(true);
    expect(askedOf(edge, path).slice(before)).toEqual([path + query.replace("&dpr=off", "")]);
  });

  test("never beyond the maximum: the ratio is lowered for both sides", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/large";
    edge.origin.on(path, jpeg(source));
    await edge.settle(`${path}?wid=1500&hei=1000`, accepts.webp, dpr("3"));
    const asked = new URL(askedOf(edge, path)[0] ?? "", edge.origin.url).searchParams;
    const [width, height] = [Number(asked.get("wid")), Number(asked.get("hei"))];
    expect(width).toBeGreaterThan(1900);
    expect(width).toBeLessThanOrEqual(2000);
    expect(width / height).toBeCloseTo(1.5, 2);
  });

  test("dpr=on,2 in the URL counts for every client, so Vary does not name the ratio", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/stated";
    edge.origin.on(path, renderer);
    for (const headers of [{}, dpr("1"), dpr("3")]) {
      const answer = await edge.settle(`${path}?wid=120&dpr=on,2`, accepts.webp, headers);
      expect(sizeOf(answer)).toBe("240x160");
      expect(names(answer)).toEqual(["accept", "ect", "save-data"]);
    }
    expect(askedOf(edge, path)).toEqual([`${path}?wid=240`]);
  });

  test("an answer that two URLs share names the ratio where the asking URL depends on it", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/shared";
    edge.origin.on(path, jpeg(source));
    await edge.settle(`${path}?wid=2000`, accepts.webp);
    await edge.hit(`${path}?wid=2000`, accepts.webp);
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
      edge.origin.on(path, jpeg(source));
      edge.origin.on(expected, jpeg(source));
      await edge.settle(path + query, accepts.webp, dpr("2"));
      expect(edge.origin.requests().at(-1)?.url).toBe(expected);
    }
  });

  test("off by default", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/dpr-off";
    edge.origin.on(path, renderer);
    const answer = await edge.settle(`${path}?wid=120`, accepts.webp, dpr("2"));
    expect(sizeOf(answer)).toBe("120x80");
    expect(names(answer)).toEqual(["accept", "ect", "save-data"]);
    expect(answer.headers["accept-ch"]).not.toMatch(/dpr/i);
  });

  test("a slow network switches it off", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/slow-dense";
    edge.origin.on(path, renderer);
    for (const slow of [{ "save-data": "on" }, { ect: "2g" }] as const) {
      const answer = await edge.settle(`${path}?wid=120`, accepts.webp, { ...dpr("2"), ...slow });
      expect(verdictOf(answer)["class"]).toBe("webp.slow");
      expect(sizeOf(answer)).toBe("120x80");
      expect(names(answer)).toEqual(allHints);
    }
    expect(askedOf(edge, path)).toEqual([`${path}?wid=120`]);
  });

  test.each([
    ["a client of baseline formats", accepts.baseline],
    ["a lossless PNG", accepts.webp],
  ])("since a slow network switches it off, Vary names the network too for %s", async (name, accept) => {
    const edge = await edgeWith({ DPR: "on" });
    const path = `/is/image/shop/slow-${accept.length}`;
    const exact = pictureOf("PNG of 120 × 80");
    const larger = pictureOf("PNG of 240 × 160");
    edge.origin.on(`${path}?wid=120`, png(exact));
    edge.origin.on(`${path}?wid=240`, png(larger));
    const fast = await edge.settle(`${path}?wid=120`, accept, dpr("2"));
    const slow = await edge.settle(`${path}?wid=120`, accept, { ...dpr("2"), "save-data": "on" });
    expect([sizeOf(fast), sizeOf(slow)]).toEqual(["240x160", "120x80"]);
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
      edge.origin.on(path, status(code, "too large"));
      edge.origin.on(`${path}?wid=120`, jpeg(source));
      const answer = await edge.settle(`${path}?wid=120`, accepts.chrome, dpr("2"));
      expectDprPicture(answer, "avif");
      expect(names(answer)).toEqual(allHints);
      expect(askedOf(edge, path).slice(0, 2)).toEqual([`${path}?wid=240`, `${path}?wid=120`]);
      expect(askedOf(edge, path).filter((url) => url.endsWith("=120"))).toHaveLength(1);
    },
  );

  test("the same holds for a source that is passed on because it is fresh for too short a time", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/brief";
    edge.origin.on(path, jpeg(source, { "cache-control": "public, max-age=60" }));
    for (const slow of [{}, { "save-data": "on" }]) {
      const answer = await edge.get(`${path}?wid=120`, accepts.webp, { ...dpr("2"), ...slow });
      expect(verdictOf(answer)["reason"]).toBe("ttl-too-short");
      expect(names(answer)).toEqual(allHints);
    }
  });

  test("an origin that refuses both renderings is heard", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/gone";
    edge.origin.on(path, status(404, "no such picture"));
    const answer = await edge.get(`${path}?wid=120`, accepts.chrome, dpr("2"));
    expect(answer.status).toBe(404);
    expect(textOf(answer)).toBe("no such picture");
    expect(askedOf(edge, path)).toEqual([`${path}?wid=240`, `${path}?wid=120`]);
  });

  test("purge of a URL removes its larger renderings too", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/purged";
    edge.origin.on(path, renderer);
    for (const form of ["?wid=120", "?wid=120&gclid=1"]) {
      for (const ratio of ["1", "2", "3"]) {
        await edge.settle(`${path}?wid=120`, accepts.webp, dpr(ratio));
        expect(isHit(await edge.hit(`${path}?wid=120`, accepts.webp, dpr(ratio)))).toBe(true);
      }
      const before = edge.origin.count(path);
      expect((await purge(edge, path + form)).status).toBe(200);
      for (const ratio of ["1", "2", "3"])
        expect(isHit(await edge.get(`${path}?wid=120`, accepts.webp, dpr(ratio))), ratio).toBe(false);
      expect(edge.origin.count(path)).toBe(before + 3);
    }
  });
});
