import type { Burst } from "./burst.ts";
import type { Percentiles } from "./percentiles.ts";
import type { Step } from "./trace.ts";

export interface BurstReport {
  readonly pictures: number;
  /** Of one new picture, before the burst. */
  readonly trace: readonly Step[];
  readonly fleetBurst: Burst;
  readonly embeddedBurst: Burst;
}

const round = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

function describeBurst(
  name: string,
  { firstByteMs, finalSeconds, unfinished, seconds, quietHitMs, hitMs }: Burst,
): string {
  const line = (what: string, values: Percentiles | undefined): string => {
    const cells = values && [values.p50, values.p95, values.p99, values.max].map(round);
    return [name.padEnd(12), what.padEnd(24), ...(cells ?? ["none"]).map((cell) => cell.padStart(8))].join("");
  };
  return [
    line("first byte, ms", firstByteMs),
    line("final after, s", finalSeconds),
    line("hits before, ms", quietHitMs),
    line("hits meanwhile, ms", hitMs),
    `${" ".repeat(12)}${unfinished === 0 ? "all final" : `${unfinished} not final`} after ${round(seconds)} s`,
  ].join("\n");
}

function describeStep({ who, what, from, until }: Step): string {
  return `${String(from).padStart(6)} to ${String(until).padStart(6)}  ${who.padEnd(8)} ${what}`;
}

/** The tables of a run. */
export function describeBursts({ pictures, trace, fleetBurst, embeddedBurst }: BurstReport): string {
  const head = ["", "", "p50", "p95", "p99", "max"];
  const [name = "", what = "", ...shares] = head;
  return [
    `${pictures} new pictures by 20 connections`,
    [name.padEnd(12), what.padEnd(24), ...shares.map((share) => share.padStart(8))].join(""),
    describeBurst("fleet of 2", fleetBurst),
    describeBurst("one Worker", embeddedBurst),
    "",
    "one new picture in a fleet, ms since it was asked for",
    ...trace.map(describeStep),
  ].join("\n");
}
