/** What is read of every request takes time in proportion to its length. */
import { describe, it } from "vitest";
import { readConditions } from "../../../src/edge/http/conditional.ts";
import { networkOf } from "../../../src/edge/negotiate/client-address.ts";
import { readImageRequest } from "../../../src/edge/negotiate/image-request.ts";
import { isLoop } from "../../../src/edge/origin/origin-request.ts";
import { isReserved } from "../../../src/edge/reserved-path.ts";
import { describeDisposition } from "../../../src/edge/respond/content-disposition.ts";
import { takeSignature } from "../../../src/edge/url-signature.ts";
import { expectLinear } from "../../support/expect-linear.ts";
import { configOf } from "../samples.ts";

const config = configOf({ NETWORK: "rtt", DPR: "on", QUERY_PARAMETERS: "w,h" });
const fill = (unit: string, size: number): string => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);

const readWith = (path: string, headers: Readonly<Record<string, string>>): unknown => {
  const url = new URL(path, "https://images.test");
  return readImageRequest(new Request(url, { headers }), url, config);
};

const work: Readonly<Record<string, readonly [units: readonly string[], run: (text: string) => unknown]>> = {
  "a path": [["a/", "%2f", "..%2f", "%5f", "w_1,", "/", ".", "%"], (text) => readWith(`/${text}.jpg`, {})],
  "a query": [
    ["a=1&", "&", "=", "utm_a=1&", "imaging-signature=x&", "imaging=off&", "src=is(", "%", "$a$&"],
    (text) => readWith(`/is/image/a.jpg?${text}`, {}),
  ],
  "a signature's query": [
    ["imaging-", "imaging-expires=1&", "&"],
    (text) => takeSignature(new URL(`https://a/a?imaging-expires=1&${text}`)),
  ],
  "a path that could be reserved": [
    ["%2e%2e%2f", "//", "%5f", "/..", "%"],
    (text) => isReserved(new URL(`https://a/${text}`).pathname),
  ],
  "a Range": [
    ["0-0,", " ", "0", "-", "0-,", ", "],
    (text) => readConditions(new Headers({ range: `bytes=0-0${text}x` })),
  ],
  "an Accept": [
    ["image/a,", "a/a;q=0.1;b=", '"', ";", "*/*,"],
    (text) => readWith("/a.jpg", { accept: `${text},image/webp` }),
  ],
  "a User-Agent": [
    ["Mozilla/5.0 (", "Version/1 ", "1.", "("],
    (text) => readWith("/a.jpg", { accept: "*/*", "user-agent": text }),
  ],
  hints: [["9", "1.", " ", "on"], (text) => readWith("/is/image/a?wid=9", { dpr: text, ect: text, "save-data": text })],
  "CDN-Loop": [
    ["a,", "edge-imaging;id=1;", ";", ","],
    (text) => isLoop(new Headers({ "cdn-loop": text }), "a", config),
  ],
  "an address": [[":", "1:", "::1", "0"], (text) => networkOf(text)],
  "an origin's Content-Disposition": [
    [";a=", ';a="', "; ", '\\"', ';filename="', "%41", ";filename*=utf-8''"],
    (text) => describeDisposition("/a.jpg", "webp", `attachment${text}`),
  ],
};

describe.each(Object.entries(work))("%s", (_name, [units, run]) => {
  it.each(units)("that is full of %j", async (unit) => {
    await expectLinear((size) => run(fill(unit, size)), 32_768);
  });
});
