import { formatTable } from "../coefficients/table.ts";

/** What one scenario took, in bytes. */
export interface MemoryFigures {
  readonly scenario: string;
  /** The planner's figure for the dearest work on the one source; undefined where there are several. */
  readonly predicted: number | undefined;
  /** Of the isolate before the first request. */
  readonly idle: number;
  /** At most, where what is not used any more is collected all the time. */
  readonly held: number;
  /** At most, with all that the runtime has not collected yet. */
  readonly heap: number;
  /** Of the runtime's process over idle, which holds the emulated cache as well; undefined where the system does not say. */
  readonly resident: number | undefined;
  readonly answers: number;
  /** Answers other than 200. */
  readonly failures: number;
}

export interface MemoryReport {
  readonly figures: readonly MemoryFigures[];
}

/** What the heap may take: 128 MB are the platform's limit, and machine code is not counted here. */
const mostHeapBytes = 100e6;

const mb = (bytes: number | undefined): string => (bytes === undefined ? "–" : (bytes / 1e6).toFixed(0));
const judge = (bytes: number): string => (bytes <= mostHeapBytes ? "met" : "missed");

export function isMet({ held, failures }: MemoryFigures): boolean {
  return held <= mostHeapBytes && failures === 0;
}

/** The whole report as text. */
export function describeMemory({ figures }: MemoryReport): string {
  const bound = `≤ ${mb(mostHeapBytes)}`;
  const header = [
    "at once",
    "answers",
    "failed",
    "predicted",
    "idle",
    "held",
    bound,
    "heap",
    bound,
    "resident over idle",
  ];
  const rows = figures.map((row) => [
    row.scenario,
    String(row.answers),
    String(row.failures),
    mb(row.predicted),
    mb(row.idle),
    mb(row.held),
    judge(row.held),
    mb(row.heap),
    judge(row.heap),
    mb(row.resident),
  ]);
  return ["one isolate, MB", formatTable(header, rows, 1)].join("\n");
}
