/** Rewrites what is generated; with `--check` only says whether it is current. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { renderClientSupport } from "./generate-client-support.ts";
import { renderDialects } from "./render-dialects.ts";
import { renderInspector } from "./render-inspector.ts";
import { renderBenchmarks } from "./render-benchmarks.ts";
import { renderProof } from "./render-proof.ts";
import { pages, renderRegions } from "./render-tables.ts";

/** Path from the project's root, and what the file should be, given what it is. */
const renderings: Readonly<Record<string, (committed: string) => string>> = {
  ...Object.fromEntries(
    Object.entries(pages).map(([page, names]) => [page, (committed: string) => renderRegions(committed, names)]),
  ),
  "docs/benchmarks.md": () => renderBenchmarks(),
  "docs/dialects.md": () => renderDialects(),
  "docs/proof.md": () => renderProof(),
  "src/edge/inspector/page.generated.ts": () => renderInspector(),
  "src/edge/negotiate/client-support.generated.ts": () => renderClientSupport(),
};

for (const [name, render] of Object.entries(renderings)) {
  const path = new URL(`../${name}`, import.meta.url);
  const committed = existsSync(path) ? readFileSync(path, "utf8") : "";
  const current = render(committed);
  if (committed === current) {
    console.log(`${name} is current`);
  } else if (process.argv.includes("--check")) {
    console.error(`${name} is out of date: run \`npm run generate\``);
    process.exitCode = 1;
  } else {
    writeFileSync(path, current);
    console.log(`${name} written`);
  }
}
