import { describeRun, writeRecord } from "../record.ts";
import { type ImageWork, type Measured, readMeasured, type Step, type StoredForm } from "./measured.ts";
import { prices } from "./prices.ts";
import {
  type AudienceCost,
  type CostReport,
  describeCosts,
  hitsPerImage,
  type MonthCost,
  usualMegapixels,
} from "./report.ts";

/** The clients that request a picture, and what is made and kept for them. */
interface Audience {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Entries of the cache: the original, each variant, and an answer per class. */
  readonly stored: readonly StoredForm[];
}

const audiences: readonly Audience[] = [
  { name: "webp (EAGER=webp)", steps: ["decode", "webp"], stored: ["source", "webp", "webp"] },
  {
    name: "avif+webp, webp",
    steps: ["decode", "webp", "avif"],
    stored: ["source", "webp", "avif", "avif", "webp"],
  },
  {
    name: "… and jxl+avif+webp",
    steps: ["decode", "webp", "avif", "jxl"],
    stored: ["source", "webp", "avif", "jxl", "avif", "webp", "avif"],
  },
  {
    name: "… and baseline",
    steps: ["decode", "webp", "avif", "jxl", "optimised"],
    stored: ["source", "webp", "avif", "jxl", "optimised", "avif", "webp", "avif", "optimised"],
  },
];

const million = 1e6;
const usualAudience = 2;
const imageCounts = [10_000, 100_000, 1_000_000] as const;
/** Data centres that encode a picture in a month; each has a cache of its own. */
const dataCentres = [1, 10, 50] as const;

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

  const report: CostReport = {
    prices,
    hit: { cpuMicroseconds: measured.hitCpuMicroseconds, perMillion: millionHits },
    images: costs,
    months,
    evenWithCloudflareImagesAtDataCentres: images / perMillionImages,
  };
  console.log(describeCosts(report));
  writeRecord("cost", { ...describeRun("cost"), measured: measured.dates, ...report });
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
