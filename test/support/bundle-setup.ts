/** Bundles the Worker once for all end-to-end files, with the very command that deploys it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Bundle {
  /** Folder with `worker.js` and its `.wasm` modules. */
  readonly bundle: string;
  readonly remove: () => Promise<void>;
}

export async function bundleWorker(): Promise<Bundle> {
  const bundle = await mkdtemp(join(tmpdir(), "edge-imaging-bundle-"));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--env", "production", "--outdir", bundle],
    { cwd: root },
  );
  return { bundle, remove: () => rm(bundle, { recursive: true, force: true }) };
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { bundle, remove } = await bundleWorker();
  project.provide("workerBundle", bundle);
  return remove;
}
