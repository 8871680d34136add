/** One of each modern class, and what takes nothing newer than JPEG. */
export const clients = [
  "image/jxl,image/avif,image/webp,*/*;q=0.8",
  "image/avif,image/webp,*/*;q=0.8",
  "image/webp,*/*;q=0.8",
  "*/*",
] as const;

interface Answer {
  readonly firstByteMs: number;
  readonly isFinal: boolean;
}

export async function ask(url: string, accept: string): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url, { headers: { accept } });
  const firstByteMs = performance.now() - start;
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
  const isInterim = (response.headers.get("edge-imaging") ?? "").includes("reason=interim");
  return { firstByteMs, isFinal: !isInterim };
}

export const pause = (ms: number): Promise<void> => new Promise((after) => setTimeout(after, ms));

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
