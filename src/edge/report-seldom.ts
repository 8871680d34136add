import { reportRestMs } from "./limits.ts";
import { createRecentNames } from "./origin/recent-names.ts";

type Report = (failure: unknown) => void;

/** Different failures that are remembered. */
const maxFailures = 64;

/** Causes of a failure that make it another one. */
const maxCauses = 4;

/**
 * Reports a failure, and the same one not again for a minute: what fails for one request fails for all of them.
 * @param clock milliseconds since the epoch
 */
export function reportSeldom(report: Report, clock: () => number): Report {
  const recent = createRecentNames<true>(clock, { most: maxFailures, forgetAfterMs: reportRestMs });
  return (failure) => {
    const name = describe(failure);
    if (recent.find(name) === true) return;
    recent.add(name, true);
    report(failure);
  };
}

function describe(failure: unknown): string {
  if (typeof failure !== "object" || failure === null) return String(failure);
  if (!(failure instanceof Error)) return JSON.stringify(failure);
  const messages: string[] = [];
  for (let each: unknown = failure; each instanceof Error && messages.length <= maxCauses; each = each.cause) {
    messages.push(each.message);
  }
  return messages.join("\n");
}
