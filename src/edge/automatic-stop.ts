import { isWithin } from "./clock.ts";
import { stopSeconds, stopShare, stopWindow } from "./limits.ts";

/**
 * Stops optimising when too much of it goes wrong: what an operator would do by hand, at once and for a minute. It looks at
 * what became of the last pieces of work of this isolate. After the minute it begins to count again.
 */
export interface AutomaticStop {
  /** Notes what became of an encode, or of an answer. */
  note(isGood: boolean): void;
  /** Whether everything is to pass through now. */
  isOn(): boolean;
}

/**
 * @param clock milliseconds since the epoch
 * @param onStop called when it stops, with a sentence for the log
 */
export function createAutomaticStop(clock: () => number, onStop: (message: string) => void): AutomaticStop {
  /** The oldest first. */
  let outcomes: boolean[] = [];
  let stoppedAt: number | undefined;
  return {
    note(isGood) {
      outcomes.push(isGood);
      if (outcomes.length > stopWindow) outcomes.shift();
      if (isGood || outcomes.length < stopWindow) return;
      const failures = outcomes.filter((outcome) => !outcome).length;
      if (failures <= stopWindow * stopShare) return;
      outcomes = [];
      stoppedAt = clock();
      onStop(
        `${failures} of the last ${stopWindow} encodes and answers went wrong. Everything passes for ${stopSeconds} seconds.`,
      );
    },
    isOn: () => stoppedAt !== undefined && isWithin(stopSeconds * 1000, stoppedAt, clock()),
  };
}
