/** An edge cache, a bucket and a queue in memory, whose calls fail, hang, come late, or give something else. */
import { type Chaos, never, pause, slowMs } from "./chaos.ts";

interface Entry {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the application uses of a cache. */
export interface SoakCache {
  match(asked: string | Request): Promise<Response | undefined>;
  put(asked: string | Request, response: Response): Promise<void>;
  delete(asked: string | Request): Promise<boolean>;
  storedBytes(): number;
}

const urlOf = (asked: string | Request): string => (typeof asked === "string" ? asked : asked.url);

const failures = { throws: 0.015, "is slow": 0.01, "never answers": 0.0005 } as const;
const lies = { "gives another entry": 0.005, "cuts a body": 0.005, "says 500": 0.005, "loses fields": 0.005 } as const;

async function suffer(chaos: Chaos, tier: string): Promise<void> {
  switch (chaos.strike(tier, failures)) {
    case "throws":
      throw new Error("an internal error");
    case "is slow":
      return pause(chaos.below(slowMs));
    case "never answers":
      return never();
    default:
      return undefined;
  }
}

export function createSoakCache(chaos: Chaos): SoakCache {
  const entries = new Map<string, Entry>();
  const respond = ({ status, headers, bytes }: Entry): Response =>
    new Response(bytes.slice(), { status, headers: headers.map(([name, value]): [string, string] => [name, value]) });
  return {
    async match(asked) {
      await suffer(chaos, "edge cache");
      const found = entries.get(urlOf(asked));
      if (found === undefined) return undefined;
      switch (chaos.strike("edge cache", { ...lies, "has lost an entry": 0.01 })) {
        case "gives another entry": {
          const all = [...entries.values()];
          return respond(all[chaos.below(all.length)] ?? found);
        }
        case "cuts a body": {
          const bytes = found.bytes.slice(0, chaos.below(found.bytes.length));
          const headers = found.headers.filter(([name]) => name !== "content-length");
          return respond({ ...found, bytes, headers: [...headers, ["content-length", String(bytes.length)]] });
        }
        case "says 500":
          return respond({ ...found, status: 500 });
        case "loses fields":
          return respond({ ...found, headers: [] });
        case "has lost an entry":
          entries.delete(urlOf(asked));
          return undefined;
        default:
          return respond(found);
      }
    },
    async put(asked, response) {
      await suffer(chaos, "edge cache");
      const bytes = new Uint8Array(await response.arrayBuffer());
      const headers = [...response.headers].filter(([name]) => name !== "content-length");
      headers.push(["content-length", String(bytes.length)]);
      entries.set(urlOf(asked), { status: response.status, headers, bytes });
    },
    async delete(asked) {
      await suffer(chaos, "edge cache");
      return entries.delete(urlOf(asked));
    },
    storedBytes: () => [...entries.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

interface StoredObject {
  readonly etag: string;
  readonly uploaded: Date;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface PutOptions {
  readonly onlyIf?: { readonly etagMatches?: string; readonly etagDoesNotMatch?: string };
}

/** What the application uses of a bucket. */
export interface SoakBucket {
  get(name: string): Promise<object | null>;
  head(name: string): Promise<object | null>;
  put(name: string, value: string | Uint8Array, options?: PutOptions): Promise<object | null>;
  delete(name: string): Promise<void>;
  readonly objects: ReadonlyMap<string, StoredObject>;
  storedBytes(): number;
}

export function createSoakBucket(chaos: Chaos, clock: () => number): SoakBucket {
  const objects = new Map<string, StoredObject>();
  let writes = 0;
  const bodyOf = (object: StoredObject, bytes: Uint8Array<ArrayBuffer>): object => {
    const text = (): string => new TextDecoder().decode(bytes);
    return {
      etag: object.etag,
      uploaded: object.uploaded,
      arrayBuffer: async () => bytes.slice().buffer,
      text: async () => text(),
      json: async () => JSON.parse(text()) as unknown,
    };
  };
  return {
    objects,
    async get(name) {
      await suffer(chaos, "R2");
      const object = objects.get(name);
      if (object === undefined) return null;
      const { bytes } = object;
      switch (chaos.strike("R2", { "gives a damaged object": 0.005, "gives half of an object": 0.005 })) {
        case "gives a damaged object": {
          const at = chaos.below(bytes.length);
          return bodyOf(
            object,
            bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
          );
        }
        case "gives half of an object":
          return bodyOf(object, bytes.slice(0, bytes.length >> 1));
        default:
          return bodyOf(object, bytes);
      }
    },
    async head(name) {
      await suffer(chaos, "R2");
      return objects.get(name) ?? null;
    },
    async put(name, value, { onlyIf } = {}) {
      await suffer(chaos, "R2");
      const found = objects.get(name);
      if (onlyIf?.etagDoesNotMatch === "*" && found !== undefined) return null;
      if (onlyIf?.etagMatches !== undefined && found?.etag !== onlyIf.etagMatches) return null;
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      const object = { etag: `v${++writes}`, uploaded: new Date(clock()), bytes: new Uint8Array(bytes) };
      objects.set(name, object);
      return object;
    },
    async delete(name) {
      await suffer(chaos, "R2");
      objects.delete(name);
    },
    storedBytes: () => [...objects.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

export interface Delivery {
  readonly body: unknown;
  readonly sentAt: number;
  attempts: number;
  notBefore: number;
}

export interface SoakQueue {
  readonly jobs: { send(message: unknown): Promise<object> };
  readonly waiting: Delivery[];
}

/** Delivers now and then again, and in another order. */
export function createSoakQueue(chaos: Chaos, clock: () => number): SoakQueue {
  const waiting: Delivery[] = [];
  const push = (message: unknown): void => {
    const body = structuredClone(message);
    waiting.splice(chaos.isOn ? chaos.below(waiting.length + 1) : waiting.length, 0, {
      body,
      sentAt: clock(),
      attempts: 0,
      notBefore: 0,
    });
  };
  return {
    waiting,
    jobs: {
      async send(message) {
        await suffer(chaos, "queue");
        if (chaos.strike("queue", { refuses: 0.02 }) === "refuses") throw new Error("Queue is overloaded");
        push(message);
        if (chaos.strike("queue", { "delivers twice": 0.05 }) === "delivers twice") push(message);
        return {};
      },
    },
  };
}
