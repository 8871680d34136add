import { describeThrown, ImagingError } from "../model/error.ts";

/** A started WASM module: what it can do, and the memory that doing it fills. */
export interface StartedWasm<Api> {
  readonly api: Api;
  readonly memory: WebAssembly.Memory;
}

/**
 * One WASM lifetime. The instance is started by the first `run`, kept while it is small, and dropped when it failed or
 * grew: WASM memory never shrinks, and a module that threw may hold leaked buffers or a broken heap.
 */
export class WasmInstance<Api> {
  readonly #format: ImagingError["format"];
  readonly #idleCeilingBytes: number;
  readonly #start: () => Promise<StartedWasm<Api>>;
  #live: StartedWasm<Api> | undefined;
  #starting: Promise<StartedWasm<Api>> | undefined;
  /** Memory of instances that work, also while they wait in the middle of it. Of work that never ends nothing may be collected. */
  readonly #busy = new Set<WebAssembly.Memory>();

  /**
   * @param format whose codec it is, for errors
   * @param idleCeilingBytes WASM memory above which the instance is not kept between two calls
   * @param start makes a new instance from a precompiled module
   */
  constructor(format: ImagingError["format"], idleCeilingBytes: number, start: () => Promise<StartedWasm<Api>>) {
    this.#format = format;
    this.#idleCeilingBytes = idleCeilingBytes;
    this.#start = start;
  }

  /** Bytes of WASM memory held now, by work that never ends, too; 0 when no instance lives. */
  get liveBytes(): number {
    const held = new Set(this.#live === undefined ? this.#busy : [...this.#busy, this.#live.memory]);
    return [...held].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  /** Releases the instance; the next `run` starts a new one. One that works stays until its work ends. */
  drop(): void {
    this.#live = undefined;
  }

  /**
   * Runs `work` on the instance, starting one if needed. It must not return a view into `memory`. Work that waits for a
   * promise keeps its instance for itself: another call gets a new one meanwhile. So work that never ends, as the platform
   * has ended its request, holds up nothing.
   *
   * @param kind of the error for whatever `work` throws, traps and C++ exceptions too: `damaged` where it reads a file
   *   from outside
   * @throws ImagingError of that kind, or of kind `codec` where no instance can be started
   */
  async run<Result>(
    kind: "damaged" | "codec",
    work: (api: Api, memory: WebAssembly.Memory) => Result | Promise<Result>,
  ): Promise<Result> {
    let started = this.#live ?? (await this.#startOnce());
    while (this.#busy.has(started.memory)) {
      this.#dropIf(started);
      started = this.#live ?? (await this.#startOnce());
    }
    const { api, memory } = started;
    this.#busy.add(memory);
    try {
      const result = work(api, memory);
      return result instanceof Promise ? await result : result;
    } catch (error) {
      this.#dropIf(started);
      throw error instanceof ImagingError ? error : new ImagingError(kind, this.#format, describeThrown(error), error);
    } finally {
      this.#busy.delete(memory);
      if (memory.buffer.byteLength > this.#idleCeilingBytes) this.#dropIf(started);
    }
  }

  /** Only if it is not another call's by now. */
  #dropIf(started: StartedWasm<Api>): void {
    if (this.#live === started) this.drop();
  }

  /** Calls that arrive during a start share it; a failed start is forgotten, so that the next call tries again. */
  #startOnce(): Promise<StartedWasm<Api>> {
    this.#starting ??= this.#start()
      .then(
        (started) => (this.#live = started),
        (error: unknown) => {
          throw new ImagingError("codec", this.#format, `no start: ${describeThrown(error)}`, error);
        },
      )
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }
}
