import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { unstable_readConfig } from "wrangler";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A Worker that is measured. */
export interface ServedWorker {
  /** Letters and hyphens; names its services and sockets. */
  readonly name: string;
  /** Folder with the main module and the `.wasm` modules that it imports. */
  readonly folder: string;
  readonly mainModule: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A running workerd. */
export interface Server {
  /** Port of a Worker on loopback. */
  workerPort(name: string): number;
  /** Port of a Worker's cache, to put something into it. */
  cachePort(name: string): number;
  /** Port of the inspector (Chrome DevTools Protocol) of all Workers; undefined unless it was asked for. */
  readonly inspectorPort: number | undefined;
  /** Of the process that runs all Workers. */
  readonly pid: number | undefined;
  /** Processor time of all threads since the start, in microseconds; undefined where the system does not report it. */
  cpuMicroseconds(): number | undefined;
  /** Ends the whole process group. */
  stop(): Promise<void>;
}

/** Bundles the real Worker into a folder with the same command that deploys it. */
export async function bundleWorker(folder: string): Promise<void> {
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--env", "production", "--outdir", folder];
  await promisify(execFile)(process.execPath, args, { cwd: root });
}

/** Bundles one of the Workers beside this file. */
export async function bundleOwn(name: "worker-bare" | "worker-cache" | "worker-least", folder: string): Promise<void> {
  const entryPoint = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  await build({
    entryPoints: [entryPoint],
    outfile: join(folder, `${name}.js`),
    format: "esm",
    target: "es2024",
    minify: true,
  });
}

/**
 * Starts `workerd serve` with the Workers, each with a cache of its own kind `worker-cache.js` (found in `folder`) and
 * with every outgoing fetch led to one loopback port. No dev server is in the way, whose proxy would hide everything.
 */
export async function startWorkerd(
  folder: string,
  workers: readonly ServedWorker[],
  originPort: number,
  { hasInspector = false }: { readonly hasInspector?: boolean } = {},
): Promise<Server> {
  const compatibilityDate = readCompatibilityDate();
  const parts = await Promise.all(workers.map((worker) => describe(worker, compatibilityDate, folder)));
  const text = [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    `  services = [${parts.flatMap(({ services }) => services).join(", ")},`,
    `    (name = "origin", external = (address = "127.0.0.1:${originPort}", http = ()))],`,
    `  sockets = [${parts.flatMap(({ sockets }) => sockets).join(", ")}],`,
    ");",
  ].join("\n");
  const file = join(folder, "config.capnp");
  await writeFile(file, text);

  const inspector = hasInspector ? ["--inspector-addr=127.0.0.1:0"] : [];
  const child = spawn(join(root, "node_modules/.bin/workerd"), ["serve", file, "--control-fd=3", ...inspector], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Has ended already.
    }
  };
  process.once("exit", kill);
  const interrupt = (): never => process.exit(130);
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.off("exit", kill).off("SIGINT", interrupt).off("SIGTERM", interrupt);
  };

  const ports = await Promise.race([
    readPorts(child.stdio[3] as Readable, workers.length * 2 + inspector.length),
    exited.then(() => new Map<string, number>()),
  ]);
  const portOf = (socket: string): number => {
    const port = ports.get(socket);
    if (port === undefined) throw new Error(`workerd does not listen for ${socket}`);
    return port;
  };
  try {
    workers.forEach(({ name }) => portOf(name));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    workerPort: portOf,
    cachePort: (name) => portOf(`${name}-cache`),
    inspectorPort: ports.get(inspectorName),
    pid: child.pid,
    cpuMicroseconds: () => readCpuTime(child.pid),
    stop,
  };
}

/** From the scheduler's statistics of Linux: the first number is nanoseconds on a processor, one file per thread. */
function readCpuTime(pid: number | undefined): number | undefined {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(`${tasks}/${pid}/schedstat`)) return undefined;
  const nanoseconds = readdirSync(tasks).map((thread) => {
    try {
      return Number(readFileSync(`${tasks}/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // The thread has ended since the folder was read.
      return 0;
    }
  });
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1000;
}

/** The package does not ship the types of the whole configuration. */
function readCompatibilityDate(): string {
  const from = { config: join(root, "wrangler.toml"), env: "production" };
  const { compatibility_date: date } = unstable_readConfig(from, { hideWarnings: true }) as {
    readonly compatibility_date?: string;
  };
  if (date === undefined) throw new Error("wrangler.toml has no compatibility_date");
  return date;
}

const quote = (text: string): string => JSON.stringify(text);

interface Description {
  readonly services: readonly string[];
  readonly sockets: readonly string[];
}

async function describe(worker: ServedWorker, compatibilityDate: string, configFolder: string): Promise<Description> {
  const { name, folder, mainModule, variables } = worker;
  const cacheName = `${name}-cache`;
  const wasm = (await readdir(folder)).filter((file) => file.endsWith(".wasm"));
  // Relative to the configuration: an absolute path would be looked up in the import path.
  const embed = (file: string): string => `embed ${quote(relative(configFolder, join(folder, file)))}`;
  const modules = [
    `(name = ${quote(mainModule)}, esModule = ${embed(mainModule)})`,
    ...wasm.map((file) => `(name = ${quote(`./${file}`)}, wasm = ${embed(file)})`),
  ];
  const bindings = Object.entries(variables).map(([key, value]) => `(name = ${quote(key)}, text = ${quote(value)})`);
  const common = `compatibilityDate = ${quote(compatibilityDate)}, globalOutbound = "origin"`;
  return {
    services: [
      `(name = ${quote(name)}, worker = (${common}, modules = [${modules.join(", ")}],
         bindings = [${bindings.join(", ")}], cacheApiOutbound = ${quote(cacheName)}))`,
      `(name = ${quote(cacheName)}, worker = (${common},
         modules = [(name = "worker-cache.js", esModule = embed "worker-cache.js")]))`,
    ],
    sockets: [name, cacheName].map(
      (service) => `(name = ${quote(service)}, address = "127.0.0.1:0", http = (), service = ${quote(service)})`,
    ),
  };
}

/** Beside the names of sockets. */
const inspectorName = "inspector";

/** Workerd reports each listening socket as a line of JSON. */
async function readPorts(control: Readable, count: number): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  let text = "";
  for await (const chunk of control) {
    const lines = (text + String(chunk)).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as { readonly event: string; readonly socket?: string; readonly port?: number };
      if (message.event === "listen" && message.socket !== undefined) ports.set(message.socket, message.port ?? 0);
      if (message.event === "listen-inspector") ports.set(inspectorName, message.port ?? 0);
    }
    if (ports.size === count) break;
  }
  return ports;
}
