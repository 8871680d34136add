import { formatTable } from "../coefficients/table.ts";
import type { prices as priceList } from "./prices.ts";

/** The cost of the pictures of one size that one audience requests. */
export interface AudienceCost {
  readonly audience: string;
  readonly megapixels: number;
  readonly cpuMs: number;
  /** Dollars per million pictures, each encoded once: processor time and the request that starts it. */
  readonly perMillionImages: number;
  readonly storedGigabytesPerMillionImages: number;
  /** Dollars a month per million pictures if the variants and the original were kept in R2, once. */
  readonly r2Month: number;
}

export interface MonthCost {
  readonly images: number;
  readonly dataCentres: number;
  readonly encoding: number;
  readonly hits: number;
  readonly total: number;
  /** Cloudflare Images: one transformation per picture, and the same requests through a Worker. */
  readonly cloudflareImages: number;
}

/** All that is printed. */
export interface CostReport {
  readonly prices: typeof priceList;
  readonly hit: { readonly cpuMicroseconds: number; readonly perMillion: number };
  readonly images: readonly AudienceCost[];
  readonly months: readonly MonthCost[];
  readonly evenWithCloudflareImagesAtDataCentres: number;
}

/** The picture of the tables of growth: what a shop or a newspaper shows. */
export const usualMegapixels = 1;
export const hitsPerImage = 1000;

/** The whole report as text. */
export function describeCosts(report: CostReport): string {
  const { prices, hit, images, months } = report;
  const million = prices.images.thousandTransformations * 1000;
  const cpu = (hit.cpuMicroseconds / 1000) * prices.millionCpuMs;
  return [
    [
      `a million hits: $${hit.perMillion.toFixed(3)} ($${prices.millionRequests.toFixed(2)} for requests,`,
      `$${cpu.toFixed(3)} for ${hit.cpuMicroseconds.toFixed(0)} µs of CPU each;`,
      `$${(prices.millionRequests + prices.millionCpuMs).toFixed(2)} if every hit were billed a whole millisecond)`,
    ].join(" "),
    `\na million new JPEG photographs, each encoded once (Cloudflare Images: $${million.toFixed(0)}):`,
    imageTable(images, million),
    `\na month of ${usualMegapixels} MP photographs, asked for by all modern classes, ${hitsPerImage} hits each, what the plan includes left out:`,
    monthTable(months),
    `each data centre has a cache of its own: encoding costs as much as Cloudflare Images where a picture is encoded in ${report.evenWithCloudflareImagesAtDataCentres.toFixed(0)} of them a month`,
  ].join("\n");
}

const dollars = (value: number): string => `$${value < 10 ? value.toFixed(2) : value.toFixed(0)}`;

function imageTable(costs: readonly AudienceCost[], imagesPerMillion: number): string {
  const header = ["MP", "asked for by", "CPU ms each", "per million", "of Images", "GB in each cache", "in R2 a month"];
  const rows = costs.map((cost, index) => [
    costs[index - 1]?.megapixels === cost.megapixels ? "" : `${cost.megapixels}`,
    cost.audience,
    cost.cpuMs.toFixed(0),
    dollars(cost.perMillionImages),
    `${((cost.perMillionImages / imagesPerMillion) * 100).toFixed(1)} %`,
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
