import { formatTable, verdict } from "../coefficients/table.ts";
import type { FirstRequestResult } from "../encode/first-request.ts";
import { spreadOf } from "../hit/statistics.ts";

export interface PhotographResult {
  readonly name: string;
  readonly set: "corpus and demo" | "others";
  readonly quality: number;
  readonly sourceBytes: number;
  readonly bytes: number;
  /** SSIMULACRA 2 by independent decoders; null without them. */
  readonly score: number | null;
}

/** All that is printed. */
export interface PromisesReport {
  readonly photographs: readonly PhotographResult[];
  readonly firstRequests: readonly FirstRequestResult[];
}

const promised = { savedPercent: 50, medianScore: 76, leastScore: 68 } as const;
const promisedOfLarge: Readonly<Record<string, number>> = { webp: 25, jxl: 40 };

export function describePromises({ photographs, firstRequests }: PromisesReport): string {
  return [
    "JPEG XL from the coefficients of photographs, quality 80 and more",
    photographs.length === 0 ? "skipped: no photographs" : describePhotographs(photographs),
    "\nthe first request for 24 megapixels, through the Worker",
    describeFirst(firstRequests),
  ].join("\n");
}

function describePhotographs(photographs: readonly PhotographResult[]): string {
  const header = ["photographs", "files", "saved: mean", "least", "score: median", "lowest"];
  const sets = ["corpus and demo", "others", "all"] as const;
  const rows = sets.map((set) => summarise(set, photographs));
  const all = photographs.map(savedPercent);
  const scores = photographs.flatMap(({ score }) => score ?? []);
  const verdicts = [
    verdict(`saved ≥ ${promised.savedPercent} %`, meanOf(all) >= promised.savedPercent),
    ...(scores.length === 0
      ? []
      : [
          verdict(`median ≥ ${promised.medianScore}`, medianOf(scores) >= promised.medianScore),
          verdict(`lowest ≥ ${promised.leastScore}`, Math.min(...scores) >= promised.leastScore),
        ]),
  ];
  return `${formatTable(header, rows, 1)}\n${verdicts.join(", ")}`;
}

function summarise(set: PhotographResult["set"] | "all", photographs: readonly PhotographResult[]): string[] {
  const own = photographs.filter((each) => set === "all" || each.set === set);
  if (own.length === 0) return [set, "0", "", "", "", ""];
  const saved = own.map(savedPercent);
  const scores = own.flatMap(({ score }) => score ?? []);
  const shown = (value: number): string => (scores.length === 0 ? "" : value.toFixed(1));
  return [
    set,
    String(own.length),
    `${meanOf(saved).toFixed(1)} %`,
    `${Math.min(...saved).toFixed(1)} %`,
    shown(medianOf(scores)),
    shown(Math.min(...scores)),
  ];
}

function savedPercent({ sourceBytes, bytes }: Pick<PhotographResult, "sourceBytes" | "bytes">): number {
  return 100 * (1 - bytes / sourceBytes);
}

function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function describeFirst(results: readonly FirstRequestResult[]): string {
  const header = ["client", "gets", "source", "bytes", "saved", "first byte ms", "promised"];
  const rows = results.map(({ client, first, sourceBytes, firstBytes, firstByteMs }) => {
    const saved = savedPercent({ sourceBytes, bytes: firstBytes });
    const least = promisedOfLarge[client] ?? 0;
    return [
      client,
      first,
      String(sourceBytes),
      String(firstBytes),
      `${saved.toFixed(1)} %`,
      firstByteMs.median.toFixed(0),
      verdict(`≥ ${least} %`, saved >= least),
    ];
  });
  return formatTable(header, rows, 2);
}
