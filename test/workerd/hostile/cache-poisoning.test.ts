/**
 * Cache poisoning: whatever header fields somebody sends first, the next client gets what it would have got of an empty
 * cache. The origin sends another picture as soon as it sees anything of a request that it does not see of a plain one.
 */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isSame } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { answerFields, foreignFields, readFields } from "../../support/request-fields.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { nameOf, sourceOf } from "../scripted-engine.ts";
import { bytes, jpeg, type OriginRequest, startScriptedOrigin } from "../scripted-origin.ts";

type Fields = Readonly<Record<string, string>>;

const [source, other] = [pictureOf("photo"), pictureOf("changed")];
const clock = { now: Date.now() };
const host = "shop.test";

/** Sent with every request for a source, and of no client's making. */
const sentAlike: Readonly<Record<string, RegExp>> = {
  accept: /^image\/png,image\/jpeg,/,
  "user-agent": /^edge-imaging\/1$/,
  "cdn-loop": /^edge-imaging; id=\w+$/,
};

const isPlain = ({ headers }: OriginRequest): boolean =>
  Object.entries(headers).every(([name, value]) => sentAlike[name]?.test(value) ?? false);

/** Clients that nobody is to harm: two that say what they show, and one that is known by its name. */
const victims: Readonly<Record<string, Fields>> = {
  webp: { accept: accepts.webp },
  baseline: { accept: accepts.baseline },
  "Safari 13": {
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    "user-agent":
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
  },
};

interface Setting {
  readonly vars: Fields;
  readonly path: string;
  /** What the origin says of its answer to a request with `Origin`. */
  readonly answer: (request: OriginRequest) => Response | Promise<Response>;
  /** Fields that could matter to it more than to a picture; all when left out. */
  readonly fields?: readonly string[];
}

const byRequest = (request: OriginRequest, fields: Fields = {}): Response | Promise<Response> =>
  jpeg(isPlain(request) ? source : other, fields)(request, 1);

const settings: Readonly<Record<string, Setting>> = {
  "a picture": {
    vars: { FORMATS: "webp,jp2" },
    path: "/photos/coat.jpg",
    answer: (request) => byRequest(request, { vary: "Origin" }),
  },
  "a picture of an image service, with every hint": {
    vars: { FORMATS: "webp,jp2", DPR: "on", NETWORK: "rtt" },
    path: "/is/image/shop/coat?wid=96",
    // Such an origin renders what the URL says; the larger rendering has a path of its own.
    answer: (request) => (/wid=96\b/.test(request.url) ? byRequest : byScale)(request, { vary: "Origin" }),
  },
  "a file for print": {
    vars: { FORMATS: "webp" },
    path: "/print.tif",
    fields: ["accept", "sec-fetch-dest", "user-agent"],
    answer: (request) =>
      bytes(isPlain(request) ? pictureOf("tiff") : other, "image/tiff", { vary: "Origin" })(request, 1),
  },
};

function byScale(request: OriginRequest, fields: Fields = {}): Response | Promise<Response> {
  return jpeg(isPlain(request) ? pictureOf("240 × 160") : other, fields)(request, 1);
}

async function edgeOf({ vars, path, answer }: Setting): Promise<Edge> {
  const origin = startScriptedOrigin();
  origin.on(path.split("?", 1)[0] ?? path, answer);
  return startEdge({ vars, origin, site: { host, clock } });
}

/** All that a client sees, but for when and whether the cache had it. */
function shownOf({ status, headers, body, cookies }: Answer): unknown {
  const { "cache-status": _, date: __, age: ___, ...shown } = headers;
  return { status, headers: shown, cookies, body: nameOf(body), length: body.length };
}

async function shownTo(edge: Edge, path: string, fields: Fields): Promise<readonly unknown[]> {
  const { accept = "", ...others } = fields;
  const first = await edge.settle(path, accept, others);
  return [shownOf(first), shownOf(await edge.hit(path, accept, others))];
}

describe.each(Object.entries(settings))("%s", (_name, setting) => {
  const { path, fields: chosen = Object.keys(readFields) } = setting;
  const wanted = Promise.all(
    Object.values(victims).map(async (fields) => {
      const edge = await edgeOf(setting);
      return shownTo(edge, path, fields);
    }),
  );

  test("an origin that sees a field shows it: else nothing below would fail", async () => {
    const edge = await edgeOf(setting);
    const answer = await edge.get(path, accepts.webp, { authorization: "x" });
    expect(isSame(answer.body, other)).toBe(true);
    const plain = await edge.get(path, accepts.webp);
    expect(sourceOf(plain.body)).not.toBe(nameOf(other));
  });

  const expectNoHarm = async (fields: readonly (readonly [name: string, values: readonly string[]])[]) => {
    const edge = await edgeOf(setting);
    for (const [name, values] of fields) {
      for (const value of values) {
        await edge.get(path, accepts.webp, { [name]: value });
        await edge.ask(path, { method: "HEAD", headers: { accept: accepts.baseline, [name]: value } });
      }
    }
    await edge.idle();
    const seen = Object.values(victims).map((victim) => shownTo(edge, path, victim));
    expect(await Promise.all(seen)).toEqual(await wanted);
  };

  test.each(Object.entries(readFields).filter(([name]) => chosen.includes(name)))(
    "%s, which is read, changes nothing for others",
    async (name, values) => {
      await expectNoHarm([[name, values]]);
    },
  );

  test("all fields together that are read of answers alone change nothing for others", async () => {
    await expectNoHarm(Object.entries(answerFields));
  });

  test("all fields together that only others read change nothing for others", async () => {
    await expectNoHarm(Object.entries(foreignFields));
  });
});
