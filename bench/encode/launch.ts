import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { Miniflare } from "miniflare";
import type { EncodeSettings, OxipngPreset } from "../../src/imaging/model/settings.ts";
import { workerds } from "./runtime-process.ts";

const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

/** RGBA as Node sees it: rows from the top left, 4 × width × height bytes. */
export interface RawPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What a run in workerd gave, and what it took. */
export interface CodecRun {
  readonly bytes: Uint8Array;
  /** Only after decoding. */
  readonly width: number;
  readonly height: number;
  /** Wall time of the request divided by its repetitions; a round trip of less than a millisecond is included. */
  readonly milliseconds: number;
  /** Largest WASM memory of an instance since the last fresh start. */
  readonly wasmBytes: number;
  /** WASM memory still held when the work was done. */
  readonly liveBytes: number;
}

export interface RunOptions {
  readonly repeat?: number;
  /** Drops every instance first, so that `wasmBytes` is of this run alone; or before each repetition. */
  readonly fresh?: boolean | "each";
  /** Whether the result is wanted; without it only the work is timed. */
  readonly output?: boolean;
}

/** The codecs' own refusal: the Worker answered with an ImagingError. */
export class CodecRefusal extends Error {
  override readonly name = "CodecRefusal";
  readonly format: string;
  readonly kind: string;
  readonly liveBytes: number;

  constructor(body: { format: string; kind: string; message: string }, liveBytes: number) {
    super(body.message);
    this.format = body.format;
    this.kind = body.kind;
    this.liveBytes = liveBytes;
  }
}

/** The real codecs in the real runtime, driven from Node. */
export interface CodecWorker {
  keepPixels(picture: RawPicture): Promise<void>;
  keepSource(file: Uint8Array): Promise<void>;
  decode(options?: RunOptions): Promise<CodecRun>;
  encode(settings: EncodeSettings, options?: RunOptions): Promise<CodecRun>;
  /** Optimises the kept PNG. */
  optimise(effort: OxipngPreset, options?: RunOptions): Promise<CodecRun>;
  /** Milliseconds of a request that does nothing. */
  touch(): Promise<number>;
  /** Undefined where there is no `/proc`. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

/** Bundles a Worker and starts it in workerd. */
export async function startWorkerd(entryPoint: string): Promise<Miniflare> {
  return startBundle(await bundle(entryPoint));
}

async function startBundle({ script, modules }: Bundle): Promise<Miniflare> {
  const miniflare = new Miniflare({
    cf: false,
    workers: [
      {
        config: {
          name: "codecs",
          compatibilityDate: "2026-10-20",
          manifest: {
            mainModule: "worker.js",
            modules: {
              "worker.js": { type: "esm", contents: script },
              ...Object.fromEntries(modules.map(({ name, contents }) => [name, { type: "wasm" as const, contents }])),
            },
          },
        },
      },
    ],
  });
  await miniflare.ready;
  return miniflare;
}

/** The codecs of `worker.ts`, in workerd. */
export async function launchCodecWorker(): Promise<CodecWorker> {
  return launchBundled(await bundleCodecWorker());
}

/** To be bundled once for many new processes. */
export function bundleCodecWorker(): Promise<Bundle> {
  return bundle("bench/encode/worker.ts");
}

/** A workerd of its own, where no codec has been compiled yet. */
export async function launchBundled(codecs: Bundle): Promise<CodecWorker> {
  const before = new Set(workerds());
  const miniflare = await startBundle(codecs);
  const pid = workerds().find((id) => !before.has(id));

  async function run(
    path: string,
    parameters: Readonly<Record<string, string>>,
    { repeat = 1, fresh = false, output = true }: RunOptions,
  ): Promise<CodecRun> {
    const query = { ...parameters, repeat: `${repeat}`, fresh: `${fresh}`, output: `${output}` };
    const started = performance.now();
    const response = await miniflare.dispatchFetch(`http://codecs.test${path}?${new URLSearchParams(query)}`, {
      method: "POST",
    });
    const milliseconds = (performance.now() - started) / repeat;
    const liveBytes = Number(response.headers.get("live-bytes"));
    if (response.status === 422)
      throw new CodecRefusal((await response.json()) as { format: string; kind: string; message: string }, liveBytes);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      width: Number(response.headers.get("width")),
      height: Number(response.headers.get("height")),
      milliseconds,
      wasmBytes: Number(response.headers.get("wasm-bytes")),
      liveBytes,
    };
  }

  async function keep(path: string, body: Uint8Array): Promise<void> {
    const response = await miniflare.dispatchFetch(`http://codecs.test${path}`, { method: "PUT", body });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
  }

  async function touch(): Promise<number> {
    const started = performance.now();
    await (await miniflare.dispatchFetch("http://codecs.test/touch")).arrayBuffer();
    return performance.now() - started;
  }

  return {
    keepPixels: ({ data, width, height }) => keep(`/pixels?width=${width}&height=${height}`, data),
    keepSource: (file) => keep("/source", file),
    decode: (options = {}) => run("/decode", {}, options),
    encode: (settings, options = {}) => run("/encode", { settings: JSON.stringify(settings) }, options),
    optimise: (effort, options = {}) => run("/optimise", { effort: `${effort}` }, options),
    touch,
    pid,
    close: () => miniflare.dispose(),
  };
}

interface WasmModule {
  readonly name: string;
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** One script, and the `.wasm` files that it imports, which stay modules of their own as in a deployment. */
interface Bundle {
  readonly script: string;
  readonly modules: readonly WasmModule[];
}

async function bundle(entryPoint: string): Promise<Bundle> {
  const modules: WasmModule[] = [];
  const options = {
    absWorkingDir: projectRoot,
    entryPoints: [entryPoint],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    // As in wrangler.toml: imported by a package outside of Node only in branches that are never taken.
    alias: { fs: "./src/imaging/wasm/absent-node-module.ts", path: "./src/imaging/wasm/absent-node-module.ts" },
    write: false,
    plugins: [
      {
        name: "wasm-modules",
        setup: ({ onResolve, resolve }) => {
          onResolve({ filter: /\.wasm$/ }, async (args) => {
            if (args.pluginData === "resolving") return undefined;
            const { path, errors } = await resolve(args.path, {
              kind: args.kind,
              resolveDir: args.resolveDir,
              pluginData: "resolving",
            });
            if (errors.length > 0) return { errors };
            const name = basename(path);
            modules.push({ name, contents: new Uint8Array(readFileSync(path)) });
            return { path: `./${name}`, external: true };
          });
        },
      },
    ],
  } as const satisfies BuildOptions;
  const { outputFiles } = await build(options);
  return { script: outputFiles[0]?.text ?? "", modules };
}
