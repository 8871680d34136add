import { formatTable } from "../coefficients/table.ts";

/** What one scenario took. */
export interface MemoryFigures {
  readonly scenario: string;
  /** Of the isolate, before the first request and at most. */
  readonly idleHeapBytes: number;
  readonly peakHeapBytes: number;
  /** Of the runtime's process over idle, which holds the emulated cache as well; undefined where the system does not say. */
  readonly residentBytes: number | undefined;
  readonly answers: number;
  /** Answers other than 200. */
  readonly failures: number;
  readonly met: boolean;
}

export interface MemoryReport {
  readonly figures: readonly MemoryFigures[];
}

/** What the heap may take: 128 MB are the platform's limit, and machine code is not counted here. */
export const mostHeapBytes = 100e6;

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** The whole report as text. */
export function describeMemory({ figures }: MemoryReport): string {
  const header = ["at once", "answers", "failed", "idle", "heap", `≤ ${mb(mostHeapBytes)}`, "resident over idle"];
  const rows = figures.map((row) => [
    row.scenario,
    String(row.answers),
    String(row.failures),
    mb(row.idleHeapBytes),
    mb(row.peakHeapBytes),
    row.met ? "met" : "missed",
    row.residentBytes === undefined ? "–" : mb(row.residentBytes),
  ]);
  return ["one isolate, MB", formatTable(header, rows, 1)].join("\n");
}
