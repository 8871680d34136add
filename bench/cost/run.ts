import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { formatTable } from "../coefficients/table.ts";
import { type ImageWork, type Measured, readMeasured, type Step, type StoredForm } from "./measured.ts";
import { prices } from "./prices.ts";

/** Who asks for a picture, and what is made and kept for them. */
interface Audience {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Entries of the cache: the original, each variant, and an answer per class. */
  readonly stored: readonly StoredForm[];
}

const audiences: readonly Audience[] = [
  { name: "webp (EAGER=webp)", steps: ["decode", "draft", "webp"], stored: ["source", "webp", "webp"] },
  {
    name: "avif+webp, webp",
    steps: ["decode", "draft", "webp", "avif"],
    stored: ["source", "webp", "avif", "avif", "webp"],
  },
  {
    name: "… and jxl+avif+webp",
    steps: ["decode", "draft", "webp", "avif", "jxl"],
    stored: ["source", "webp", "avif", "jxl", "avif", "webp", "avif"],
  },
  {
    name: "… and baseline",
    steps: ["decode", "draft", "webp", "avif", "jxl", "packed"],
    stored: ["source", "webp", "avif", "jxl", "packed", "avif", "webp", "avif", "packed"],
  },
];

const million = 1e6;
/** The picture of the tables of growth: what a shop or a newspaper shows. */
const usualMegapixels = 1;
const usualAudience = 2;
const imageCounts = [10_000, 100_000, 1_000_000] as const;
/** Data centres that encode a picture in a month; each has a cache of its own. */
const dataCentres = [1, 10, 50] as const;
const hitsPerImage = 1000;

interface AudienceCost {
  readonly audience: string;
  readonly megapixels: number;
  readonly cpuMs: number;
  /** Dollars per million pictures, each encoded once: processor time and the request that starts it. */
  readonly perMillionImages: number;
  readonly storedGigabytesPerMillionImages: number;
  /** Dollars a month per million pictures if the variants and the original were kept in R2, once. */
  readonly r2Month: number;
}

interface MonthCost {
  readonly images: number;
  readonly dataCentres: number;
  readonly encoding: number;
  readonly hits: number;
  readonly total: number;
  /** Cloudflare Images: one transformation per picture, and the same requests through a Worker. */
  readonly cloudflareImages: number;
}

/**
 * Turns the results of the other benchmarks into dollars on Cloudflare's price list, beside Cloudflare Images. Prints
 * tables and writes `bench/results/cost.json`. Takes no time; the other benchmarks have to have run once.
 */
export function runCostBench(): void {
  const measured = readMeasured();
  const hitCpuMs = measured.hitCpuMicroseconds / 1000;
  const millionHits = prices.millionRequests + hitCpuMs * prices.millionCpuMs;
  const costs = measured.work.flatMap((work) => audiences.map((audience) => costOf(audience, work, measured)));
  const usual = costs.filter(({ megapixels }) => megapixels === usualMegapixels);
  const perMillionImages = usual[usualAudience]?.perMillionImages ?? Number.NaN;
  const images = prices.images.thousandTransformations * 1000;
  const months = imageCounts.flatMap((count) =>
    dataCentres.map((centres) => monthOf(count, centres, perMillionImages, millionHits)),
  );
  const evenAt = images / perMillionImages;

  console.log(
    [
      `a million hits: $${millionHits.toFixed(3)} ($${prices.millionRequests.toFixed(2)} for requests,`,
      `$${(hitCpuMs * prices.millionCpuMs).toFixed(3)} for ${measured.hitCpuMicroseconds.toFixed(0)} µs of CPU each;`,
      `$${(prices.millionRequests + prices.millionCpuMs).toFixed(2)} if every hit were billed a whole millisecond)`,
    ].join(" "),
  );
  console.log(`\na million new JPEG photographs, each encoded once (Cloudflare Images: $${images.toFixed(0)}):`);
  console.log(imageTable(costs));
  console.log(
    `\na month of ${usualMegapixels} MP photographs, asked for by all modern classes, ${hitsPerImage} hits each, what the plan includes left out:`,
  );
  console.log(monthTable(months));
  console.log(
    `each data centre has a cache of its own: encoding costs as much as Cloudflare Images where a picture is encoded in ${evenAt.toFixed(0)} of them a month`,
  );

  const record = {
    date: new Date().toISOString(),
    command: "npm run bench -- cost",
    machine: { cpu: cpus()[0]?.model.trim() ?? "unknown", cores: cpus().length, node: process.version },
    measured: measured.dates,
    prices,
    hit: { cpuMicroseconds: measured.hitCpuMicroseconds, perMillion: millionHits },
    images: costs,
    months,
    evenWithCloudflareImagesAtDataCentres: evenAt,
  };
  const results = fileURLToPath(new URL("../results/", import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}cost.json`, `${JSON.stringify(record, undefined, 2)}\n`);
}

function costOf({ name, steps, stored }: Audience, work: ImageWork, measured: Measured): AudienceCost {
  const cpuMs = steps.reduce((sum, step) => sum + work.ms[step], 0);
  const weight = (forms: readonly StoredForm[]): number =>
    (forms.reduce((sum, form) => sum + measured.bytesPerMegapixel[form], 0) * work.megapixels * million) / 1e9;
  const kept = [...new Set(stored)];
  return {
    audience: name,
    megapixels: work.megapixels,
    cpuMs,
    perMillionImages: cpuMs * prices.millionCpuMs + prices.millionRequests,
    storedGigabytesPerMillionImages: weight(stored),
    r2Month: weight(kept) * prices.r2.gigabyteMonth,
  };
}

function monthOf(images: number, centres: number, perMillionImages: number, millionHits: number): MonthCost {
  const encoding = ((images * centres) / million) * perMillionImages;
  const hits = ((images * hitsPerImage) / million) * millionHits;
  const transformed = (images / 1000) * prices.images.thousandTransformations;
  return {
    images,
    dataCentres: centres,
    encoding,
    hits,
    total: encoding + hits,
    cloudflareImages: transformed + hits,
  };
}

const dollars = (value: number): string => `$${value < 10 ? value.toFixed(2) : value.toFixed(0)}`;

function imageTable(costs: readonly AudienceCost[]): string {
  const header = ["MP", "asked for by", "CPU ms each", "per million", "of Images", "GB in each cache", "in R2 a month"];
  const rows = costs.map((cost, index) => [
    costs[index - 1]?.megapixels === cost.megapixels ? "" : `${cost.megapixels}`,
    cost.audience,
    cost.cpuMs.toFixed(0),
    dollars(cost.perMillionImages),
    `${((cost.perMillionImages / (prices.images.thousandTransformations * 1000)) * 100).toFixed(1)} %`,
    cost.storedGigabytesPerMillionImages.toFixed(0),
    dollars(cost.r2Month),
  ]);
  return formatTable(header, rows, 2);
}

function monthTable(months: readonly MonthCost[]): string {
  const header = ["images", "data centres", "encoding", "hits", "together", "Cloudflare Images"];
  const rows = months.map(({ images, dataCentres: centres, encoding, hits, total, cloudflareImages }, index) => [
    months[index - 1]?.images === images ? "" : images.toLocaleString("en"),
    `${centres}`,
    dollars(encoding),
    dollars(hits),
    dollars(total),
    dollars(cloudflareImages),
  ]);
  return formatTable(header, rows, 0);
}
