import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readByteRange } from "../src/edge/http/byte-range.ts";

/** What a file holds before the body, as JSON in its first line. */
interface Head {
  readonly url: string;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Milliseconds since the epoch. */
  readonly keptUntil: number;
}

interface Entry {
  readonly bytes: number;
  usedAt: number;
}

const lineFeed = 0x0a;

/**
 * The part of the Cache API (W3C Service Workers §5.4) that the application uses, on a disk: one file for each entry, which
 * outlives the process and which several processes may share. Answers ranges, as the platform's cache does.
 */
export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** @param maxBytes on the disk; what has not been used for the longest time makes way */
  static async open(folder: string, maxBytes: number): Promise<DiskCache> {
    const cache = new DiskCache(folder, maxBytes);
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const { size, mtimeMs } = await stat(join(folder, name));
      // What a process was writing when it ended.
      if (name.includes(".")) await rm(join(folder, name), { force: true });
      else cache.#note(name, size, mtimeMs);
    }
    return cache;
  }

  async match(asked: string | Request): Promise<Response | undefined> {
    const url = typeof asked === "string" ? asked : asked.url;
    const range = typeof asked === "string" ? null : asked.headers.get("range");
    const name = nameOf(url);
    const file = await readFile(join(this.#folder, name)).catch(() => undefined);
    if (file === undefined) return undefined;
    const end = file.indexOf(lineFeed);
    const head = readHead(file.toString("utf8", 0, Math.max(0, end)));
    if (head?.url !== url || head.keptUntil <= Date.now()) return undefined;
    this.#note(name, file.length, Date.now());
    return answer(head, new Uint8Array(file.subarray(end + 1)), range);
  }

  async put(asked: string | Request, response: Response): Promise<void> {
    const url = typeof asked === "string" ? asked : asked.url;
    const seconds = Number(/max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "")?.[1] ?? 0);
    const body = new Uint8Array(await response.arrayBuffer());
    if (seconds === 0) return;
    const headers = [...response.headers].filter(([name]) => name !== "content-length");
    headers.push(["content-length", String(body.length)]);
    const head: Head = { url, status: response.status, headers, keptUntil: Date.now() + seconds * 1000 };
    const file = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
    const name = nameOf(url);
    // Nobody reads half of a file: it gets its name when it is whole.
    const unfinished = join(this.#folder, `${name}.${randomUUID()}`);
    await writeFile(unfinished, file);
    await rename(unfinished, join(this.#folder, name));
    this.#note(name, file.length, Date.now());
    await this.#makeRoom();
  }

  async delete(asked: string | Request): Promise<boolean> {
    const name = nameOf(typeof asked === "string" ? asked : asked.url);
    const wasThere = await stat(join(this.#folder, name)).then(
      () => true,
      () => false,
    );
    await this.#remove(name);
    return wasThere;
  }

  #note(name: string, bytes: number, usedAt: number): void {
    this.#bytes += bytes - (this.#entries.get(name)?.bytes ?? 0);
    // A map keeps the order in which its entries were set: the first is the one that has not been used for the longest time.
    this.#entries.delete(name);
    this.#entries.set(name, { bytes, usedAt });
  }

  async #makeRoom(): Promise<void> {
    for (const name of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      await this.#remove(name);
    }
  }

  async #remove(name: string): Promise<void> {
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0;
    this.#entries.delete(name);
    await rm(join(this.#folder, name), { force: true });
  }
}

/** Undefined where a file is damaged. */
function readHead(line: string): Head | undefined {
  try {
    return JSON.parse(line) as Head;
  } catch {
    return undefined;
  }
}

function nameOf(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

function answer({ status, headers }: Head, body: Uint8Array<ArrayBuffer>, range: string | null): Response {
  const fields = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
  const part = range === null || status !== 200 ? undefined : readByteRange(range, body.length);
  if (part === undefined) return new Response(body.length === 0 ? null : body, { status, headers: fields });
  if (part === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${body.length}` } });
  }
  fields.set("content-range", `bytes ${part.start}-${part.end - 1}/${body.length}`);
  fields.set("content-length", String(part.end - part.start));
  return new Response(body.slice(part.start, part.end), { status: 206, headers: fields });
}
