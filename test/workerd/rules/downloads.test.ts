/** Files for print stay themselves for those who download them; in a page they are converted. */
import { beforeEach, describe, expect, test } from "vitest";
import { type Answer, accepts, isSame, verdictOf } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { bytes, jpeg } from "../scripted-origin.ts";

const files = {
  tiff: { path: "/print.tif", body: pictureOf("tiff"), type: "image/tiff" },
  cmyk: { path: "/print.jpg", body: pictureOf("cmyk"), type: "image/jpeg" },
} as const;
const navigation = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" };

let edge: Edge;
beforeEach(async () => {
  edge = await startEdge();
});

describe.each(["tiff", "cmyk"] as const)("%s", (name) => {
  const { path, body, type } = files[name];
  const expectOwn = (answer: Answer): void => {
    expect([answer.status, isSame(answer.body, body)]).toEqual([200, true]);
    expect(answer.headers["content-type"]).toBe(type);
    expect(verdictOf(answer)["reason"]).toBe("opted-out");
    expect(answer.headers["vary"]).toMatch(/^Accept\b/);
  };
  const names = ({ headers }: Answer): string[] => (headers["vary"] ?? "").toLowerCase().split(", ");

  test.each([accepts.chrome, accepts.baseline, "text/html,image/avif,image/webp,*/*;q=0.8"])(
    "a navigation with Accept: %s gets the file, before and after a page has had it converted",
    async (accept) => {
      edge.origin.on(path, bytes(body, type));
      const own = await edge.get(path, accept, navigation);
      expectOwn(own);
      const shown = await edge.settle(path, accepts.webp);
      expect(verdictOf(shown)).toMatchObject({ source: name === "tiff" ? "tiff" : "jpeg", reason: "transcoded" });
      const again = await edge.get(path, accept, navigation);
      expectOwn(again);
      // The page's picture is still there.
      const hit = await edge.hit(path, accepts.webp);
      expect(isSame(hit.body, shown.body)).toBe(true);
      // A cache in front has to keep them apart (RFC 9111 §4.1).
      const unchanged = await edge.get(path, accepts.webp, { "if-none-match": hit.headers["etag"] ?? "" });
      expect(unchanged.status).toBe(304);
      for (const each of [own, again, shown, hit, unchanged]) expect(names(each)).toContain("sec-fetch-dest");
      expect(hit.headers["accept-ch"] ?? "").not.toMatch(/sec-fetch/i);
    },
  );

  test("an attachment is the file for everybody, and stored", async () => {
    const disposition = `attachment; filename="poster${path.slice(-4)}"`;
    edge.origin.on(path, bytes(body, type, { "content-disposition": disposition }));
    for (const accept of [accepts.webp, accepts.baseline, accepts.chrome]) {
      expectOwn(await edge.settle(path, accept));
      const hit = await edge.hit(path, accept);
      expectOwn(hit);
      expect(names(hit)).not.toContain("sec-fetch-dest");
      expect(hit.headers["content-disposition"]).toBe(disposition);
    }
    expect(edge.engine.encoded).toEqual([]);
  });

  test("inline is no download", async () => {
    edge.origin.on(path, bytes(body, type, { "content-disposition": "inline" }));
    expect(verdictOf(await edge.settle(path, accepts.webp))["reason"]).toBe("transcoded");
  });
});

test("a navigation to any other picture, and its attachment, are as good as a page's", async () => {
  const photo = pictureOf("photo");
  edge.origin.on("/photo.jpg", jpeg(photo));
  edge.origin.on("/offer.jpg", jpeg(photo, { "content-disposition": "attachment" }));
  const answer = await edge.settle("/photo.jpg", accepts.webp, navigation);
  expect(verdictOf(answer)["reason"]).toBe("transcoded");
  expect(answer.headers["vary"]).not.toMatch(/sec-fetch/i);
  expect(verdictOf(await edge.settle("/offer.jpg", accepts.webp))["reason"]).toBe("transcoded");
});
