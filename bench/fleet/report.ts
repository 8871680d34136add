import type { Day } from "./day.ts";

/** What a new picture took, per picture, with so many data centres that ask for it at the same time. */
export interface Shared {
  readonly dataCentres: number;
  readonly sourceFetches: number;
  readonly encodes: Readonly<Record<string, number>>;
  readonly drafts: number;
  readonly gatewayCpuMs: number;
  readonly encoderCpuMs: number;
  readonly writes: number;
  readonly reads: number;
  readonly messages: number;
  readonly finalSeconds: number;
  readonly dollarsPerMillion: number;
  readonly embeddedDollarsPerMillion: number;
}

export interface FleetReport {
  readonly pictures: number;
  readonly shared: readonly Shared[];
  readonly days: readonly Day[];
}

const round = (value: number, digits = 0): string => value.toFixed(digits);

function describeShared(shared: readonly Shared[]): string {
  const head =
    "data centres  fetches  encodes (drafts)                  CPU ms gateways, encoder  R2 writes, reads  messages  $ per million  one Worker in each";
  const lines = shared.map((each) =>
    [
      String(each.dataCentres).padStart(12),
      round(each.sourceFetches, 1).padStart(9),
      `  ${Object.entries(each.encodes)
        .map(([format, count]) => `${format} ${round(count, 1)}`)
        .join(", ")} (${round(each.drafts, 1)})`.padEnd(36),
      `${round(each.gatewayCpuMs)}, ${round(each.encoderCpuMs)}`.padStart(24),
      `${round(each.writes, 1)}, ${round(each.reads, 1)}`.padStart(18),
      round(each.messages, 1).padStart(10),
      `$${round(each.dollarsPerMillion)}`.padStart(15),
      `$${round(each.embeddedDollarsPerMillion)}`.padStart(20),
    ].join(""),
  );
  return [head, ...lines].join("\n");
}

function describeDays(days: readonly Day[]): string {
  const head =
    "requests a day  pictures asked for  first requests  fleet: $, interim       one Worker in each: $, interim";
  const lines = days.map(({ requests, askedPictures, firstRequests, fleet, embedded }) =>
    [
      requests.toExponential(0).padStart(14),
      round(askedPictures).padStart(20),
      round(firstRequests).padStart(16),
      `$${round(fleet.dollars)}, ${round(fleet.interimShare * 100, 3)} %`.padStart(21),
      `$${round(embedded.dollars)}, ${round(embedded.interimShare * 100, 3)} %`.padStart(32),
    ].join(""),
  );
  return [head, ...lines].join("\n");
}

/** The tables of a run. */
export function describeFleet(report: FleetReport): string {
  const { shared, days } = report;
  return [
    `a new picture, with all modern classes and JPEG asked for in each data centre:\n${describeShared(shared)}`,
    `a day, a million pictures, 300 data centres:\n${describeDays(days)}`,
  ].join("\n\n");
}
