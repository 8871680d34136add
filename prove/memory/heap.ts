/**
 * The heap of one isolate as the runtime itself counts it, by the Chrome DevTools Protocol (`Runtime.getHeapUsage`): what
 * is used of V8's heap, and the memory of buffers and WebAssembly beside it. Machine code is not in it.
 */
export interface HeapMeter {
  /** Bytes now. Waits for the computation under way. */
  read(): Promise<number>;
  /** The same after a collection of what is not used any more. */
  readCollected(): Promise<number>;
  /**
   * Samples until `stop()`.
   * @param collects whether there are many collections, so that a sample has no more of what is not used any more than a
   *   fraction of a second, or one long computation, has left
   */
  watch(collects?: boolean): HeapWatch;
  close(): void;
}

export interface HeapWatch {
  /** Most bytes that were seen since the start or the last call. */
  takePeak(): number;
  /** Gives the same. */
  stop(): Promise<number>;
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

/** Collecting all the time, nothing else would be done on a busy machine. */
const samplesPerCollection = 8;

/** After so long a question is asked again: the inspector loses one now and then while an isolate is busy. */
const answerMs = 10_000;

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
  const sendOnce = (method: string): Promise<unknown> =>
    new Promise((resolve) => {
      const id = ++lastId;
      const giveUp = setTimeout(() => {
        waiting.delete(id);
        resolve(undefined);
      }, answerMs);
      waiting.set(id, (result) => {
        clearTimeout(giveUp);
        resolve(result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  const send = async (method: string): Promise<unknown> => {
    for (;;) {
      const result = await sendOnce(method);
      if (result !== undefined) return result;
    }
  };

  let most = 0;
  const read = async (): Promise<number> => {
    const usage = (await send("Runtime.getHeapUsage")) as HeapUsage;
    return usage.usedSize + (usage.backingStorageSize ?? 0) + (usage.embedderHeapUsedSize ?? 0);
  };
  const takePeak = (): number => {
    const peak = most;
    most = 0;
    return peak;
  };
  return {
    read,
    readCollected: async () => {
      await send("HeapProfiler.enable");
      await send("HeapProfiler.collectGarbage");
      return read();
    },
    watch: (collects = false) => {
      const stopping = new AbortController();
      most = 0;
      const watching = (async () => {
        if (collects) await send("HeapProfiler.enable");
        for (let sample = 0; !stopping.signal.aborted; sample++) {
          const now = await read();
          most = Math.max(most, now);
          if (collects && sample % samplesPerCollection === 0) await send("HeapProfiler.collectGarbage");
          await new Promise((resolve) => setTimeout(resolve, sampleMs));
        }
      })();
      return {
        takePeak,
        stop: async () => {
          stopping.abort();
          await watching;
          return takePeak();
        },
      };
    },
    close: () => socket.close(),
  };
}
