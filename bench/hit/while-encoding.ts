import { type LoadTarget, runLoad } from "./load.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { askCold, type ColdPicture } from "./warm.ts";

/** Hits of one Worker, while new pictures come in or not. */
export interface EncodingResult {
  /** What the Worker makes of each new picture. */
  readonly formats: string;
  readonly connections: number;
  readonly rounds: number;
  /** New pictures requested in all rounds. */
  readonly encodedPictures: number;
  readonly quiet: HitTimes;
  readonly encoding: HitTimes;
}

interface HitTimes {
  readonly requestsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** The hit that waited longest, per round. */
  readonly longestMs: Spread;
}

/** Milliseconds from one new picture to the next: time enough for all encodes of one, so that they do not queue; and a round. */
const paces = { usual: { pauseMs: 1500, roundSeconds: 3 }, large: { pauseMs: 6000, roundSeconds: 8 } } as const;

/** Pairs of rounds: hits alone, and hits while new pictures come in at a steady pace. */
export async function measureWhileEncoding(
  target: LoadTarget,
  formats: string,
  cold: ColdPicture,
  connections: number,
  rounds: number,
): Promise<EncodingResult> {
  const { pauseMs, roundSeconds } = paces[cold.size];
  const taken = { quiet: [] as Times[], encoding: [] as Times[] };
  let pictures = 0;
  for (let round = 0; round < rounds; round++) {
    taken.quiet.push(await runLoad(target, connections, roundSeconds));
    const load = runLoad(target, connections, roundSeconds);
    const stop = feed(pauseMs, async () => askCold(target.port, cold, pictures++));
    taken.encoding.push(await load);
    await stop();
    // What is still being made must not count as a quiet round.
    await new Promise((after) => setTimeout(after, pauseMs));
  }
  return {
    formats,
    connections,
    rounds,
    encodedPictures: pictures,
    quiet: timesOf(taken.quiet),
    encoding: timesOf(taken.encoding),
  };
}

type Times = Readonly<Record<keyof HitTimes, number>>;

function timesOf(samples: readonly Times[]): HitTimes {
  const spread = (figure: keyof HitTimes): Spread => spreadOf(samples.map((sample) => sample[figure]));
  return {
    requestsPerSecond: spread("requestsPerSecond"),
    p50Ms: spread("p50Ms"),
    p99Ms: spread("p99Ms"),
    longestMs: spread("longestMs"),
  };
}

/** Asks at a steady pace until stopped; stopping waits for what was asked, and throws what went wrong. */
function feed(pauseMs: number, next: () => Promise<void>): () => Promise<void> {
  const asked: Promise<void>[] = [];
  const askNext = (): void => void asked.push(next());
  const first = setTimeout(askNext, pauseMs / 3);
  const timer = setInterval(askNext, pauseMs);
  return async () => {
    clearTimeout(first);
    clearInterval(timer);
    await Promise.all(asked);
  };
}
