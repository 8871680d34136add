/** Asks for one URL as every client would, until each has its final file. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { parseList } from "structured-headers";
import type { ImageFacts } from "../../src/imaging/model/facts.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import type { Client } from "../clients.ts";
import { readMembers, textOf } from "../edge-imaging-field.ts";
import { type Answer, ask } from "../http.ts";

/** What `Edge-Imaging` and `Cache-Status` say; undefined or empty where a field is missing or cannot be read. */
interface Said {
  readonly reason: string | undefined;
  /** Bytes of the original. */
  readonly from: number | undefined;
  readonly pending: boolean;
  readonly isHit: boolean | undefined;
}

export interface Observation {
  readonly client: Client;
  readonly answer: Answer;
  /** Of the bytes themselves; undefined when they are no image that we know. */
  readonly facts: ImageFacts | undefined;
  readonly digest: string;
  readonly said: Said;
}

export interface ObserveOptions {
  /** Seconds for which an interim answer is asked for again. */
  readonly wait: number;
  readonly concurrency: number;
  readonly onProgress?: (done: number, of: number) => void;
}

const firstDelayMs = 500;
const maxDelayMs = 8000;

export async function observe(
  url: string,
  clients: readonly Client[],
  { wait, concurrency, onProgress }: ObserveOptions,
): Promise<readonly Observation[]> {
  const limit = pLimit(concurrency);
  let done = 0;
  return Promise.all(
    clients.map((client) =>
      limit(async () => {
        const observation = await settle(url, client, wait);
        done += 1;
        onProgress?.(done, clients.length);
        return observation;
      }),
    ),
  );
}

async function settle(url: string, client: Client, wait: number): Promise<Observation> {
  const end = Date.now() + wait * 1000;
  for (let delay = firstDelayMs; ; delay = Math.min(maxDelayMs, delay * 2)) {
    const observation = await observeOnce(url, client);
    if (!observation.said.pending || Date.now() + delay > end) return observation;
    await pause(delay);
  }
}

export async function observeOnce(url: string, client: Client): Promise<Observation> {
  const answer = await ask(url, { headers: fieldsOf(client) });
  return {
    client,
    answer,
    facts: await probeImage(answer.body),
    digest: createHash("sha256").update(answer.body).digest("hex"),
    said: readSaid(answer.headers),
  };
}

export function fieldsOf({ accept, ua }: Client): Record<string, string> {
  return { accept, "user-agent": ua };
}

function readSaid(headers: Headers): Said {
  const members = readMembers(headers);
  const own = readOr(() => parseList(headers.get("cache-status") ?? ""), []).find(
    ([name]) => textOf(name) === "edge-imaging",
  );
  const from = Number(members.get("from") ?? Number.NaN);
  const reason = members.get("reason");
  return {
    reason,
    from: Number.isFinite(from) ? from : undefined,
    pending: reason === "interim" || members.has("pending"),
    isHit: own === undefined ? undefined : own[1].get("hit") === true,
  };
}

function readOr<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
