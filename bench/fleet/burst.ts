/** Many new pictures at once: how soon each is answered, how soon all are final, and what hits take meanwhile. */
import { type Percentiles, percentiles } from "./percentiles.ts";
import { ask, clients, pause } from "./measure.ts";

export interface Burst {
  readonly firstByteMs: Percentiles | undefined;
  /** Since the burst began; of those that were final before its end. */
  readonly finalSeconds: Percentiles | undefined;
  /** Pictures that were not, and the seconds until everything was, or until the end. */
  readonly unfinished: number;
  readonly seconds: number;
  /** Hits on a picture that was final before, at each URL in turn: before the burst, and from its first request on. */
  readonly quietHitMs: Percentiles | undefined;
  readonly hitMs: Percentiles | undefined;
}

const hitEveryMs = 25;
const quietSeconds = 8;
const connections = 20;
const askAgainMs = 1000;
/** After which nobody waits for what is not final: the benchmark takes five minutes at most. */
const longestSeconds = 125;
/** JPEG XL, AVIF and WebP in turn: a client of nothing newer than JPEG has a final answer at once. */
const burstClients = clients.slice(0, 3);

/** Hits on a path until they are to stop; where the milliseconds of each go may be changed meanwhile. */
function sampleHits(urls: readonly string[], path: string): { into: number[]; readonly stop: () => Promise<void> } {
  const over = new AbortController();
  const sampler = {
    into: [] as number[],
    stop: async () => {
      over.abort();
      await running;
    },
  };
  const running = (async () => {
    for (let count = 0; !over.signal.aborted; count++) {
      const { into } = sampler;
      const answer = await ask(urls[count % urls.length] + path, clients[1]);
      into.push(answer.firstByteMs);
      await pause(hitEveryMs);
    }
  })();
  return sampler;
}

/**
 * New pictures, asked for by so many connections, each as one kind of client at one of the URLs; then again every second
 * what is not final.
 * @param warm a path whose answer is final
 */
export async function burst(urls: readonly string[], paths: readonly string[], warm: string): Promise<Burst> {
  const [quiet, hits, firstBytes, finals]: number[][] = [[], [], [], []];
  const sampler = sampleHits(urls, warm);
  sampler.into = quiet;
  await pause(quietSeconds * 1000);
  sampler.into = hits;
  const start = performance.now();
  const wanted = paths.map((path, index) => ({
    url: `${urls[index % urls.length]}${path}`,
    accept: burstClients[index % burstClients.length] ?? "*/*",
  }));
  const next = wanted.values();
  const work = async (): Promise<void> => {
    for (const { url, accept } of next) firstBytes.push((await ask(url, accept)).firstByteMs);
  };
  await Promise.all(Array.from({ length: connections }, work));
  const elapsed = (): number => (performance.now() - start) / 1000;
  let waiting = wanted;
  for (; waiting.length > 0 && elapsed() < longestSeconds; await pause(askAgainMs)) {
    const left: typeof wanted = [];
    for (const each of waiting) {
      const isFinal = elapsed() < longestSeconds && (await ask(each.url, each.accept)).isFinal;
      if (isFinal) finals.push(elapsed());
      else left.push(each);
    }
    waiting = left;
  }
  const seconds = elapsed();
  await sampler.stop();
  return {
    unfinished: waiting.length,
    seconds,
    firstByteMs: percentiles(firstBytes),
    finalSeconds: percentiles(finals),
    quietHitMs: percentiles(quiet),
    hitMs: percentiles(hits),
  };
}
