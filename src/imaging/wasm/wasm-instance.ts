import { CodecError, type CodecStage } from "./codec-error.ts";

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
  readonly #codec: string;
  readonly #idleCeilingBytes: number;
  readonly #start: () => Promise<StartedWasm<Api>>;
  #live: StartedWasm<Api> | undefined;
  #starting: Promise<StartedWasm<Api>> | undefined;

  /**
   * @param codec name used in errors
   * @param idleCeilingBytes WASM memory above which the instance is not kept between two calls
   * @param start makes a new instance from a precompiled module
   */
  constructor(codec: string, idleCeilingBytes: number, start: () => Promise<StartedWasm<Api>>) {
    this.#codec = codec;
    this.#idleCeilingBytes = idleCeilingBytes;
    this.#start = start;
  }

  /** Bytes of WASM memory held now; 0 when no instance lives. */
  get liveBytes(): number {
    return this.#live?.memory.buffer.byteLength ?? 0;
  }

  /** Lets the instance go; the next `run` starts a new one. */
  drop(): void {
    this.#live = undefined;
  }

  /**
   * Runs `work` to its end on the instance, starting one if needed. `work` is synchronous, so that two calls can never
   * interleave inside one WASM heap, and must not return a view into `memory`.
   *
   * @throws CodecError with stage `start`, or with `stage` for whatever `work` throws (traps and C++ exceptions too)
   */
  async run<Result>(stage: CodecStage, work: (api: Api, memory: WebAssembly.Memory) => Result): Promise<Result> {
    const { api, memory } = this.#live ?? (await this.#startOnce());
    try {
      return work(api, memory);
    } catch (error) {
      this.drop();
      throw error instanceof CodecError ? error : new CodecError(this.#codec, stage, describe(error), error);
    } finally {
      if (this.liveBytes > this.#idleCeilingBytes) this.drop();
    }
  }

  /** Calls that arrive during a start share it; a failed start is forgotten, so that the next call tries again. */
  #startOnce(): Promise<StartedWasm<Api>> {
    this.#starting ??= this.#start()
      .then(
        (started) => (this.#live = started),
        (error: unknown) => {
          throw new CodecError(this.#codec, "start", describe(error), error);
        },
      )
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }
}

/** Emscripten modules throw a bare number for a C++ exception (its address) and an ExitStatus, which is no Error. */
function describe(error: unknown): string {
  if (typeof error === "number") return "C++ exception";
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return String(error);
}
