import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

/** The request that is repeated. */
export interface LoadTarget {
  /** On loopback. */
  readonly port: number;
  /** The request as it is sent: request line, header fields, blank line. */
  readonly request: string;
  /** Text that the header of every answer must hold; another answer ends the measurement with an error. */
  readonly proof: string;
  /** Content-Length that every answer must state. */
  readonly bodyBytes: number;
}

export interface LoadResult {
  /** All answers, also those of the ramp. */
  readonly answers: number;
  /** Answers within the measured time; the figures that follow are theirs. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** From sending a request to the last byte of its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Share of the time that the load generator itself was busy (0..1); near 1 it would measure itself. */
  readonly clientUtilisation: number;
}

/** Milliseconds at the start that do not count: connections open, caches of the processor fill. */
const rampMs = 150;

/** Milliseconds without a byte after which the measurement is given up. */
const stallMs = 10_000;

/** Characters of an answer's header; a longer one is not from the Workers measured here. */
const maxHeadBytes = 8192;

/**
 * Asks on keep-alive connections, each with one request at a time, and times the answers. Raw sockets, since the HTTP
 * client of Node.js takes longer for an answer than workerd does.
 * @throws Error when an answer is not a 200 with the proof and the length, or a connection ends.
 */
export async function runLoad(target: LoadTarget, connections: number, seconds: number): Promise<LoadResult> {
  const latencies: number[] = [];
  let answers = 0;
  const countFrom = performance.now() + rampMs;
  const countUntil = countFrom + seconds * 1000;
  const utilisation = performance.eventLoopUtilization();
  const record = (sentAt: number): boolean => {
    const now = performance.now();
    answers += 1;
    if (now >= countFrom && now < countUntil) latencies.push(now - sentAt);
    return now < countUntil;
  };
  await Promise.all(Array.from({ length: connections }, () => useConnection(target, record)));
  const { utilization: clientUtilisation } = performance.eventLoopUtilization(utilisation);
  latencies.sort((a, b) => a - b);
  return {
    answers,
    requests: latencies.length,
    requestsPerSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    longestMs: percentile(latencies, 1),
    clientUtilisation,
  };
}

/** Nearest rank: the smallest value that this share of all values does not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function useConnection(target: LoadTarget, record: (sentAt: number) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let head = "";
    /** Bytes of the body still to come; undefined while the header is being read. */
    let missing: number | undefined;
    const send = (): void => {
      head = "";
      missing = undefined;
      sentAt = performance.now();
      socket.write(target.request, "latin1");
    };
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(reason));
    };
    const take = (chunk: Buffer): void => {
      let body = chunk.length;
      if (missing === undefined) {
        const text = head + chunk.toString("latin1", 0, maxHeadBytes);
        const end = text.indexOf("\r\n\r\n");
        if (end < 0 && text.length >= maxHeadBytes) return fail("an answer with an endless header");
        if (end < 0) {
          head = text;
          return undefined;
        }
        const problem = findProblem(text.slice(0, end + 2), target);
        if (problem !== undefined) return fail(problem);
        body -= end + 4 - head.length;
        missing = target.bodyBytes;
      }
      missing -= body;
      if (missing > 0) return undefined;
      if (missing < 0) return fail("more bytes than Content-Length says");
      if (record(sentAt)) return send();
      socket.destroy();
      return resolve();
    };
    const socket: Socket = connect({
      port: target.port,
      host: "127.0.0.1",
      noDelay: true,
      // One buffer per connection, used again for every read.
      onread: {
        buffer: Buffer.allocUnsafe(65_536),
        callback: (length, buffer) => {
          take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    socket.once("connect", send);
    socket.setTimeout(stallMs, () => fail(`no answer within ${stallMs} ms`));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
}

function findProblem(head: string, { proof, bodyBytes }: LoadTarget): string | undefined {
  const expected = [head.startsWith("HTTP/1.1 200 "), head.includes(proof), head.includes(`ength: ${bodyBytes}\r\n`)];
  return expected.every(Boolean) ? undefined : `an answer that is not a whole 200 with "${proof}":\n${head}`;
}
