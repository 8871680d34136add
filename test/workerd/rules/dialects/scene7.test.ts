/** URLs of Scene7 before an origin that renders by them: what is read, and what the origin is asked. */
import { describe, expect, test } from "vitest";
import { accepts, isSame, verdictOf } from "../../../support/answer.ts";
import { expectPicture, textOf } from "../../../support/expect-picture.ts";
import { pictureOf } from "../../../support/provided.ts";
import { isLossless } from "../../scripted-engine.ts";
import { bytes, jpeg, png, status } from "../../scripted-origin.ts";
import { askedOf, edgeWith, expectDprPicture, expectTranscoded, navigation, source } from "./dialect-edge.ts";

describe("scene7", () => {
  test("a rendering without an extension is a candidate, and only our own modifiers are taken out", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/candidate";
    edge.origin.on(path, jpeg(source));
    expectTranscoded(await edge.settle(`${path}?wid=400&$zoom$&bfc=on`, navigation));
    expect(askedOf(edge, path)).toEqual([`${path}?wid=400&$zoom$`]);
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
    edge.origin.on(path, jpeg(source));
    expect((await edge.settle(path + query, accepts.webp)).status).toBe(200);
    expect(new Set(askedOf(edge, path))).toEqual(new Set([path + expected]));
  });

  test("bfc=off gets the original", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/opted-out";
    edge.origin.on(path, jpeg(source));
    const answer = await edge.settle(`${path}?wid=400&bfc=off`, accepts.chrome);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
    expect(isSame(answer.body, source)).toBe(true);
    expect(askedOf(edge, path)).toEqual([`${path}?wid=400`]);
    expectTranscoded(await edge.settle(`${path}?wid=400`, accepts.chrome));
  });

  test("req=imageprops,json goes through untouched, with the client's own header", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/props";
    const body = '{"image.width":"400"}';
    edge.origin.on(path, status(200, body, { "content-type": "application/json", "cache-control": "max-age=86400" }));
    const target = `${path}?req=imageprops,json&bfc=on&wid=400`;
    for (let round = 0; round < 2; round++) {
      const answer = await edge.get(target, accepts.chrome, { cookie: "a=1" });
      expect(answer.status).toBe(200);
      expect(textOf(answer)).toBe(body);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.headers["edge-imaging"]).toBeUndefined();
    }
    expect(askedOf(edge, path)).toEqual([target, target]);
    expect(edge.origin.requests(path)[0]?.headers).toMatchObject({ cookie: "a=1", accept: accepts.chrome });
  });

  test("qlt=100 allows nothing lossy", async () => {
    const edge = await edgeWith({ PNG_MODE: "lossy" });
    const exact = pictureOf("photoPng");
    edge.origin.on("/is/image/shop/exact-jpeg", jpeg(source));
    edge.origin.on("/is/image/shop/exact-png", png(exact));
    const asJpeg = await edge.settle("/is/image/shop/exact-jpeg?qlt=100", accepts.webp);
    expect(isSame(asJpeg.body, source)).toBe(true);
    const asPng = await edge.settle("/is/image/shop/exact-png?qlt=100", accepts.chrome);
    expectPicture(asPng, { format: "webp", source: "png", reason: "transcoded", original: exact });
    expect(isLossless(asPng.body)).toBe(true);
    const lossy = await edge.settle("/is/image/shop/exact-png?qlt=80", accepts.chrome);
    expect(isLossless(lossy.body)).toBe(false);
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
    edge.origin.on(path, jpeg(source));
    const answer = await edge.settle(`${path}?hei=90&${modifier}`, accepts.chrome);
    expectDprPicture(answer, "avif");
  });

  test("a named format that the client cannot show is sent all the same", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/named";
    const webp = pictureOf("webp");
    edge.origin.on(path, bytes(webp, "image/webp"));
    const answer = await edge.settle(`${path}?fmt=webp`, accepts.baseline);
    expect(isSame(answer.body, webp)).toBe(true);
    expect(answer.headers["content-type"]).toBe("image/webp");
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
    // Where the URL does not name it, or as a fallback only, it is converted.
    expect(verdictOf(await edge.settle(path, accepts.baseline))).toMatchObject({ format: "jpeg", source: "webp" });
    const asked = await edge.settle(`${path}?fmt=webp&bfc=on`, accepts.baseline);
    expect(verdictOf(asked)).toMatchObject({ format: "jpeg", source: "webp" });
  });

  test("a named TIFF is a file for a printer", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/poster";
    edge.origin.on(path, bytes(pictureOf("tiff"), "image/tiff"));
    expect(verdictOf(await edge.settle(`${path}?fmt=tif`, accepts.chrome))).toMatchObject({ reason: "opted-out" });
    expect(verdictOf(await edge.settle(path, accepts.chrome))).toMatchObject({ source: "tiff", reason: "transcoded" });
  });
});
