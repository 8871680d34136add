import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The project's root folder, so that every script works from any working directory. */
export const projectRoot = fileURLToPath(new URL("..", import.meta.url));

interface ToolResult {
  readonly succeeded: boolean;
  /** Standard output and standard error, in this order. */
  readonly output: string;
}

/**
 * Runs an installed tool to its end, without standard input so that no tool can wait for an answer. npm puts the
 * project's own tools and the Node.js that they need first in PATH: start the scripts through npm.
 */
export function runTool(name: string, args: readonly string[]): ToolResult {
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    cwd: projectRoot,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) return { succeeded: false, output: `${name}: ${error.message}; is it started through npm?` };
  return { succeeded: status === 0, output: `${stdout}${stderr}`.trim() };
}
