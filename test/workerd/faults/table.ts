/** What can go wrong with our own parts. */
import { ImagingError } from "../../../src/imaging/model/error.ts";
import type { EncodedFormat } from "../../../src/imaging/model/settings.ts";
import { replaced } from "../map-bucket.ts";
import { urlOf } from "../map-cache.ts";
import type { ScriptedEngine } from "../scripted-engine.ts";
import type { Parts } from "./parts.ts";

export interface Fault {
  readonly tier: "codec" | "edge cache" | "R2" | "queue" | "clock";
  readonly name: string;
  readonly on: "worker" | "fleet";
  /** Breaks it. */
  readonly begin: (parts: Parts) => void;
  /** Lines in the log while several pictures are asked for again and again, at most: one for each way of failing and isolate. */
  readonly lines: number;
  /** It may go unnoticed. */
  readonly isSilent?: boolean;
  /** Needs what is kept of another picture, `/foreign.jpg`. */
  readonly needsForeign?: boolean;
}

type Bytes = Uint8Array<ArrayBuffer>;

const throwing = (): Promise<never> => Promise.reject(new Error("an internal error"));
export const throwingAtOnce = (): never => {
  throw new Error("an internal error");
};
export const hanging = (): Promise<never> => new Promise(() => undefined);
const late = <Result>(work: () => Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    setTimeout(() => void work().then(resolve, reject), 1000);
  });

/** Changes what every codec does. */
function codec(
  name: string,
  change: (work: () => Promise<Bytes>, format: EncodedFormat, engine: ScriptedEngine) => Promise<Bytes>,
): Fault {
  const begin = ({ engines }: Parts): void => {
    for (const engine of engines) {
      const [encode, stream, optimise] = [engine.encode, engine.streamWebp, engine.optimisePng];
      engine.encode = (...wanted) => change(() => encode(...wanted), wanted[1].format, engine);
      engine.streamWebp = (...wanted) => change(() => stream(...wanted), "webp", engine);
      engine.optimisePng = (...wanted) => change(() => optimise(...wanted), "png", engine);
    }
  };
  return { tier: "codec", name, on: "worker", begin, lines: 3 };
}

const codecs: readonly Fault[] = [
  codec("does not start", (_, format) => Promise.reject(new ImagingError("codec", format, "no start: out of memory"))),
  codec("traps", () => Promise.reject(new WebAssembly.RuntimeError("unreachable"))),
  codec(
    "gives bytes of no format",
    async () => new Uint8Array(new TextEncoder().encode("certainly not a picture".repeat(20))),
  ),
  codec("gives another size", async (_work, format) => otherSize[format]?.slice() ?? new Uint8Array()),
  codec("gives nothing", async () => new Uint8Array()),
  codec("gives half of a file", async (work) => {
    const whole = await work();
    return new Uint8Array(whole.subarray(0, whole.length >> 1));
  }),
  codec("gives all but the last byte", async (work) => {
    const whole = await work();
    return new Uint8Array(whole.subarray(0, -1));
  }),
  { ...codec("never comes back", hanging), lines: 0 },
];

/** Files of 2 × 2 pixels, made when the table is used. */
const otherSize: Partial<Record<EncodedFormat, Bytes>> = {};

export async function makeOtherSizes(engine: ScriptedEngine): Promise<void> {
  const pixels = { data: new Uint8ClampedArray(16), width: 2, height: 2 };
  const picture = { pixels, profile: undefined };
  otherSize.webp = await engine.encode(picture, { format: "webp", lossless: true, effort: 0 });
  otherSize.png = await engine.encode(picture, { format: "png", effort: "stream" });
  otherSize.avif = await engine.encode(picture, {
    format: "avif",
    quality: 50,
    speed: 10,
    chroma: "4:2:0",
    bitDepth: 8,
  });
}

function cache(name: string, change: (whole: Cache) => Partial<Cache>, lines = 1): Fault {
  return {
    tier: "edge cache",
    name,
    on: "worker",
    lines,
    begin: ({ cache: held }) => {
      held.replaced = change(held.whole);
    },
  };
}

/** A cache that gives back something else than what was put there. */
function lying(name: string, lie: (found: Response, url: string, whole: Cache) => unknown): Fault {
  const change = (whole: Cache): Partial<Cache> => ({
    match: async (...wanted) => {
      const found = await whole.match(...wanted);
      return found && ((await lie(found, urlOf(wanted[0]), whole)) as Response | undefined);
    },
  });
  return cache(name, change, 4);
}

const without = (found: Response, isLost: (name: string) => boolean): Response =>
  new Response(found.body, { status: found.status, headers: [...found.headers].filter(([name]) => !isLost(name)) });

const isOwn = (name: string): boolean => name.startsWith("edge-imaging");

const edgeCaches: readonly Fault[] = [
  cache("throws on reads", () => ({ match: throwing })),
  cache("throws on writes", () => ({ put: throwing })),
  cache("throws on everything", () => ({ match: throwing, put: throwing, delete: throwing }), 3),
  cache("throws without a promise", () => ({ match: throwingAtOnce, put: throwingAtOnce, delete: throwingAtOnce }), 3),
  cache("never answers reads", () => ({ match: hanging })),
  cache("never answers writes", () => ({ put: hanging })),
  cache("never answers", () => ({ match: hanging, put: hanging, delete: hanging }), 3),
  cache(
    "takes a second for everything",
    (whole) => ({
      match: (...wanted) => late(() => whole.match(...wanted)),
      put: (...written) => late(() => whole.put(...written)),
    }),
    0,
  ),
  cache("keeps nothing", () => ({ match: async () => undefined }), 0),
  {
    ...lying("gives another picture's entry", (_found, url, whole) =>
      whole.match(url.replace(/\/picture[^/]*\.jpg/, "/foreign.jpg")),
    ),
    needsForeign: true,
  },
  lying("gives the entry of another kind", (_found, url, whole) =>
    whole.match(url.replace("/record/source/", "/bytes/original/").replace("/bytes/webp/", "/bytes/original/")),
  ),
  lying("cuts bodies", async (found) => {
    const bytes = new Uint8Array(await found.arrayBuffer());
    const headers = new Headers(found.headers);
    const half = bytes.slice(0, bytes.length >> 1);
    headers.set("content-length", String(half.length));
    return new Response(half, { status: found.status, headers });
  }),
  lying(
    "loses bodies",
    (found) => new Response(null, { headers: without(found, (name) => name === "content-length").headers }),
  ),
  lying("breaks off bodies", (found) => {
    const isHit = found.headers.get("edge-imaging-entry")?.includes(" ") === true;
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) });
    // What is on its way to a client cannot be taken back.
    return isHit ? undefined : new Response(body, found);
  }),
  lying("changes bytes of files", async (found, url) => {
    if (!url.includes("/bytes/")) return found;
    const bytes = new Uint8Array(await found.arrayBuffer());
    return new Response(
      bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)),
      found,
    );
  }),
  lying("says 500", (found) => new Response(found.body, { status: 500, headers: found.headers })),
  lying("says 404", (found) => new Response(found.body, { status: 404, headers: found.headers })),
  lying("says 304", (found) => new Response(null, { status: 304, headers: found.headers })),
  lying("loses our fields", (found) => without(found, isOwn)),
  lying("loses all fields", (found) => without(found, () => true)),
  lying("gives JSON of something else", (found, url) =>
    url.includes("/record/") ? new Response('{"generation":"x"}', { headers: found.headers }) : found,
  ),
];

function bucket(
  name: string,
  change: (parts: Parts["bucket"]["whole"]) => Partial<Parts["bucket"]["whole"]>,
  lines = 1,
): Fault {
  return {
    tier: "R2",
    name,
    on: "fleet",
    lines,
    begin: ({ bucket: held }) => {
      held.replaced = change(held.whole);
    },
  };
}

/** A bucket whose objects hold something else than what was put there. */
function corrupt(name: string, kind: string, value: string | ((bytes: Uint8Array) => Uint8Array), lines = 0): Fault {
  return bucket(
    name,
    (whole) => ({
      get: async (wanted) => {
        const found = await whole.get(wanted);
        if (found === null || !wanted.startsWith(kind)) return found;
        return replaced(found, typeof value === "string" ? value : value(new Uint8Array(await found.arrayBuffer())));
      },
    }),
    lines,
  );
}

const buckets: readonly Fault[] = [
  bucket("throws on get", () => ({ get: throwing }), 4),
  bucket("throws on head", () => ({ head: throwing }), 3),
  bucket("throws on put", () => ({ put: throwing }), 4),
  bucket("throws on everything", () => ({ get: throwing, head: throwing, put: throwing, delete: throwing }), 6),
  bucket("throws without a promise", () => ({ get: throwingAtOnce, put: throwingAtOnce }), 6),
  bucket("never answers get", () => ({ get: hanging, head: hanging }), 4),
  bucket("never answers put", () => ({ put: hanging }), 4),
  bucket("never answers", () => ({ get: hanging, head: hanging, put: hanging, delete: hanging }), 6),
  bucket(
    "takes a second for everything",
    (whole) => ({
      get: (name) => late(() => whole.get(name)),
      put: (...written) => late(() => whole.put(...written)),
    }),
    0,
  ),
  bucket("never has anything", () => ({ get: async () => null, head: async () => null }), 0),
  {
    isSilent: true,
    ...bucket(
      "gives the first version for ever",
      (whole) => {
        const first = new Map<string, Awaited<ReturnType<typeof whole.get>>>();
        return {
          get: async (name) => {
            const found = await whole.get(name);
            if (found !== null && !first.has(name)) first.set(name, found);
            return first.get(name) ?? null;
          },
        };
      },
      4,
    ),
  },
  ...["", "{cut", "null", '{"file":{},"replies":{"*":{}}}'].map((text) =>
    corrupt(`has ${JSON.stringify(text)} for a manifest`, "manifest/", text, 4),
  ),
  corrupt(
    "has damaged files",
    "file/",
    (bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)),
    4,
  ),
  corrupt("has files that were cut", "file/", (bytes) => bytes.slice(0, bytes.length >> 1), 4),
  corrupt("has empty files", "file/", () => new Uint8Array(), 4),
  corrupt("has something else in every place", "", "\u0000 not what was put there", 6),
];

function queue(name: string, send: () => Promise<unknown>): Fault {
  return {
    tier: "queue",
    name,
    on: "fleet",
    lines: 1,
    begin: ({ fleet }) => {
      if (fleet !== undefined) fleet.beforeSend = send;
    },
  };
}

const hour = 3600;

const clocks: readonly Fault[] = [-5, -1, 1, 5, 500].map((hours) => ({
  tier: "clock",
  name: hours < 0 ? `goes ${-hours} h back` : `goes ${hours} h on`,
  on: "worker",
  lines: 1,
  isSilent: true,
  begin: ({ pass }) => pass(hours * hour),
}));

export const faults: readonly Fault[] = [
  ...codecs,
  ...edgeCaches,
  ...buckets,
  queue("throws", throwing),
  queue("throws without a promise", throwingAtOnce),
  queue("never answers", hanging),
  ...clocks,
];

/** Ends whatever a fault has broken, as far as it is broken for longer than a moment. */
export function end({ cache: held, bucket: other, fleet }: Parts): void {
  held.replaced = {};
  other.replaced = {};
  if (fleet !== undefined) fleet.beforeSend = undefined;
}
