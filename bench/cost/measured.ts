import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What the other benchmarks found out; each figure keeps the date of its run. */
export interface Measured {
  readonly dates: Readonly<Record<string, string>>;
  /** Microseconds of one processor per hit, the runtime's cache service included. */
  readonly hitCpuMicroseconds: number;
  /** Milliseconds of work for one picture of this many megapixels. */
  readonly work: readonly ImageWork[];
  /** Mean bytes per megapixel of the photographs of quality 80–92; what a picture of one class weighs. */
  readonly bytesPerMegapixel: Readonly<Record<StoredForm, number>>;
}

export type Step = "decode" | "webp" | "avif" | "jxl" | "optimised";
export type StoredForm = "source" | "webp" | "avif" | "jxl" | "optimised";

export interface ImageWork {
  readonly megapixels: number;
  readonly ms: Readonly<Record<Step, number>>;
}

interface HitResults {
  readonly date: string;
  readonly results: readonly {
    readonly connections: number;
    readonly figures: { readonly real: { readonly cpuMicroseconds: { readonly median: number } } };
  }[];
}

interface EncodeResults {
  readonly date: string;
  readonly results: readonly {
    readonly codec: string;
    readonly settings: string;
    readonly megapixels: number;
    readonly workerd: { readonly median: number };
  }[];
  readonly firstRequests: readonly {
    readonly client: string;
    readonly picture: string;
    readonly cpuMs: { readonly median: number };
  }[];
}

interface RowsResults {
  readonly date: string;
  readonly results: readonly { readonly megapixels: number; readonly searched: { readonly median: number } }[];
}

interface CoefficientResults {
  readonly date: string;
  readonly timing: readonly {
    readonly work: string;
    readonly megapixels: number;
    readonly progressive: boolean;
    readonly cpuMsPerMegapixel: { readonly median: number };
  }[];
}

interface BytesResults {
  readonly date: string;
  readonly pictures: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly megapixels: number;
    readonly quality?: number;
    readonly served: readonly { readonly client: string; readonly format: string; readonly bytes: number }[];
  }[];
}

/** Hits are judged at this many connections, as in the benchmark of hits. */
const judgedConnections = 16;

/** Megapixels of the first requests that the benchmark of encoders measures, of clients with AVIF. */
const sizes = [0.25, 1] as const;

/** Reads the other benchmarks' results. Throws when one of them has never run. */
export function readMeasured(): Measured {
  const hit = readResults("hit") as HitResults;
  const encode = readResults("encode") as EncodeResults;
  const coefficients = readResults("coefficients") as CoefficientResults;
  const bytes = readResults("bytes") as BytesResults;
  const rows = readResults("webp-rows") as RowsResults;
  return {
    dates: {
      hit: hit.date,
      encode: encode.date,
      coefficients: coefficients.date,
      bytes: bytes.date,
      webpRows: rows.date,
    },
    hitCpuMicroseconds: required(
      hit.results.find(({ connections }) => connections === judgedConnections),
      "hits at 16 connections",
    ).figures.real.cpuMicroseconds.median,
    work: sizes.map((megapixels) => ({ megapixels, ms: workOf(megapixels, encode, coefficients, rows) })),
    bytesPerMegapixel: weigh(bytes),
  };
}

function readResults(name: string): unknown {
  const file = fileURLToPath(new URL(`../results/${name}.json`, import.meta.url));
  if (!existsSync(file)) throw new Error(`bench/results/${name}.json is missing: npm run bench -- ${name}`);
  return JSON.parse(readFileSync(file, "utf8"));
}

function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`the results have no ${what}`);
  return value;
}

function workOf(
  megapixels: number,
  encode: EncodeResults,
  coefficients: CoefficientResults,
  rows: RowsResults,
): ImageWork["ms"] {
  const isSize = (result: { readonly megapixels: number }): boolean =>
    Math.abs(result.megapixels - megapixels) < megapixels / 10;
  const rewriting = (work: string): number => {
    const found = coefficients.timing
      .filter((timing) => timing.work === work && !timing.progressive)
      .toSorted((a, b) => Math.abs(a.megapixels - megapixels) - Math.abs(b.megapixels - megapixels))[0];
    return required(found, work).cpuMsPerMegapixel.median * megapixels;
  };
  const decode = encode.results.find(
    (result) => isSize(result) && result.codec === "jpeg decode" && result.settings === "sequential",
  );
  const everything = encode.firstRequests.find(
    ({ client, picture }) => client === "avif+webp" && picture === `${megapixels} MP JPEG`,
  );
  const decodeMs = required(decode, "decoded JPEG").workerd.median * megapixels;
  const bySize = rows.results.toSorted(
    (a, b) => Math.abs(a.megapixels - megapixels) - Math.abs(b.megapixels - megapixels),
  );
  const webp = required(bySize[0], "WebP by rows").searched.median * megapixels;
  return {
    decode: decodeMs,
    webp,
    // What is left of the whole: all encodes, what looking at them takes, hashes and storing.
    avif: required(everything, `first request of ${megapixels} MP`).cpuMs.median - decodeMs - webp,
    jxl: rewriting("jxl"),
    optimised: rewriting("optimised"),
  };
}

/** Of all bytes and all pixels of the photographs, so that large pictures count for what they are. */
function weigh({ pictures }: BytesResults): Measured["bytesPerMegapixel"] {
  const photographs = pictures.filter(
    ({ path, quality = 0 }) => /^(?:jpeg|photos)\//.test(path) && quality >= 80 && quality <= 92,
  );
  const pixels = photographs.reduce((sum, { megapixels }) => sum + megapixels, 0);
  const perMegapixel = (bytesOf: (picture: BytesResults["pictures"][number]) => number): number =>
    photographs.reduce((sum, picture) => sum + bytesOf(picture), 0) / pixels;
  const served = (client: string): number =>
    perMegapixel((picture) => picture.served.find((answer) => answer.client === client)?.bytes ?? picture.bytes);
  return {
    source: perMegapixel(({ bytes }) => bytes),
    webp: served("webp"),
    avif: served("avif"),
    jxl: served("jxl"),
    optimised: served("baseline"),
  };
}
