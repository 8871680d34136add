import { isWithin } from "../clock.ts";
import { cacheMs, cacheRestMs } from "../limits.ts";
import { waitPatiently } from "../origin/patience.ts";

/**
 * The platform's cache, of which nobody waits for long. Whatever fails or takes too long rejects and is reported; after
 * something has taken too long, nobody waits for the next few seconds, and the cache is as good as empty.
 * @param clock milliseconds since the epoch
 */
export function guardCache(cache: Cache, clock: () => number, report: (error: unknown) => void): Cache {
  let slowAt: number | undefined;
  const isResting = (): boolean => slowAt !== undefined && isWithin(cacheRestMs, slowAt, clock());

  const fail = (what: string, cause: unknown): Error => {
    const error = new Error(`The edge cache cannot ${what}.`, { cause });
    report(error);
    return error;
  };

  /** Without async functions: this is on the way of every hit, and each promise is paid for. */
  const inTime = <Result>(what: string, work: () => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      const wait = waitPatiently(cacheMs);
      void wait.over.then(() => {
        slowAt = clock();
        reject(fail(what, new Error(`no answer within ${cacheMs} ms`)));
      });
      const failed = (error: unknown): void => {
        wait.cancel();
        reject(fail(what, error));
      };
      try {
        work().then((result) => {
          wait.cancel();
          resolve(result);
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
  const unlessResting = <Result>(what: string, work: () => Promise<Result>): Promise<Result> =>
    isResting() ? Promise.reject(new Error("The edge cache was slow a moment ago.")) : inTime(what, work);

  return {
    match: (...wanted) => unlessResting("be read", () => cache.match(...wanted)),
    put: (...written) => unlessResting("be written", () => cache.put(...written)),
    // What is to be void must not stay because something else was slow.
    delete: (...removed) => inTime("be cleared", () => cache.delete(...removed)),
  };
}
