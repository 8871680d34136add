/** The behaviours that the public suite of HTTP cache tests looks for; where this cache differs, `docs/http-caching.md` says why. */
import { describe, expect, test } from "vitest";
import { type Answer, isSame } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { deviations } from "./deviations.ts";
import { type Fields, outcomeOf, Play, readFields, type Reply } from "./suite.ts";
import { vectors } from "./vectors.ts";

const picture = pictureOf("webp");
const textBody = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const day: Fields = [["cache-control", "max-age=100000"]];
const brief: Fields = [["cache-control", "max-age=2"]];

/** Asks twice: the second time after so many seconds, with these fields, when the origin would say something else. */
async function askTwice(
  id: string,
  first: Reply,
  seconds: number,
  {
    ask = [],
    later,
    method,
    before = [],
  }: { ask?: Fields; later?: Reply | "cut"; method?: string; before?: Fields } = {},
): Promise<{ readonly outcome: string; readonly answer: Answer; readonly play: Play }> {
  const play = await Play.begin(id);
  play.says(first);
  await play.ask(before);
  Play.pass(seconds);
  const { length } = play.requests;
  if (later !== undefined) play.says(later);
  const answer = await play.ask(ask, method);
  return { outcome: outcomeOf(answer, play.requests.slice(length)), answer, play };
}

const tried = new Set<string>();

/** What the suite wants, or what is said to come out here instead. */
function expectOutcome(id: string, outcome: string, wanted: string): void {
  tried.add(id);
  expect(deviations[id], "a deviation that is none").not.toBe(wanted);
  expect(outcome).toBe(deviations[id] ?? wanted);
}

describe.each(Object.entries(vectors))("%s", (_group, lines) => {
  const rows = lines
    .trim()
    .split("\n")
    .map((line) => line.split(" | ").map((cell) => cell.trim()));
  test.each(rows)("%s (%s)", async (id = "", _kind = "", fields = "", seconds = "0", wanted = "", requests = "") => {
    const [before = "", ask = ""] = requests.split("→");
    const both = { before: readFields(before), ask: readFields(ask) };
    const { outcome } = await askTwice(id, { fields: readFields(fields) }, Number(seconds), both);
    expectOutcome(id, outcome, wanted);
  });
});

describe("statuses", () => {
  const body = textBody("something");
  const kept = [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599];
  test.each(kept)("status-%i-fresh (best)", async (status) => {
    const reply = { status, fields: day, ...(status === 200 ? {} : { body }) };
    const answered = await askTwice(`status-${status}-fresh`, reply, 3);
    // A failure that is asked for again is passed on again.
    expectOutcome(`status-${status}-fresh`, answered.outcome === "failed" ? "asked" : answered.outcome, "reused");
  });

  test.each(kept)("status-%i-stale (must)", async (status) => {
    const fields: Fields = [
      ["expires", "@-5000"],
      ["last-modified", "@-100000"],
    ];
    const id = `status-${status}-stale`;
    const { play } = await askTwice(id, { status, fields, ...(status === 200 ? {} : { body }) }, 3);
    expectOutcome(id, play.requests.length === 2 ? "asked" : "reused", "asked");
  });

  test.each([
    ["200", "reused"],
    ["201", "asked"],
    ["202", "asked"],
    ["203", "reused"],
    ["204", "reused"],
    ["403", "asked"],
    ["404", "reused"],
    ["405", "reused"],
    ["410", "reused"],
    ["414", "reused"],
    ["501", "reused"],
    ["502", "asked"],
    ["503", "asked"],
    ["504", "asked"],
    ["599", "asked"],
  ])("heuristic-%s (%s)", async (status, wanted) => {
    const id = `heuristic-${status}-${wanted === "reused" ? "cached" : "not_cached"}`;
    const reply = { status: Number(status), fields: [["last-modified", "@-86400"]] as const };
    const { play } = await askTwice(id, status === "200" ? reply : { ...reply, body }, 0);
    expectOutcome(id, play.requests.length === 2 ? "asked" : "reused", wanted);
  });
});

describe("If-Modified-Since", () => {
  const modified: Fields = [...day, ["last-modified", "@-3000"]];
  test.each<[id: string, fields: Fields, since: string, wanted: string]>([
    ["conditional-lm-fresh", modified, "@-3000", "unchanged"],
    ["conditional-lm-fresh-earlier", modified, "@-2000", "unchanged"],
    ["conditional-lm-fresh-no-lm", day, "@-3000", "unchanged"],
  ])("%s (best)", async (id, fields, since, wanted) => {
    const { outcome } = await askTwice(id, { fields }, 0, { ask: [["if-modified-since", since]] });
    expectOutcome(id, outcome, wanted);
  });

  test("conditional-etag-precedence (must)", async () => {
    const fields: Fields = [...day, ["last-modified", "@-5000"], ["etag", '"abcdef"']];
    const ask: Fields = [
      ["if-none-match", '"abcdef"'],
      ["if-modified-since", "@-10000"],
    ];
    expectOutcome(
      "conditional-etag-precedence",
      (await askTwice("conditional-etag-precedence", { fields }, 3, { ask })).outcome,
      "unchanged",
    );
  });

  test("conditional-etag-strong-generate and conditional-etag-weak-generate-weak (best)", async () => {
    for (const tag of ['"abcdef"', 'W/"abcdef"']) {
      const { outcome, play } = await askTwice(`generate ${tag}`, { fields: [...brief, ["etag", tag]] }, 3);
      expect([outcome, play.requests[1]?.headers["if-none-match"]]).toEqual(["confirmed", tag]);
    }
  });
});

describe("fields of a stored answer", () => {
  test.each([
    ["Test-Header", "a", "kept"],
    ["X-Test-Header", "a", "kept"],
    ["Content-Foo", "a", "kept"],
    ["X-Content-Foo", "a", "kept"],
    ["Cache-Control", "max-age=3600", "kept"],
    ["Connection", "a", "dropped"],
    ["Content-Length", String(picture.length), "kept"],
    ["Content-Location", "/bar", "kept"],
    ["Content-MD5", "N7UdGUp1E+RbVvZSTy1R8g==", "kept"],
    ["Content-Range", "a", "kept"],
    ["Content-Security-Policy", "default-src 'self' cdn.example.com", "kept"],
    ["Content-Type", "text/plain;charset=utf-8", "kept"],
    ["Clear-Site-Data", "cookies", "kept"],
    ["ETag", '"ghijkl"', "kept"],
    ["Expires", "Mon, 11 Jan 2038 11:11:11 GMT", "kept"],
    ["Keep-Alive", "a", "dropped"],
    ["Proxy-Authenticate", "a", "dropped"],
    ["Proxy-Authentication-Info", "a", "dropped"],
    ["Proxy-Authorization", "a", "dropped"],
    ["Proxy-Connection", "a", "dropped"],
    ["Public-Key-Pins", "a", "kept"],
    ["Set-Cookie", "a=c", "kept"],
    ["Set-Cookie2", "a=c", "kept"],
    ["TE", "a", "dropped"],
    ["Upgrade", "a", "dropped"],
    ["X-Frame-Options", "sameorigin", "kept"],
    ["X-XSS-Protection", "1; mode=block", "kept"],
  ])("headers-store-%s (must)", async (name, value, wanted) => {
    const id = `headers-store-${name}`;
    const fields: Fields = [
      ...(name === "Cache-Control" ? [] : ([["cache-control", "max-age=3600"]] as const)),
      [name, value],
    ];
    const { outcome, answer } = await askTwice(id, { fields }, 3);
    const found = name === "Set-Cookie" ? answer.cookies.join() : answer.headers[name.toLowerCase()];
    expectOutcome(id, outcome === "reused" ? (found === value ? "kept" : "dropped") : outcome, wanted);
  });

  test("headers-omit-headers-listed-in-Connection (must)", async () => {
    const fields: Fields = [...day, ["connection", "a, b"], ["a", "1"], ["b", "2"], ["c", "3"]];
    const { outcome, answer } = await askTwice("headers-omit", { fields }, 3);
    expect([outcome, answer.headers["a"], answer.headers["b"], answer.headers["c"]]).toEqual([
      "reused",
      undefined,
      undefined,
      "3",
    ]);
  });

  test.each<[id: string, fields: Fields, age: number]>([
    ["other-age-gen", day, 3],
    [
      "other-age-update-expires",
      [
        ["expires", "@2592000"],
        ["age", "30"],
      ],
      33,
    ],
    ["other-age-update-max-age", [...day, ["age", "30"]], 33],
  ])("%s (must)", async (id, fields, age) => {
    const { outcome, answer } = await askTwice(id, { fields }, 3);
    expect([outcome, answer.headers["age"]]).toEqual(["reused", String(age)]);
  });

  test("other-date-update (must)", async () => {
    const play = await Play.begin("other-date-update");
    play.says({ fields: [...day, ["date", "Sun, 01 Nov 2026 10:00:00 GMT"]] });
    await play.ask();
    const { headers } = await play.ask();
    expectOutcome(
      "other-date-update",
      headers["date"] === "Sun, 01 Nov 2026 10:00:00 GMT" ? "kept" : "dropped",
      "kept",
    );
  });

  test("query-args-different and query-args-same (must, best)", async () => {
    const play = await Play.begin("query");
    play.says({ fields: day });
    for (const query of ["?test=a", "?test=b", "?test=a", "?test=b"]) await play.ask([], "GET", query);
    expect(play.requests).toHaveLength(2);
  });
});

describe("a 304 updates what is stored", () => {
  test.each([
    ["Test-Header", "a", "b", "new"],
    ["X-Test-Header", "a", "b", "new"],
    ["Content-Foo", "a", "b", "new"],
    ["X-Content-Foo", "a", "b", "new"],
    ["Cache-Control", "max-age=1", "max-age=3600", "new"],
    ["Content-Encoding", "a", "b", "new"],
    ["Content-Location", "/foo", "/bar", "new"],
    ["Content-MD5", "a", "b", "new"],
    ["Content-Range", "a", "b", "new"],
    ["Content-Security-Policy", "default-src 'self'", "default-src 'self' cdn.example.com", "new"],
    ["Content-Type", "text/plain", "text/plain;charset=utf-8", "new"],
    ["Clear-Site-Data", "cache", "cookies", "new"],
    ["Expires", "Fri, 01 Jan 2038 01:01:01 GMT", "Mon, 11 Jan 2038 11:11:11 GMT", "new"],
    ["Public-Key-Pins", "a", "b", "new"],
    ["Set-Cookie", "a=b", "a=c", "new"],
    ["Set-Cookie2", "a=b", "a=c", "new"],
    ["X-Frame-Options", "deny", "sameorigin", "new"],
    ["X-XSS-Protection", "1", "1; mode=block", "new"],
  ])("304-etag-update-response-%s", async (name, before, after, wanted) => {
    const id = `304-etag-update-response-${name}`;
    // A body in a coding that nobody knows cannot be read at all; the field of the 304 alone is what counts.
    const given = name === "Content-Encoding" || name === "Set-Cookie" ? [] : ([[name, before]] as const);
    const base: Fields = name === "Cache-Control" ? [["etag", '"t"']] : [...brief, ["etag", '"t"']];
    const later = { fields: [...base, [name, after]] as const };
    const { outcome, answer } = await askTwice(id, { fields: [...base, ...given] }, 3, { later });
    const found = name === "Set-Cookie" ? answer.cookies.join() : answer.headers[name.toLowerCase()];
    expect(outcome).toBe("confirmed");
    expectOutcome(id, found === after ? "new" : found === before ? "old" : "dropped", wanted);
  });

  test("304-etag-update-response-Content-Length (must): of what is stored", async () => {
    const base: Fields = [...brief, ["etag", '"t"']];
    const later = { fields: [...base, ["content-length", "10"]] as const };
    const { answer } = await askTwice("304-length", { fields: base }, 3, { later });
    expect(answer.headers["content-length"]).toBe(String(picture.length));
  });

  test("304-etag-update-response-ETag (may)", async () => {
    const later = { fields: [...brief, ["etag", '"new"']] as const };
    const { answer, play } = await askTwice("304-tag", { fields: [...brief, ["etag", '"old"']] }, 3, { later });
    expect([answer.status, isSame(answer.body, picture), play.requests.length]).toEqual([200, true, 2]);
  });

  test("304-lm-use-stored-Test-Header (must)", async () => {
    const base: Fields = [["last-modified", "Wed, 01 Jan 2020 00:00:00 GMT"]];
    const first = { fields: [...brief, ...base, ["test-header", "a"]] as const };
    const { outcome, answer } = await askTwice("304-lm", first, 3, { later: { fields: base } });
    expect([outcome, answer.headers["test-header"]]).toEqual(["confirmed", "a"]);
  });
});

describe("Authorization", () => {
  test.each([
    ["other-authorization", "max-age=100000", "asked"],
    ["other-authorization-public", "max-age=3600, public", "reused"],
    ["other-authorization-must-revalidate", "max-age=3600, must-revalidate", "reused"],
    ["other-authorization-smaxage", "s-maxage=3600", "reused"],
  ])("%s", async (id, control, wanted) => {
    const before: Fields = [["authorization", "FOO"]];
    const { outcome } = await askTwice(id, { fields: [["cache-control", control]] }, 3, { before });
    expectOutcome(id, outcome, wanted);
  });
});

describe("unsafe methods", () => {
  test.each(["POST", "PUT", "DELETE"])("invalidate-%s (must), and not when it fails (best)", async (method) => {
    const play = await Play.begin(`invalidate-${method}`);
    play.says({ fields: day });
    await play.ask();
    play.says({ status: 500, fields: [] });
    await play.ask([], method);
    play.says({ fields: day });
    const { length } = play.requests;
    await play.ask();
    expect(play.requests).toHaveLength(length);
    play.says({ status: 200, fields: [], body: textBody("done") });
    await play.ask([], method);
    play.says({ fields: day });
    expect(outcomeOf(await play.ask(), play.requests.slice(-1))).toBe("asked");
    expect(play.requests.at(-1)?.method).toBe("GET");
  });

  test.each([
    ["invalidate-POST-location", "Location"],
    ["invalidate-POST-cl", "Content-Location"],
  ])("%s (may)", async (id, name) => {
    const target = await Play.begin(`${id} target`);
    target.says({ fields: day });
    await target.ask();
    const play = await Play.begin(id);
    play.says({ status: 204, fields: [[name, target.path]] });
    await play.ask([], "POST");
    const { length } = target.requests;
    await target.ask();
    expectOutcome(id, target.requests.length > length ? "asked" : "reused", "asked");
  });

  test("method-POST (best)", async () => {
    const play = await Play.begin("method-POST");
    play.says({ fields: [...day, ["content-location", play.path]] });
    await play.ask([], "POST");
    const { length } = play.requests;
    expectOutcome("method-POST", outcomeOf(await play.ask(), play.requests.slice(length)), "reused");
  });
});

describe("ranges", () => {
  test.each([
    ["partial-store-complete-reuse-partial", "bytes=0-1", 0, 2],
    ["partial-store-complete-reuse-partial-no-last", "bytes=5-", 5, undefined],
    ["partial-store-complete-reuse-partial-suffix", "bytes=-1", -1, undefined],
  ] as const)("%s (best)", async (id, range, from, to) => {
    const { outcome, answer } = await askTwice(id, { fields: [...day, ["a", "1"]] }, 0, { ask: [["range", range]] });
    expect([outcome, answer.status, answer.headers["a"]]).toEqual(["reused", 206, "1"]);
    expect(isSame(answer.body, picture.slice(from, to))).toBe(true);
  });

  test.each([
    "partial-store-partial-reuse-partial",
    "partial-store-partial-reuse-partial-byterange",
    "partial-store-partial-reuse-partial-absent",
    "partial-store-partial-reuse-partial-suffix",
  ])("%s (best)", async (id) => {
    const range: Fields = [["range", "bytes=0-4"]];
    // The origin is asked for the whole, so that there is no part to store.
    const { outcome, answer } = await askTwice(id, { fields: day }, 0, { before: range, ask: range });
    expect([outcome, answer.status]).toEqual(["reused", 206]);
  });
});

describe("stale answers of an origin that fails", () => {
  test.each<[id: string, control: string, later: Reply | "cut", wanted: string]>([
    ["stale-close", "max-age=2", "cut", "reused"],
    ["stale-503", "max-age=2", { status: 503, fields: [] }, "reused"],
    ["stale-sie-close", "max-age=2, stale-if-error=60", "cut", "reused"],
    ["stale-sie-503", "max-age=2, stale-if-error=60", { status: 503, fields: [] }, "reused"],
    ["stale-close-must-revalidate", "max-age=2, must-revalidate", "cut", "failed"],
    ["stale-close-proxy-revalidate", "max-age=2, proxy-revalidate", "cut", "failed"],
    ["stale-close-no-cache", "max-age=2, no-cache", "cut", "failed"],
    ["stale-close-s-maxage=2", "s-maxage=2", "cut", "failed"],
  ])("%s", async (id, control, later, wanted) => {
    const { outcome } = await askTwice(id, { fields: [["cache-control", control]] }, 3, { later });
    expectOutcome(id, outcome, wanted);
  });

  test("stale-while-revalidate-window (must)", async () => {
    const play = await Play.begin("swr-window");
    play.says({
      fields: [
        ["cache-control", "max-age=1, stale-while-revalidate=4"],
        ["etag", '"abc"'],
      ],
    });
    await play.ask();
    Play.pass(3);
    play.says({
      fields: [
        ["cache-control", "no-cache"],
        ["etag", '"def"'],
      ],
    });
    await play.ask();
    Play.pass(3);
    const { length } = play.requests;
    const answer = await play.ask();
    expect(outcomeOf(answer, play.requests.slice(length))).toBe("confirmed");
  });

  test("cc-resp-must-revalidate-stale (must)", async () => {
    const fields: Fields = [
      ["cache-control", "max-age=2, must-revalidate"],
      ["etag", '"abcd"'],
    ];
    expect((await askTwice("must-revalidate", { fields }, 1)).outcome).toBe("reused");
    expect((await askTwice("must-revalidate 2", { fields }, 3)).outcome).toBe("confirmed");
  });

  test.each(["no-store", "no-store, max-age=0"])(
    "cc-resp-no-store-old-new and -old-max-age (must): %s",
    async (control) => {
      const later = { fields: [["cache-control", control]] as const };
      expect((await askTwice(`old-new ${control}`, { fields: day }, 3, { later })).outcome).toBe("reused");
    },
  );
});

describe("HEAD", () => {
  test.each([
    ["head-writethrough", [], "HEAD"],
    ["head-200-retain", [], "HEAD"],
  ] as const)("%s (may)", async (id, fields, wanted) => {
    const { play } = await askTwice(id, { fields: [...brief, ...fields] }, 3, { method: "HEAD" });
    expectOutcome(id, play.requests.at(-1)?.method ?? "", wanted);
  });

  test.each([
    ["head-200-freshness-update", 200, "reused"],
    ["head-410-update", 410, "reused"],
  ] as const)("%s (may)", async (id, status, wanted) => {
    const play = await Play.begin(id);
    play.says({ fields: brief });
    await play.ask();
    Play.pass(3);
    play.says({ status, fields: [["cache-control", "max-age=1000"]] });
    await play.ask([], "HEAD");
    const { length } = play.requests;
    expectOutcome(id, outcomeOf(await play.ask(), play.requests.slice(length)), wanted);
  });
});

test("every deviation that is written down has been tried", () => {
  expect(Object.keys(deviations).filter((id) => !tried.has(id))).toEqual([]);
});
