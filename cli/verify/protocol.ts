/** What HTTP promises of each distinct file: conditional requests, ranges, HEAD, and the same file again. */
import { ask } from "../http.ts";
import type { Fault } from "./checks.ts";
import { fieldsOf, observeOnce, type Observation } from "./observe.ts";

/** Bytes of the range that is asked for. */
const rangeLength = 100;

interface Probe {
  readonly check: string;
  readonly judge: (url: string, seen: Observation) => Promise<string | undefined>;
}

const probes: readonly Probe[] = [
  {
    check: "conditional",
    judge: async (url, { client, answer }) => {
      const etag = answer.headers.get("etag");
      if (etag === null) return undefined;
      const again = await ask(url, { headers: { ...fieldsOf(client), "if-none-match": etag } });
      if (again.status !== 304) return `If-None-Match with its own ETag is answered with ${again.status}, not 304`;
      return again.body.length === 0 ? undefined : "a 304 has a body";
    },
  },
  {
    check: "range",
    judge: async (url, { client, answer }) => {
      if (answer.body.length <= rangeLength) return undefined;
      const part = await ask(url, { headers: { ...fieldsOf(client), range: `bytes=0-${rangeLength - 1}` } });
      // A server may ignore a range (RFC 9110 §14.2).
      const expected = part.status === 206 ? answer.body.subarray(0, rangeLength) : answer.body;
      if (part.status !== 206 && part.status !== 200) return `a range is answered with ${part.status}`;
      return isEqual(part.body, expected) ? undefined : "a range is not a part of the same file";
    },
  },
  {
    check: "head",
    judge: async (url, { client, answer }) => {
      const head = await ask(url, { method: "HEAD", headers: fieldsOf(client) });
      const differing = ["content-type", "etag", "content-length", "vary"].filter(
        (name) => head.headers.has(name) && head.headers.get(name) !== answer.headers.get(name),
      );
      if (head.status !== answer.status) return `HEAD is answered with ${head.status}, GET with ${answer.status}`;
      return differing.length === 0 ? undefined : `HEAD and GET differ in ${differing.join(", ")}`;
    },
  },
  {
    check: "repeat",
    judge: async (url, seen) => {
      const again = await observeOnce(url, seen.client);
      if (again.digest !== seen.digest) return "the same request gets another file the second time";
      return again.said.isHit === false ? "the second answer is no cache hit" : undefined;
    },
  },
];

/** Asked once for each distinct file, as the first client that got it. */
export async function judgeProtocol(url: string, all: readonly Observation[]): Promise<readonly Fault[]> {
  const distinct = [...new Map(all.toReversed().map((seen) => [seen.digest, seen])).values()];
  const faults: Fault[] = [];
  for (const seen of distinct.filter(({ answer }) => answer.status === 200)) {
    for (const { check, judge } of probes) {
      const message = await judge(url, seen);
      if (message !== undefined) faults.push({ check, clients: [seen.client.name], message });
    }
  }
  return faults;
}

/**
 * A cache in front that mixes variants gives the file of the client that came before: the clients ask again, in the opposite
 * order.
 */
export async function judgeOrder(url: string, all: readonly Observation[]): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const seen of all.toReversed()) {
    const again = await observeOnce(url, seen.client);
    if (again.digest === seen.digest) continue;
    const owner = all.find(({ digest }) => digest === again.digest);
    const message =
      owner === undefined
        ? "gets another file when it asks again"
        : `gets the file of ${owner.client.name} when others have asked in between`;
    faults.push({ check: "mixed", clients: [seen.client.name], message });
  }
  return faults;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
