/** Bundles the Worker once for all projects, with the very command that deploys it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = fileURLToPath(new URL("../..", import.meta.url));

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Set-ups run one after the other, and what is provided at the root every project sees.
  if (project.getProvidedContext().workerBundle !== undefined) return undefined;
  const bundle = await mkdtemp(join(tmpdir(), "edge-imaging-bundle-"));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--env", "production", "--outdir", bundle],
    { cwd: root },
  );
  project.vitest.provide("workerBundle", bundle);
  return () => rm(bundle, { recursive: true, force: true });
}
