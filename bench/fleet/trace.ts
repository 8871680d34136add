/** The time line of one new picture in a fleet: what its gateway and the encoder did, and when. */
import { setTimeout as pause } from "node:timers/promises";
import type { LocalFleet } from "../../scripts/fleet/launch.ts";
import type { Call } from "../../scripts/fleet/workers/counted-bucket.ts";
import type { CountingOrigin } from "./pictures.ts";

/** One step, in milliseconds since the request. */
export interface Step {
  readonly who: "client" | "gateway" | "origin" | "encoder";
  readonly what: string;
  readonly from: number;
  readonly until: number;
}

/** Milliseconds between two requests of the client that waits for the final answer. */
const askEveryMs = 250;

/** Asks for a new picture, and then for it again until its answer is final. */
export async function traceNew(
  fleet: LocalFleet,
  origin: CountingOrigin,
  path: string,
  accept: string,
): Promise<readonly Step[]> {
  const url = fleet.urls[0] + path;
  const start = Date.now();
  const steps: Step[] = [];
  const say = (who: Step["who"], what: string, from: number, until: number): void =>
    void steps.push({ who, what, from: from - start, until: until - start });
  for (let isFirst = true; ; isFirst = false) {
    const asked = Date.now();
    const response = await fetch(url, { headers: { accept } });
    const answered = Date.now();
    await response.arrayBuffer();
    const verdict = response.headers.get("edge-imaging") ?? "";
    const isFinal = !verdict.includes("reason=interim");
    const format = /format=([\w-]+)/.exec(verdict)?.[1] ?? "?";
    if (isFirst || isFinal) say("client", `${isFirst ? "first" : "final"} answer, ${format}`, asked, answered);
    if (isFinal) break;
    await pause(askEveryMs);
  }
  const read = async (from: string): Promise<readonly Call[]> =>
    ((await (await fetch(`${from}/_fleet/counts`)).json()) as { readonly calls: readonly Call[] }).calls;
  const isOfThis = ({ from }: Call): boolean => from >= start;
  for (const each of origin.calls().filter(isOfThis)) say("origin", each.what, each.from, each.until);
  for (const each of (await read(fleet.urls[0] ?? "")).filter(isOfThis))
    say("gateway", each.what, each.from, each.until);
  for (const each of (await read(fleet.encoderUrl)).filter(isOfThis)) say("encoder", each.what, each.from, each.until);
  return steps.toSorted((one, other) => one.from - other.from || one.until - other.until);
}
