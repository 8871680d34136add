/** The dev server as a user starts it: `npm start -- --port N …`, in a process group of its own. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pause } from "./edge.ts";
import { ask } from "./http.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface DevServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** What the server printed so far. */
  output(): string;
  /** Ends the whole process group: stopping npm alone would leave workerd running. */
  close(): Promise<void>;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Starts the dev server with an empty cache and waits until it answers. */
export async function startDevServer(extraArguments: readonly string[] = []): Promise<DevServer> {
  const port = await findFreePort();
  const state = await mkdtemp(join(tmpdir(), "edge-imaging-dev-"));
  const child = spawn("npm", ["start", "--", "--port", String(port), "--persist-to", state, ...extraArguments], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (output += String(chunk)));
  const ended = new Promise<void>((exit) => child.once("exit", () => exit()));
  const group = child.pid;
  if (group === undefined) throw new Error("npm did not start");

  const isGroupAlive = (): boolean => {
    try {
      process.kill(-group, 0);
      return true;
    } catch {
      return false;
    }
  };
  const close = async (): Promise<void> => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (isGroupAlive()) process.kill(-group, signal);
      for (let waited = 0; waited < 5_000 && isGroupAlive(); waited += 50) await pause(50);
    }
    await ended;
    await rm(state, { recursive: true, force: true });
  };

  const url = `http://127.0.0.1:${port}`;
  const patience = performance.now() + 120_000;
  for (;;) {
    const healthy = await ask(`${url}/_imaging/health`, { timeoutMs: 5_000 }).then(
      (answer) => answer.status === 200,
      () => false,
    );
    if (healthy) return { url, output: () => output, close };
    if (child.exitCode !== null || performance.now() > patience) {
      await close();
      throw new Error(`the dev server did not start:\n${output}`);
    }
    await pause(200);
  }
}
