/** Everything that must hold before a commit: runs every check, shows each one's verdict, fails when one failed. */
import { runTool } from "./run-tool.ts";

const checks: Record<string, readonly [tool: string, ...args: string[]]> = {
  "types: src": ["tsc", "-p", "tsconfig.json"],
  "types: Node.js": ["tsc", "-p", "tsconfig.node.json"],
  "types: workerd": ["tsc", "-p", "tsconfig.workerd.json"],
  "types: kernel of WebP": ["tsc", "-p", "src/imaging/webp/rows/kernel"],
  "types: kernel of JPEG XL": ["tsc", "-p", "src/imaging/jpeg-xl/kernel"],
  lint: ["oxlint"],
  format: ["oxfmt", "--check"],
  "dead code": ["knip", "--no-progress", "--treat-config-hints-as-errors"],
  "code for tests only": ["knip", "--production", "--no-progress", "--include", "files,exports,types"],
  "generated files": ["node", "scripts/generate.ts", "--check"],
  "tracked files": ["node", "scripts/check-tracked-files.ts"],
  "supply chain": ["node", "scripts/check-supply-chain.ts"],
  "length of the README": ["node", "scripts/check-readme.ts"],
};

const failed = Object.entries(checks).filter(([title, [tool, ...args]]) => {
  const start = performance.now();
  const { succeeded, output } = runTool(tool, args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${succeeded ? "ok    " : "FAILED"} ${title} (${seconds} s)`);
  if (!succeeded) console.log(`${output}\n`);
  return !succeeded;
});

if (failed.length > 0) {
  console.error(`${failed.length} of ${Object.keys(checks).length} checks failed`);
  process.exitCode = 1;
}
