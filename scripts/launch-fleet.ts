/**
 * A fleet on this machine, in the real local implementations: gateways with an edge cache each, one encoder, one R2 bucket
 * and its queues. The gateways are the data centres of one site.
 */
import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, Response } from "miniflare";
import { projectRoot, runTool } from "./run-tool.ts";

export interface FleetOptions {
  /** Of the first gateway; the others have the ports after it. 0 takes any. */
  readonly port: number;
  readonly gateways: number;
  readonly vars: Readonly<Record<string, string>>;
  /** Folders with the bundles, see `bundleFleet()`. */
  readonly bundles: FleetBundles;
  /** What the Workers write to their consoles. */
  readonly log?: (message: string) => void;
}

export interface FleetBundles {
  readonly gateway: string;
  readonly encoder: string;
}

export interface LocalFleet {
  /** One for each gateway: `http://127.0.0.1:port`, without a slash at the end. */
  readonly urls: readonly string[];
  readonly miniflare: Miniflare;
  close(): Promise<void>;
}

/** Bundles both Workers with the command that deploys them. */
export function bundleFleet(folder: string): FleetBundles {
  const bundles = { gateway: join(folder, "gateway"), encoder: join(folder, "encoder") };
  for (const [name, outdir] of Object.entries(bundles)) {
    const from = ["--config", `wrangler.${name}.toml`, "--outdir", outdir];
    const { succeeded, output } = runTool("wrangler", ["deploy", "--dry-run", ...from]);
    if (!succeeded) throw new Error(`wrangler cannot bundle the ${name}:\n${output}`);
  }
  return bundles;
}

export async function launchFleet({ port, gateways, vars, bundles, log }: FleetOptions): Promise<LocalFleet> {
  const names = Array.from({ length: gateways }, (_, index) => `gateway-${index + 1}`);
  const compatibilityDate = await readCompatibilityDate();
  const common = { compatibilityDate, r2Buckets: { VARIANTS: "variants" }, bindings: { ...vars } };
  const encoderModules = await readModules(bundles.encoder, "encoder.js");
  const gatewayModules = await readModules(bundles.gateway, "gateway.js");
  const isDemo = vars["ORIGIN"] === undefined || vars["ORIGIN"] === "demo:";
  const consumer = { maxBatchSize: 1, maxBatchTimeout: 0.05, maxRetries: 5, deadLetterQueue: "dead" };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      rootPath: projectRoot,
      host: "127.0.0.1",
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }) => log?.(message),
      workers: [
        ...names.map((name, index) => ({
          ...common,
          name,
          modulesRoot: bundles.gateway,
          modules: [...dataCentre(bundles.gateway, name), ...gatewayModules],
          bindings: { ...vars, ENVIRONMENT: "development", ...(isDemo && { ORIGIN: "demo:" }) },
          queueProducers: { JOBS: "jobs" },
          serviceBindings: { ENCODER: "encoder", ...(isDemo && { DEMO: readDemo }) },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: port === 0 ? 0 : port + index }],
        })),
        {
          ...common,
          name: "encoder",
          modulesRoot: bundles.encoder,
          modules: encoderModules,
          bindings: { ...vars, ORIGIN: "route" },
          queueProducers: { BACKFILL: "backfill", DEAD: "dead" },
          queueConsumers: { jobs: consumer, backfill: consumer },
        },
      ],
    }),
  );
  await miniflare.ready;
  const urls = await Promise.all(names.map(async (name) => (await miniflare.unsafeGetDirectURL(name)).origin));
  return { urls, miniflare, close: () => miniflare.dispose() };
}

/**
 * A module before the gateway: the emulator has one cache for all Workers, and each data centre has its own. Requests to
 * the machine's own address are for one site, whatever the port.
 */
function dataCentre(root: string, name: string): { type: "ESModule"; path: string; contents: string }[] {
  const cache = `
const own = caches.open(${JSON.stringify(name)});
const cache = Object.fromEntries(
  ["match", "put", "delete"].map((method) => [method, async (...given) => (await own)[method](...given)]),
);
Object.defineProperty(caches, "default", { value: cache });`;
  const main = `
import "./own-cache.js";
import gateway from "./gateway.js";
export default {
  fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.hostname !== "127.0.0.1" && url.hostname !== "localhost") return gateway.fetch(request, env, context);
    url.host = "fleet.localhost";
    url.port = "";
    return gateway.fetch(new Request(url, request), env, context);
  },
};`;
  return [
    { type: "ESModule", path: `${root}/main.js`, contents: main },
    { type: "ESModule", path: `${root}/own-cache.js`, contents: cache },
  ];
}

async function readModules(folder: string, main: string) {
  const files = await readdir(folder);
  const wasm = files.filter((file) => file.endsWith(".wasm")).map((file) => ({ type: "CompiledWasm" as const, file }));
  return Promise.all(
    [{ type: "ESModule" as const, file: main }, ...wasm].map(async ({ type, file }) => ({
      type,
      path: `${folder}/${file}`,
      contents: await readFile(`${folder}/${file}`),
    })),
  );
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
  const { pathname } = new URL(request.url);
  const path = join(
    projectRoot,
    "demo/public",
    decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname),
  );
  try {
    const bytes = await readFile(path);
    const headers = {
      "content-type": demoTypes[extname(path)] ?? "application/octet-stream",
      etag: `"${bytes.length}"`,
    };
    return new Response(bytes, { headers: { ...headers, "content-length": String(bytes.length) } });
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
