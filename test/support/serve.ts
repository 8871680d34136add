/** `edge-imaging serve` as a process, with its cache on the disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Edge, edgeAt, type EdgeOptions, startEdge } from "./edge.ts";

const program = fileURLToPath(new URL("../../cli/edge-imaging.ts", import.meta.url));

export const token = "a-token-of-some-length";

export interface ServeProcess {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** Ends it as an operator would, and says its exit code. */
  stop(): Promise<number | null>;
}

/** @param port entries are kept by host, so another process answers under the same one */
export async function startServe(
  origin: string,
  cacheFolder: string,
  settings: readonly string[] = [],
  port = "0",
): Promise<ServeProcess> {
  const variables = settings.flatMap((setting) => ["--var", setting]);
  const options = ["--origin", origin, "--cache", cacheFolder, "--port", port, ...variables];
  const child: ChildProcess = spawn(process.execPath, [program, "serve", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, EDGE_IMAGING_ADMIN_TOKEN: token },
  });
  const stop = async (): Promise<number | null> => {
    const exited = once(child, "exit") as Promise<[number | null]>;
    child.kill("SIGTERM");
    return (await exited)[0];
  };
  if (child.stdout === null) throw new Error("the server has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /^http:\S+/.exec(line) ?? [];
    if (url !== undefined) return { url, stop };
  }
  throw new Error("the server did not start");
}

/** The same as {@link startEdge}, without Cloudflare and with an empty folder as its cache. */
async function startServeEdge({ vars: { ORIGIN = "", ...vars } = {} }: Pick<EdgeOptions, "vars">): Promise<Edge> {
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-serve-"));
  const server = await startServe(
    ORIGIN,
    folder,
    Object.entries(vars).map(([name, value]) => `${name}:${value}`),
  );
  return edgeAt(server.url, [], async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
}

/** Both ways to run it, for tests of what has to be the same. */
export const servers = [
  ["the Worker", startEdge],
  ["serve", startServeEdge],
] as const;
