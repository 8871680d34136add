/**
 * A fleet on this machine, in the real local implementations: gateways with an edge cache each, the data centres of one
 * site; an R2 bucket and queues; and an encoder.
 */
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, Response } from "miniflare";
import { projectRoot } from "../run-tool.ts";
import { workerdPids } from "./processes.ts";

export interface FleetOptions {
  /** Of the first gateway; the others have the ports after it. Any free ones when left out. */
  readonly port?: number;
  readonly gateways: number;
  readonly vars: Readonly<Record<string, string>>;
  /** For the bundles. */
  readonly folder: string;
  /** What the Workers write to their consoles. */
  readonly log?: (message: string) => void;
}

export interface LocalFleet {
  /** One for each gateway: `http://127.0.0.1:port`, without a slash at the end. */
  readonly urls: readonly string[];
  readonly encoderUrl: string;
  /** Processes; zero where the system does not say. */
  readonly pids: { readonly encoder: number; readonly platform: number; readonly gateways: readonly number[] };
  close(): Promise<void>;
}

const host = "127.0.0.1";

const roles = ["gateway", "encoder", "platform"] as const;
type Role = (typeof roles)[number];

async function bundle(role: Role, folder: string): Promise<ModuleList> {
  const outdir = join(folder, role);
  await build({
    entryPoints: [join(projectRoot, `scripts/fleet/workers/${role}.ts`)],
    outdir,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    loader: { ".wasm": "copy" },
    external: ["cloudflare:workers"],
    alias: Object.fromEntries(
      ["fs", "path"].map((name) => [name, join(projectRoot, "src/imaging/wasm/absent-node-module.ts")]),
    ),
    logLevel: "error",
  });
  const wasm = (await readdir(outdir)).filter((file) => file.endsWith(".wasm"));
  const modules = [
    { type: "ESModule" as const, file: `${role}.js` },
    ...wasm.map((file) => ({ type: "CompiledWasm" as const, file })),
  ];
  return {
    modulesRoot: outdir,
    modules: await Promise.all(
      modules.map(async ({ type, file }) => ({
        type,
        path: join(outdir, file),
        contents: await readFile(join(outdir, file)),
      })),
    ),
  };
}

interface ModuleList {
  readonly modulesRoot: string;
  readonly modules: { type: "ESModule" | "CompiledWasm"; path: string; contents: Uint8Array }[];
}

/** The processes of a fleet. */
class Processes {
  readonly #instances: Miniflare[] = [];

  /** @returns the number of the process; zero where the system does not say */
  async start(options: Parameters<typeof convertV4MiniflareOptions>[0]): Promise<number> {
    const before = workerdPids();
    const miniflare = new Miniflare(convertV4MiniflareOptions(options));
    this.#instances.push(miniflare);
    await miniflare.ready;
    return workerdPids().find((pid) => !before.includes(pid)) ?? 0;
  }

  /** Ends all of them, also one that has not got ready. */
  async end(): Promise<void> {
    await Promise.all(this.#instances.map((each) => each.dispose()));
  }
}

/** Each part in a process of its own: in a deployment none shares a thread with another, nor with the bucket. */
export async function launchFleet(options: FleetOptions): Promise<LocalFleet> {
  const processes = new Processes();
  try {
    return { ...(await startParts(options, processes)), close: () => processes.end() };
  } catch (error) {
    await processes.end().catch(() => undefined);
    throw error;
  }
}

async function startParts(
  { port, gateways, vars, folder, log }: FleetOptions,
  processes: Processes,
): Promise<Omit<LocalFleet, "close">> {
  const compatibilityDate = await readCompatibilityDate();
  const [gatewayCode, encoderCode, platformCode] = await Promise.all(roles.map((role) => bundle(role, folder)));
  if (gatewayCode === undefined || encoderCode === undefined || platformCode === undefined) throw new Error("no code");
  const [encoderPort = 0, platformPort = 0, ...free] = await findFreePorts(2 + gateways);
  const ports = free.map((each, index) => (port === undefined ? each : port + index));
  const encoderUrl = `http://${host}:${encoderPort}`;
  const PLATFORM = `http://${host}:${platformPort}`;
  const isDemo = vars["ORIGIN"] === undefined || vars["ORIGIN"] === "demo:";
  const consumer = { maxBatchSize: 1, maxBatchTimeout: 0.05, maxRetries: 5, deadLetterQueue: "dead" };
  const common = {
    rootPath: projectRoot,
    host,
    compatibilityDate,
    cf: false as const,
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }: { readonly message: string }) => log?.(message),
  };
  // One after the other: a process is known by not having been there before.
  const encoder = await processes.start({
    ...common,
    port: encoderPort,
    ...encoderCode,
    bindings: { ...vars, ORIGIN: "route", PLATFORM },
  });
  const platform = await processes.start({
    ...common,
    port: platformPort,
    ...platformCode,
    bindings: { ENCODER_URL: encoderUrl },
    r2Buckets: { VARIANTS: "variants" },
    queueProducers: { JOBS: "jobs", BACKFILL: "backfill", DEAD: "dead" },
    queueConsumers: { jobs: consumer, backfill: consumer },
  });
  const gatewayPids: number[] = [];
  for (const each of ports) {
    gatewayPids.push(
      await processes.start({
        ...common,
        port: each,
        ...gatewayCode,
        bindings: {
          ...vars,
          ENVIRONMENT: "development",
          SITE: `${host}:${ports[0]}`,
          PLATFORM,
          ...(isDemo && { ORIGIN: "demo:" }),
        },
        serviceBindings: {
          ENCODER: async (request: { readonly url: string }) =>
            new Response(await (await fetch(encoderUrl + new URL(request.url).pathname)).text()),
          ...(isDemo && { DEMO: readDemo }),
        },
      }),
    );
  }
  return {
    urls: ports.map((each) => `http://${host}:${each}`),
    encoderUrl,
    pids: { encoder, platform, gateways: gatewayPids },
  };
}

async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

const demoTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".gif": "image/gif",
  ".tif": "image/tiff",
  ".svg": "image/svg+xml",
};

/** The demo's files, as the platform serves static assets. */
async function readDemo(request: { readonly url: string }): Promise<Response> {
  const pathname = decodeURIComponent(new URL(request.url).pathname);
  const path = join(projectRoot, "demo/public", pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  try {
    const bytes = await readFile(path);
    const type = demoTypes[extname(path)] ?? "application/octet-stream";
    const headers = { "content-type": type, etag: `"${bytes.length}"`, "content-length": String(bytes.length) };
    return new Response(bytes, { headers });
  } catch {
    return new Response(null, { status: 404 });
  }
}

async function readCompatibilityDate(): Promise<string> {
  const toml = await readFile(join(projectRoot, "wrangler.gateway.toml"), "utf8");
  const date = /^compatibility_date = "(\d{4}-\d{2}-\d{2})"/m.exec(toml)?.[1];
  if (date === undefined) throw new Error("wrangler.gateway.toml has no compatibility_date");
  return date;
}
