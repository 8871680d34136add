/** Processor time and memory of one step. The time is that of this process, which does nothing else meanwhile. */
export interface Usage {
  /** Processor time. */
  readonly ms: number;
  /** Of buffers and WebAssembly, at the most seen: after each pause of the work and at its end. Garbage counts. */
  readonly bytes: number;
}

export interface Meter {
  /** Never rejects. */
  measure<Result>(
    work: () => Promise<Result>,
  ): Promise<{ readonly result?: Result; readonly error?: unknown; readonly usage: Usage }>;
  /** To be called while the work goes on. */
  sample(): void;
}

/** Bytes of garbage from which it is collected before a step, where the process may ask for it (`--expose-gc`). */
const garbageBytes = 32e6;

export function createMeter(wasmBytes: () => number): Meter {
  let mostBytes = 0;
  const held = (): number => process.memoryUsage().arrayBuffers + wasmBytes();
  const sample = (): void => void (mostBytes = Math.max(mostBytes, held()));
  return {
    sample,
    measure: async (work) => {
      if (process.memoryUsage().arrayBuffers > garbageBytes) globalThis.gc?.();
      const before = held();
      mostBytes = before;
      const start = process.cpuUsage();
      const done = await work().then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      const { user, system } = process.cpuUsage(start);
      sample();
      return { ...done, usage: { ms: (user + system) / 1000, bytes: mostBytes - before } };
    },
  };
}
