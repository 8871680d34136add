import { isLossyWebp } from "../../src/imaging/model/settings.ts";
import { formatTable } from "../coefficients/table.ts";
import type { RunRecord } from "../record.ts";
import type { Spread } from "../hit/statistics.ts";
import type { FirstRequestResult } from "./first-request.ts";
import type { MemoryResult } from "./memory.ts";
import type { StartResult } from "./start-up.ts";
import type { EncodeResult } from "./timing.ts";

/** All that is printed. */
export interface EncodeReport {
  readonly results: readonly EncodeResult[];
  readonly verdicts: readonly TargetVerdict[];
  readonly memory: readonly MemoryResult[];
  readonly starts: readonly StartResult[];
  readonly firstRequests: readonly FirstRequestResult[];
  readonly renewed?: readonly Renewed[];
}

/** A codec whose times and memory are newer than the record, and where they were measured. */
export interface Renewed extends RunRecord {
  readonly codec: string;
}

/** The whole report as text. */
export function describeEncodes({
  results,
  verdicts,
  memory,
  starts,
  firstRequests,
  renewed = [],
}: EncodeReport): string {
  const compared = results.filter(({ tool }) => tool !== undefined);
  return [
    "milliseconds per megapixel, one thread each, in workerd and by sharp at the same settings; medians (lowest–highest), ratios of rounds in turns",
    timingTable(results),
    ...renewed.map(describeRenewed),
    "\nbeside the formats' own tools, in the same rounds",
    compared.length === 0 ? "skipped: the tools are not installed" : toolTable(compared),
    `\n${describeVerdicts(verdicts)}`,
    "\npeak memory of one run, its input not counted: WASM memory of a new instance; more bytes resident than before, after a tiny picture, in workerd and in Node.js with sharp",
    memory.length === 0 ? "skipped: this system has no /proc/self/clear_refs" : memoryTable(results, memory),
    "\nfirst use of each codec, a picture of 16 × 16, timed from outside: in a new isolate, where code is still to be compiled, and with a new instance of compiled code",
    startTable(starts),
    "\nfirst request of a picture that no cache has, through the built Worker, origin on the same machine: until the first byte, until the final variant is stored, and all processor time, of what is made for other clients too",
    firstRequestTable(firstRequests),
  ].join("\n");
}

function describeRenewed({ codec, date, machine: { cpu, cores, node, loadBefore } }: Renewed): string {
  return `times and memory of ${codec}: ${date.slice(0, 10)}; ${cores} cores of ${cpu}, Node.js ${node.slice(1)}, load ${loadBefore} before`;
}

/** How many times sharp's time lossy WebP of method 4 may take. */
export const webpTargetRatio = 1.6;

/** One comparison with the target. */
export interface TargetVerdict {
  readonly settings: string;
  readonly megapixels: number;
  readonly native: string;
  readonly ratio: Spread;
  readonly met: boolean;
}

/** With fewer rounds, chance would decide. */
const leastJudgedRounds = 5;

/** The median decides; the spread is of alternating rounds. */
export function judgeWebp(results: readonly EncodeResult[]): TargetVerdict[] {
  return results
    .filter(({ rounds }) => rounds >= leastJudgedRounds)
    .filter(({ encodeSettings: made }) => made !== undefined && isLossyWebp(made, "libwebp") && made.method === 4)
    .flatMap(({ settings, megapixels, ratio, tool }) =>
      [{ native: "sharp", ratio }, ...(tool === undefined ? [] : [{ native: tool.name, ratio: tool.ratio }])].flatMap(
        (compared) =>
          compared.ratio === undefined
            ? []
            : [
                {
                  settings,
                  megapixels,
                  ...compared,
                  ratio: compared.ratio,
                  met: compared.ratio.median <= webpTargetRatio,
                },
              ],
      ),
    );
}

function describeVerdicts(verdicts: readonly TargetVerdict[]): string {
  const lines = verdicts.map(
    ({ settings, megapixels, native, ratio, met }) =>
      `  ${settings}, ${megapixels.toFixed(2)} MP: ${withSpread(ratio, 2).join(" ")} times ${native}: ${met ? "met" : "missed"}`,
  );
  return [`WebP m4 in workerd (target ≤ ${webpTargetRatio} × native, rounds in turns):`, ...lines].join("\n");
}

const withSpread = ({ median, lowest, highest }: Spread, digits: number): [string, string] => [
  median.toFixed(digits),
  `(${lowest.toFixed(digits)}–${highest.toFixed(digits)})`,
];

const columnsOf = (spread: Spread | undefined, digits: number): [string, string] =>
  spread === undefined ? ["", ""] : withSpread(spread, digits);

function timingTable(results: readonly EncodeResult[]): string {
  const header = [
    ...sharedColumns,
    "rounds",
    "workerd ms/MP",
    "(spread)",
    "sharp ms/MP",
    "(spread)",
    "ratio",
    "(spread)",
    "bytes",
    "sharp's",
  ];
  const rows = results.map((result) => [
    ...caseOf(result),
    `${result.rounds}`,
    ...withSpread(result.workerd, 0),
    ...columnsOf(result.native, 0),
    ...columnsOf(result.ratio, 2),
    `${result.bytesWorkerd}`,
    `${result.bytesNative ?? ""}`,
  ]);
  return formatTable(header, rows, 2);
}

function toolTable(results: readonly EncodeResult[]): string {
  const header = [
    ...sharedColumns,
    "workerd ms/MP",
    "tool",
    "ms/MP",
    "(spread)",
    "ratio",
    "(spread)",
    "bytes",
    "tool's",
  ];
  const rows = results.map((result) => [
    ...caseOf(result),
    result.workerd.median.toFixed(0),
    result.tool?.name ?? "",
    ...columnsOf(result.tool?.msPerMegapixel, 0),
    ...columnsOf(result.tool?.ratio, 2),
    `${result.bytesWorkerd}`,
    `${result.bytesTool ?? ""}`,
  ]);
  return formatTable(header, rows, 2);
}

const sharedColumns = ["codec", "settings", "MP"] as const;

function caseOf({ codec, settings, megapixels }: EncodeResult | MemoryResult): string[] {
  return [codec, settings, megapixels.toFixed(2)];
}

function memoryTable(results: readonly EncodeResult[], memory: readonly MemoryResult[]): string {
  const header = ["codec", "settings", "MP", "WASM MB", "per MP", "resident MB", "per MP", "sharp's MB", "per MP"];
  const rows = memory.map((result) => {
    const { codec, settings, megapixels, workerdMegabytes, nativeMegabytes } = result;
    const timed = results.find(
      (each) => each.codec === codec && each.settings === settings && each.megapixels === megapixels,
    );
    const both = (megabytes: number | undefined): string[] =>
      megabytes === undefined ? ["", ""] : [megabytes.toFixed(1), (megabytes / megapixels).toFixed(0)];
    return [...caseOf(result), ...both(timed?.wasmMegabytes), ...both(workerdMegabytes), ...both(nativeMegabytes)];
  });
  return formatTable(header, rows, 2);
}

function startTable(results: readonly StartResult[]): string {
  const header = [
    "codec",
    "isolates",
    "first use ms",
    "(spread)",
    "next",
    "(spread)",
    "start, new isolate",
    "(spread)",
    "start, compiled",
    "(spread)",
  ];
  const rows = results.map(({ codec, isolates, first, next, newIsolate, newInstance }) => [
    codec,
    `${isolates}`,
    ...[first, next, newIsolate, newInstance].flatMap((spread) => withSpread(spread, 1)),
  ]);
  return formatTable(header, rows, 1);
}

function firstRequestTable(results: readonly FirstRequestResult[]): string {
  const header = [
    "client",
    "picture",
    "first answer, then",
    "kB",
    "pictures",
    "first byte ms",
    "(spread)",
    "final stored ms",
    "(spread)",
    "CPU ms",
    "(spread)",
  ];
  const rows = results.map((result, index) => [
    result.client === results[index - 1]?.client ? "" : result.client,
    result.picture,
    result.first === result.final ? result.final : `${result.first}; ${result.final}`,
    (result.sourceBytes / 1000).toFixed(0),
    `${result.pictures}`,
    ...[result.firstByteMs, result.finalMs, result.cpuMs].flatMap((spread) => withSpread(spread, 0)),
  ]);
  return formatTable(header, rows, 3);
}
