/**
 * The heap of one isolate as the runtime itself counts it, by the Chrome DevTools Protocol (`Runtime.getHeapUsage`): what
 * is used of V8's heap, and the memory of buffers and WebAssembly beside it. Machine code is not in it.
 */
export interface HeapMeter {
  /** Bytes now. Waits for the computation under way. */
  read(): Promise<number>;
  /** Samples until `stop()`. */
  watch(): HeapWatch;
  close(): void;
}

/** Most and least bytes that were seen. */
export interface HeapRange {
  readonly most: number;
  readonly least: number;
}

export interface HeapWatch {
  /** What was seen since the start or the last call. */
  take(): HeapRange;
  /** Gives the same. */
  stop(): Promise<HeapRange>;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize?: number;
  readonly embedderHeapUsedSize?: number;
}

interface Target {
  readonly id?: string;
  readonly webSocketDebuggerUrl?: string;
}

const sampleMs = 20;

/** A computation on a busy machine takes seconds. */
const answerMs = 60_000;

/** @param name of the Worker, as in the runtime's configuration */
export async function connectHeapMeter(inspectorPort: number, name: string): Promise<HeapMeter> {
  const targets = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json()) as readonly Target[];
  const target = targets.find(({ id }) => id === name);
  if (target?.webSocketDebuggerUrl === undefined) throw new Error(`the inspector knows no Worker ${name}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error("no connection to the inspector")), { once: true });
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let lastId = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const send = (method: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => reject(new Error("the inspector does not answer any more")), answerMs);
      waiting.set(++lastId, (result) => {
        clearTimeout(giveUp);
        resolve(result);
      });
      socket.send(JSON.stringify({ id: lastId, method }));
    });

  const read = async (): Promise<number> => {
    const usage = (await send("Runtime.getHeapUsage")) as HeapUsage;
    return usage.usedSize + (usage.backingStorageSize ?? 0) + (usage.embedderHeapUsedSize ?? 0);
  };
  return { read, watch: () => watch(read), close: () => socket.close() };
}

function watch(read: HeapMeter["read"]): HeapWatch {
  const nothing: HeapRange = { most: 0, least: Infinity };
  let seen = nothing;
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const now = await read();
      seen = { most: Math.max(seen.most, now), least: Math.min(seen.least, now) };
      await new Promise((resolve) => setTimeout(resolve, sampleMs));
    }
  })();
  // Where it fails, `stop()` says so.
  watching.catch(() => undefined);
  const take = (): HeapRange => {
    const range = seen;
    seen = nothing;
    return range;
  };
  return {
    take,
    stop: async () => {
      stopping.abort();
      await watching;
      return take();
    },
  };
}
