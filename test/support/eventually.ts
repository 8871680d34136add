import { vi } from "vitest";

/** Tries until the check passes, for as long as a busy machine may need: vitest gives up after a second by itself. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: 60_000, interval: 10 });
