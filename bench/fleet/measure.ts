import { readdirSync, readFileSync } from "node:fs";

/** One of each modern class, and what takes nothing newer than JPEG. */
const clients = [
  "image/jxl,image/avif,image/webp,*/*;q=0.8",
  "image/avif,image/webp,*/*;q=0.8",
  "image/webp,*/*;q=0.8",
  "*/*",
] as const;

interface Answer {
  readonly firstByteMs: number;
  readonly isFinal: boolean;
}

async function ask(url: string, accept: string): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url, { headers: { accept } });
  const firstByteMs = performance.now() - start;
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
  const isInterim = (response.headers.get("edge-imaging") ?? "").includes("reason=interim");
  return { firstByteMs, isFinal: !isInterim };
}

const pause = (ms: number): Promise<void> => new Promise((after) => setTimeout(after, ms));

/** Asks everywhere as every client at once, and again until all answers are final; the seconds that this took. */
export async function untilFinal(urls: readonly string[], path: string): Promise<number> {
  const start = performance.now();
  let waiting = urls.flatMap((url) => clients.map((accept) => ({ url: url + path, accept })));
  for (;;) {
    const answers = await Promise.all(waiting.map(({ url, accept }) => ask(url, accept)));
    waiting = waiting.filter((_, index) => !(answers[index]?.isFinal ?? false));
    if (waiting.length === 0) return (performance.now() - start) / 1000;
    await pause(500);
  }
}

export interface Burst {
  readonly firstByteMs: Percentiles;
  readonly finalSeconds: Percentiles;
  /** Hits on a picture that was final before, every 50 ms: before the burst, and until all is final. */
  readonly quietHitMs: Percentiles;
  readonly hitMs: Percentiles;
}

type Percentiles = Readonly<Record<"p50" | "p90" | "p99" | "max", number>>;

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** Milliseconds from one hit to the next. */
const hitEveryMs = 50;
const quietSeconds = 5;
const connections = 20;
const burstClient = clients[1];

/**
 * New pictures, asked for by so many connections, each at one of the URLs; then again every two seconds what is not final.
 * @param warm a path whose answer is final
 */
export async function burst(urls: readonly string[], paths: readonly string[], warm: string): Promise<Burst> {
  const quiet: number[] = [];
  const hits: number[] = [];
  let sample = quiet;
  const over = new AbortController();
  const hitting = (async () => {
    while (!over.signal.aborted) {
      const into = sample;
      into.push((await ask(urls[0] + warm, burstClient)).firstByteMs);
      await pause(hitEveryMs);
    }
  })();
  await pause(quietSeconds * 1000);
  sample = hits;
  const start = performance.now();
  const [firstBytes, finals]: [number[], number[]] = [[], []];
  const waiting = new Map(paths.map((path, index) => [path, `${urls[index % urls.length]}${path}`]));
  const next = paths.values();
  const work = async (): Promise<void> => {
    for (const path of next) firstBytes.push((await ask(waiting.get(path) ?? "", burstClient)).firstByteMs);
  };
  await Promise.all(Array.from({ length: connections }, work));
  while (waiting.size > 0) {
    for (const [path, url] of waiting) {
      if (!(await ask(url, burstClient)).isFinal) continue;
      waiting.delete(path);
      finals.push((performance.now() - start) / 1000);
    }
    await pause(2000);
  }
  over.abort();
  await hitting;
  return {
    firstByteMs: percentiles(firstBytes),
    finalSeconds: percentiles(finals),
    quietHitMs: percentiles(quiet),
    hitMs: percentiles(hits),
  };
}

/** Processor seconds of each workerd that this process has started, in the order of their start. */
export function workerdSeconds(): number[] {
  const ticksPerSecond = 100;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b)
    .flatMap((pid) => {
      try {
        const [, , rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        const fields = rest.split(" ");
        const isOurs =
          Number(fields[1]) === process.pid && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd");
        return isOurs ? [(Number(fields[11]) + Number(fields[12])) / ticksPerSecond] : [];
      } catch {
        return [];
      }
    });
}
