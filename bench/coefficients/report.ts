import type { Spread } from "../hit/statistics.ts";
import type { BytesResult, Writer } from "./bytes.ts";
import type { MemoryResult } from "./memory.ts";
import { formatTable, verdict } from "./table.ts";
import type { TimingResult } from "./timing.ts";

/** Least share of the source's bytes to save, in percent, over all. */
export const savingTargets = { optimised: 4, jxl: 14, "jxl-lossy": 50 } as const;

/** All that is printed. */
export interface CoefficientReport {
  readonly timing: readonly TimingResult[];
  readonly memory: readonly MemoryResult[];
  readonly bytes: readonly BytesResult[];
}

/** The whole report as text. */
export function describeCoefficients({ timing, memory, bytes }: CoefficientReport): string {
  return [
    "warm, in workerd: ms per megapixel by the clock, and of processor time, which the targets judge; median (lowest–highest).",
    "Beside it: how many times less processor time than JPEG → WebP; that of a whole first run in a new process",
    timingTable(timing),
    "\npeak memory above idle in MB, source included",
    memory.length === 0 ? "skipped: this system has no /proc/self/clear_refs" : memoryTable(memory),
    "\nbytes of the corpus's photographs",
    bytes.length === 0 ? "skipped: no ../shared/corpus" : `${bytesTable(bytes)}\n${savingVerdicts(bytes)}`,
  ].join("\n");
}

const names: Readonly<Record<TimingResult["work"], string>> = {
  read: "read",
  optimised: "optimised JPEG",
  "jpeg-lossy": "lossy JPEG",
  jxl: "JPEG XL",
  "jxl-exact": "JPEG XL, exact",
  "jxl-lossy": "JPEG XL, lossy",
  webp: "to WebP m4",
};

function timingTable(results: readonly TimingResult[]): string {
  const header = [
    "JPEG, 4:2:0",
    "bytes",
    "work",
    "ms/MP",
    "(spread)",
    "CPU",
    "(spread)",
    "than WebP",
    "saved",
    "cold",
    "target",
  ];
  const rows = results.map((result, index) => {
    const kind = `${result.megapixels.toFixed(0)} MP ${result.progressive ? "progressive" : "baseline"}, ${result.detail}`;
    const columns = (spread: Spread): string[] => [
      spread.median.toFixed(0),
      `(${spread.lowest.toFixed(0)}–${spread.highest.toFixed(0)})`,
    ];
    const isNew = result.bytesBefore !== results[index - 1]?.bytesBefore;
    return [
      isNew ? kind : "",
      isNew ? `${result.bytesBefore}` : "",
      names[result.work],
      ...columns(result.msPerMegapixel),
      ...columns(result.cpuMsPerMegapixel),
      `${result.timesFasterThanWebp.toFixed(1)} ×`,
      result.bytesAfter === 0 ? "" : `${((1 - result.bytesAfter / result.bytesBefore) * 100).toFixed(1)} %`,
      result.coldMilliseconds?.toFixed(0) ?? "",
      result.target === undefined ? "" : verdict(`≤ ${result.target}`, result.met === true),
    ];
  });
  return formatTable(header, rows, 1);
}

const formats: Readonly<Record<MemoryResult["format"], string>> = {
  jxl: "JPEG XL",
  jpeg: "optimised JPEG",
  "jxl-lossy": "JPEG XL, lossy",
  "jpeg-lossy": "lossy JPEG",
};

function memoryTable(results: readonly MemoryResult[]): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const header = ["JPEG", "to", "source MB", "workerd", "target", "engine", "predicted"];
  const rows = results.map((result) => [
    `${result.megapixels.toFixed(0)} MP ${result.form.progressive ? "progressive" : "baseline"} ${result.form.chromaSubsampling}`,
    formats[result.format],
    megabytes(result.sourceBytes),
    megabytes(result.workerdBytes),
    verdict(`≤ ${result.targetMegabytes}`, result.met),
    megabytes(result.engineBytes),
    `${megabytes(result.predictedBytes)}: ${result.boundHolds ? "holds" : "exceeded"}`,
  ]);
  return formatTable(header, rows, 2);
}

/** Percent of the source's bytes; NaN where the tool is missing. */
export function savedPercent({ totals }: BytesResult, writer: Writer): number {
  return (1 - (totals[writer] ?? Number.NaN) / (totals.source ?? Number.NaN)) * 100;
}

const writerNames: Readonly<Record<Writer, string>> = {
  source: "source",
  jpegtran: "jpegtran",
  optimised: "optimised JPEG",
  "jpeg-lossy": "lossy JPEG",
  cjxl: "cjxl",
  jxl: "JPEG XL",
  "jxl-exact": "JPEG XL, exact",
  "jxl-lossy": "JPEG XL, lossy",
};

function bytesTable(results: readonly BytesResult[]): string {
  const writers = Object.keys(writerNames) as Writer[];
  // Results that were recorded before a writer came lack it.
  const shown = writers.filter((writer) => results.every(({ totals }) => writer in totals));
  const header = ["folder", "files", ...shown.map((writer) => writerNames[writer])];
  const rows = results.map((result) => [
    result.folder,
    `${result.files}`,
    ...shown.map((writer) => {
      const total = result.totals[writer];
      if (total === null) return "not installed";
      return writer === "source" ? `${total}` : `${total} (−${savedPercent(result, writer).toFixed(1)} %)`;
    }),
  ]);
  return formatTable(header, rows, 1);
}

function savingVerdicts(results: readonly BytesResult[]): string {
  const everything = results.find(({ folder }) => folder === "all");
  if (everything === undefined) return "";
  return (Object.keys(savingTargets) as (keyof typeof savingTargets)[])
    .filter((writer) => writer in everything.totals)
    .map((writer) => {
      const saved = savedPercent(everything, writer);
      return `${writerNames[writer]} saves ${saved.toFixed(1)} % (${verdict(`target ≥ ${savingTargets[writer]}`, saved >= savingTargets[writer])})`;
    })
    .join(", ");
}
