/** URLs of imgix and Cloudinary, plain URLs, the setting that chooses between them, and what all have in common. */
import { describe, expect, test } from "vitest";
import { accepts, isHit, isSame, verdictOf } from "../../../support/answer.ts";
import { textOf } from "../../../support/expect-picture.ts";
import { pictureOf } from "../../../support/provided.ts";
import { isLossless } from "../../scripted-engine.ts";
import { jpeg, png, status } from "../../scripted-origin.ts";
import { askedOf, edgeWith, expectTranscoded, navigation, source } from "./dialect-edge.ts";

describe("imgix, cloudinary and plain", () => {
  test.each([
    ["/imgix/shoe", "?auto=format&w=400", "?auto=format&w=400"],
    ["/imgix/sdk", "?ixlib=js-3.8.0&w=400&s=0123456789abcdef", "?ixlib=js-3.8.0&w=400&s=0123456789abcdef"],
    ["/imgix/named", "?fm=jpg&q=75&h=20", "?fm=jpg&q=75&h=20"],
    ["/demo/image/upload/f_auto,q_80,w_400/v1/shoe", "", ""],
    ["/demo/image/upload/c_fill,w_40,h_30/t_card/v1/a%20shoe", "?_a=BA", "?_a=BA"],
  ])("%s%s is a candidate by its shape, and the origin gets it whole", async (path, query, expected) => {
    const edge = await edgeWith();
    edge.origin.on(path, jpeg(source));
    expectTranscoded(await edge.settle(path + query, navigation));
    expect(askedOf(edge, path)).toEqual([path + expected]);
  });

  test("the same Accept without such a shape is a page's, and passes", async () => {
    const edge = await edgeWith();
    edge.origin.on("/shoe", jpeg(source));
    const answer = await edge.get("/shoe?w=400", navigation);
    expect(verdictOf(answer)["reason"]).toBe("bypass");
    expect(isSame(answer.body, source)).toBe(true);
  });

  test.each(["/imgix/exact.png?auto=format&lossless=1", "/imgix/exact.png?auto=format&lossless=true"])(
    "%s allows nothing lossy",
    async (target) => {
      const edge = await edgeWith({ PNG_MODE: "lossy" });
      const exact = pictureOf("photoPng");
      edge.origin.on("/imgix/exact.png", png(exact));
      const answer = await edge.settle(target, accepts.chrome);
      expect(isLossless(answer.body)).toBe(true);
    },
  );

  test.each([
    ["/data/shoe.jpg", "?auto=format&fm=json"],
    ["/data/image/upload/f_auto:video,w_400/clip", ""],
  ])("%s%s is no picture and goes through untouched", async (path, query) => {
    const edge = await edgeWith();
    edge.origin.on(path, status(200, "{}", { "content-type": "application/json" }));
    const answer = await edge.get(path + query, accepts.chrome, { cookie: "a=1" });
    expect(textOf(answer)).toBe("{}");
    expect(askedOf(edge, path)).toEqual([path + query]);
    expect(edge.origin.requests(path)[0]?.headers["cookie"]).toBe("a=1");
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
      edge.origin.on(path, jpeg(source));
      const answer = await edge.get(path + query, accepts.chrome);
      expect(verdictOf(answer)["reason"], path).toBe("opted-out");
      expect(isSame(answer.body, source), path).toBe(true);
      expect(askedOf(edge, path)).toEqual([path + expected]);
      expectTranscoded(await edge.settle(path + expected, accepts.chrome));
    }
  });

  test("imaging with another value is the origin's", async () => {
    const edge = await edgeWith();
    edge.origin.on("/imaging-on.jpg", jpeg(source));
    expectTranscoded(await edge.settle("/imaging-on.jpg?imaging=mri", accepts.chrome));
    expect(askedOf(edge, "/imaging-on.jpg")).toEqual(["/imaging-on.jpg?imaging=mri"]);
  });
});

describe("DIALECT", () => {
  test("plain leaves the other grammars to the origin", async () => {
    const edge = await edgeWith({ DIALECT: "plain", DPR: "on" });
    const path = "/is/image/shop/plain";
    edge.origin.on(path, jpeg(source));
    const target = `${path}?wid=40&bfc=off&qlt=100&dpr=on,2&req=imageprops`;
    expectTranscoded(await edge.settle(target, accepts.chrome, { "sec-ch-dpr": "2" }));
    expect(askedOf(edge, path)).toEqual([target]);
    expect(verdictOf(await edge.get(target, navigation))["reason"]).toBe("bypass");
  });

  test("scene7 reads its modifiers in any path", async () => {
    const edge = await edgeWith({ DIALECT: "scene7" });
    edge.origin.on("/content/shoe.jpg", jpeg(source));
    const answer = await edge.get("/content/shoe.jpg?wid=40&bfc=off", accepts.chrome);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
    expect(askedOf(edge, "/content/shoe.jpg")).toEqual(["/content/shoe.jpg?wid=40"]);
  });

  test("of another vendor's makes a look-alike a plain URL", async () => {
    const edge = await edgeWith({ DIALECT: "imgix" });
    edge.origin.on("/is/image/shop/look-alike", jpeg(source));
    expectTranscoded(await edge.settle("/is/image/shop/look-alike?bfc=off", accepts.chrome));
    expect(askedOf(edge, "/is/image/shop/look-alike")).toEqual(["/is/image/shop/look-alike?bfc=off"]);
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
    edge.origin.on(path, jpeg(source));
    const first = `${path}${query}&utm_source=mail&utm_medium=b%20c`;
    expectTranscoded(await edge.settle(first, accepts.chrome));
    await edge.hit(first, accepts.chrome);
    const others = [query, `${query}&gclid=1`, `?fbclid=x&${query.slice(1)}`, `${query}&mc_eid=1&utm_campaign=`];
    for (const other of others) expect(isHit(await edge.get(path + other, accepts.chrome)), other).toBe(true);
    expect(askedOf(edge, path)).toEqual([first]);
    expect(isHit(await edge.get(`${path}${query}&ref=1`, accepts.chrome))).toBe(false);
  });
});
