/** A private bucket that speaks S3 as the origin; signatures have tests of their own. */
import { expect, test } from "vitest";
import { accepts } from "../../support/answer.ts";
import { expectPicture, textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { startEdge } from "../scripted-edge.ts";

const source = pictureOf("photo");
const keys = { S3_ACCESS_KEY_ID: "an-id", S3_SECRET_ACCESS_KEY: "a-secret", S3_REGION: "auto" };

test("ORIGIN=s3: reads pictures by signed requests, and shows its key to nobody", async () => {
  const asked: string[] = [];
  const fetch = (async (input: Request) => {
    const isSigned = input.headers.get("authorization")?.includes("/auto/s3/aws4_request,") === true;
    asked.push(`${input.method} ${input.url} ${isSigned}`);
    const fields = { "content-type": "image/jpeg", "cache-control": "public, max-age=86400", etag: '"1"' };
    return input.url.endsWith("/a.jpg")
      ? new Response(source, { headers: fields })
      : new Response(null, { status: 404 });
  }) as typeof globalThis.fetch;
  const edge = await startEdge({ vars: { ORIGIN: "s3:https://s3.test/pictures/shop/", ...keys }, fetch });
  const answer = await edge.hit("/a.jpg?acl&v=1", accepts.webp);
  expectPicture(answer, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
  expect(asked).toEqual(["GET https://s3.test/pictures/shop/a.jpg true"]);
  // What is no picture goes the same way.
  expect((await edge.ask("/?list-type=2")).status).toBe(404);
  expect((await edge.ask("/a.jpg", { method: "DELETE" })).status).toBe(405);
  const own = await edge.ask("/a.jpg?imaging=off", { headers: { accept: accepts.webp, authorization: "Bearer x" } });
  expect(own.status).toBe(200);
  expect(asked.slice(1)).toEqual(["GET https://s3.test/pictures/shop/a.jpg true"]);
  expect(JSON.stringify([answer.headers, own.headers])).not.toContain("an-id");
});

test("without its key everything passes through, and it is said where", async () => {
  const edge = await startEdge({ vars: { ORIGIN: "s3:https://s3.test/pictures" } });
  expect(textOf(await edge.get("/_imaging/health"))).toContain("S3_ACCESS_KEY_ID");
});
