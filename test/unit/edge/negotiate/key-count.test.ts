/// <reference types="node" />
/** How far clients and hints split the cache: the keys of one URL over everybody who may ask for it. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { answerUrl } from "../../../../src/edge/key.ts";
import { readImageRequest } from "../../../../src/edge/negotiate/image-request.ts";
import { accepts, configOf } from "../../samples.ts";

interface Client {
  readonly ua: string | null;
  readonly accept: string | null;
}

/** Keys of one URL; each more means one more miss per data centre and one more copy in the cache. */
const maxKeys = 48;

const url = "https://images.test/is/image/Shop/shoe?wid=400&qlt=80";
const config = configOf({ NETWORK: "rtt", DPR: "on" });

/** One field's values; the first is what most clients send. */
const hints = {
  "save-data": [undefined, "on", "off", "ON", "?1", ""],
  ect: [undefined, "4g", "3g", "2g", "slow-2g", "5g", "4G ", "nonsense", ""],
  dpr: [undefined, "1", "1.1", "1.25", "1.5", "1.7647058823529411", "2", "2.625", "3", "4", "0.9", "1e9", "-3", "NaN"],
} as const;
/** Milliseconds, as the platform measures them. */
const roundTrips = [undefined, 0, 1, 12, 47, 150, 151, 400, 3000, -1, Number.NaN];

/** Every combination of the hints; the pixel ratio under its two names in turn. */
const hintSets: readonly Headers[] = hints["save-data"].flatMap((saveData, row) =>
  hints.ect.flatMap((ect, column) =>
    hints.dpr.map((dpr, index) => {
      const fields = [
        ["save-data", saveData],
        ["ect", ect],
        [(row + column + index) % 2 === 0 ? "dpr" : "sec-ch-dpr", dpr],
      ] as const;
      const headers = new Headers();
      for (const [name, value] of fields) if (value !== undefined) headers.set(name, value);
      return headers;
    }),
  ),
);

function keyOf(client: Client, hintSet: HeadersInit, roundTrip: number | undefined): string {
  const headers = new Headers(hintSet);
  if (client.accept !== null) headers.set("accept", client.accept);
  if (client.ua !== null) headers.set("user-agent", client.ua);
  const request = Object.assign(new Request(url, { headers }), { cf: { clientTcpRtt: roundTrip } });
  const image = readImageRequest(request, new URL(url), config);
  if (image === undefined) throw new Error(`${url} is no candidate`);
  return answerUrl(image.key, image.client.token);
}

/** The keys of these clients with every set of hints, and with every round trip beside a few of them. */
function keysOf(clients: readonly Client[]): ReadonlySet<string> {
  const few = hintSets.filter((_, index) => index % 97 === 0);
  return new Set(
    clients.flatMap((client) => [
      ...hintSets.map((hintSet) => keyOf(client, hintSet, undefined)),
      ...few.flatMap((hintSet) => roundTrips.map((roundTrip) => keyOf(client, hintSet, roundTrip))),
    ]),
  );
}

/** One client of each kind. */
const inlined: readonly Client[] = [
  { ua: null, accept: null },
  { ua: "curl/8.5.0", accept: accepts.any },
  {
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    accept: accepts.chrome,
  },
  { ua: "Mozilla/5.0 (X11; Linux x86_64; rv:91.0) Gecko/20100101 Firefox/91.0", accept: accepts.webp },
  {
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  },
  {
    ua: "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
  },
  { ua: null, accept: "image/avif;q=0,image/webp,*/*;q=0.8" },
];

const path = fileURLToPath(new URL("../../../../../shared/browsers.json", import.meta.url));
const isPresent = existsSync(path);
const listed = isPresent ? (JSON.parse(readFileSync(path, "utf8")) as { entries: readonly Client[] }).entries : [];

describe("answerUrl()", () => {
  it(`has at most ${maxKeys} values for a URL, whatever the hints of a few clients`, () => {
    const keys = keysOf(inlined);
    expect(keys.size).toBeLessThanOrEqual(maxKeys);
    // Or nothing was varied: formats, slow connections and the pixel ratios 1, 2 and 3 each make keys.
    const shown = [...keys].join("\n");
    for (const part of [
      "/avif+webp/",
      "/avif+webp.slow/",
      "/baseline/",
      "/jp2/",
      "/jxr-ms/",
      "wid=400&",
      "wid=800&",
      "wid=1200&",
    ]) {
      expect(shown).toContain(part);
    }
  });

  it.skipIf(!isPresent)(
    `has at most ${maxKeys} values for a URL, whatever the hints of the clients in ../shared/browsers.json`,
    () => {
      expect(listed.length).toBeGreaterThanOrEqual(98);
      const keys = keysOf(listed);
      expect(keys.size).toBeLessThanOrEqual(maxKeys);
      // Seven sets of formats (JPEG 2000 and JPEG XR are known from the User-Agent), each with three pixel ratios and on a slow connection.
      expect(keys.size).toBeGreaterThanOrEqual(28);
    },
  );

  it("does not follow the User-Agent where Accept lists a modern format", () => {
    const keys = ["somebody", "", ...inlined.map(({ ua }) => ua ?? "nobody")].map((ua) =>
      keyOf({ ua, accept: accepts.webp }, {}, undefined),
    );
    expect(new Set(keys).size).toBe(1);
  });

  it("does not follow a round trip that is not known or a connection's exact speed", () => {
    const client = { ua: null, accept: accepts.chrome };
    expect(new Set(roundTrips.map((roundTrip) => keyOf(client, {}, roundTrip))).size).toBe(2);
    for (const unknown of [0, -1, Number.NaN]) {
      expect(keyOf(client, {}, unknown)).toBe(keyOf(client, {}, undefined));
    }
  });
});
