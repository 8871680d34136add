/** Signatures are judged by a published example and by a verifier of the test's own, over Node.js's cryptography. */
import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fetchS3Origin } from "../../../../src/edge/origin/s3-origin.ts";
import { encodeKey, signS3 } from "../../../../src/edge/origin/sign-s3.ts";

/** Of the examples in "Signature Calculations for the Authorization Header", Amazon S3 API Reference. */
const example = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
};
const moment = Date.UTC(2013, 4, 24);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What the server makes of what it has got: the path as the client sent it, and the fields that it names. */
function isSignedRight(request: Request, secret: string): boolean {
  const authorization = request.headers.get("authorization") ?? "";
  const [, scope = "", names = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\S+),SignedHeaders=(\S+),Signature=([0-9a-f]{64})$/.exec(authorization) ?? [];
  const { host, pathname, search } = new URL(request.url);
  const valueOf = (name: string): string => (name === "host" ? host : (request.headers.get(name) ?? ""));
  const canonical = [
    request.method,
    pathname,
    search.slice(1),
    ...names.split(";").map((name) => `${name}:${valueOf(name)}`),
    "",
    names,
    request.headers.get("x-amz-content-sha256"),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", request.headers.get("x-amz-date"), scope, sha256(canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((parent, part) => createHmac("sha256", parent).update(part).digest(), `AWS4${secret}`);
  const isWhole = ["host", "x-amz-content-sha256", "x-amz-date"].every((name) => names.split(";").includes(name));
  return isWhole && createHmac("sha256", key).update(text).digest("hex") === signature;
}

async function ask(path: string, init: RequestInit = {}, answer: () => Response = () => new Response("bytes")) {
  const got: Request[] = [];
  const send: typeof fetch = async (input) => {
    got.push(input as Request);
    return answer();
  };
  const request = new Request(`https://s3.test/pictures/shop${path}`, init);
  const response = await fetchS3Origin(send, example, "/pictures/shop", request, moment);
  return { got, response };
}

test("signS3() signs the published example", async () => {
  const url = new URL("https://examplebucket.s3.amazonaws.com/test.txt");
  const { authorization } = await signS3("GET", url, example, moment, { range: "bytes=0-9" });
  expect(authorization).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
      "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date," +
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("encodeKey() leaves unreserved characters and slashes alone", () => {
  expect(encodeKey("/aZ0-_.~/ä b!'()*+$&,;=:@%")).toBe("/aZ0-_.~/%C3%A4%20b%21%27%28%29%2A%2B%24%26%2C%3B%3D%3A%40%25");
});

describe("fetchS3Origin()", () => {
  test.each(["/a.jpg", "/deep/%C3%A4%20b+(1)!.jpg", "/a%2Fb.jpg", "/50%25.jpg"])(
    "signs a request for %s",
    async (path) => {
      const { got, response } = await ask(path);
      expect(response.status).toBe(200);
      expect(got).toHaveLength(1);
      const [request] = got;
      expect(request && isSignedRight(request, example.secretAccessKey)).toBe(true);
      expect(request && isSignedRight(request, "another")).toBe(false);
      expect(decodeURIComponent(new URL(request?.url ?? "").pathname)).toBe(
        `/pictures/shop${decodeURIComponent(path)}`,
      );
    },
  );

  test.each(["/", "", "//", "/..%2Fother.jpg", "/%2e%2e%2fa.jpg", "/a/..%5Cb.jpg", "/%ff.jpg"])(
    "asks nothing for %s, which is no object",
    async (path) => {
      const { got, response } = await ask(path);
      expect([response.status, got.length]).toEqual([404, 0]);
    },
  );

  test("never leaves the prefix", async () => {
    const got: unknown[] = [];
    const send: typeof fetch = async (input) => (got.push(input), new Response("x"));
    for (const url of ["https://s3.test/pictures", "https://s3.test/pictures/shop2/a.jpg", "https://s3.test/a.jpg"]) {
      expect((await fetchS3Origin(send, example, "/pictures/shop", new Request(url), moment)).status).toBe(404);
    }
    expect(got).toEqual([]);
  });

  test("signs nothing but the reading of one object", async () => {
    for (const method of ["PUT", "POST", "DELETE"]) {
      const { got, response } = await ask("/a.jpg", { method });
      expect([response.status, got.length]).toEqual([405, 0]);
    }
    const headers = {
      "x-amz-acl": "public-read",
      authorization: "Bearer theirs",
      cookie: "a=b",
      range: "bytes=0-3",
      "if-none-match": '"x"',
    };
    const { got } = await ask("/a.jpg?list-type=2&acl", { headers });
    const [request] = got;
    expect(new URL(request?.url ?? "").search).toBe("");
    expect([...(request?.headers.keys() ?? [])].toSorted()).toEqual([
      "authorization",
      "if-none-match",
      "range",
      "x-amz-content-sha256",
      "x-amz-date",
    ]);
  });

  test("hands on what is about the picture, and nothing about the bucket", async () => {
    const headers = { etag: '"x"', "content-type": "binary/octet-stream", "x-amz-request-id": "secret", server: "S3" };
    const { response } = await ask("/a.jpg", {}, () => new Response("bytes", { headers }));
    expect(Object.fromEntries(response.headers)).toEqual({ etag: '"x"', "content-type": "image/jpeg" });
    const refusal = `<Error><AWSAccessKeyId>${example.accessKeyId}</AWSAccessKeyId></Error>`;
    for (const [status, expected] of [
      [403, 404],
      [404, 404],
      [301, 502],
      [400, 502],
      [500, 502],
      [503, 503],
    ] as const) {
      const failed = await ask("/a.jpg", {}, () => new Response(refusal, { status }));
      expect(failed.response.status).toBe(expected);
      expect(await failed.response.text()).not.toContain(example.accessKeyId);
    }
    for (const status of [304, 416]) {
      const passed = await ask("/a.jpg", {}, () => new Response(null, { status, headers: { etag: '"x"' } }));
      expect([passed.response.status, passed.response.headers.get("etag")]).toEqual([status, '"x"']);
    }
  });
});
