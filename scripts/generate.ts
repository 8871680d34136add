/** Rewrites the generated regions of README.md; with `--check` only says whether they are current. */
import { readFileSync, writeFileSync } from "node:fs";
import { renderRegions } from "./render-tables.ts";

const path = new URL("../README.md", import.meta.url);
const committed = readFileSync(path, "utf8");
const current = renderRegions(committed);

if (committed === current) {
  console.log("README.md is current");
} else if (process.argv.includes("--check")) {
  console.error("README.md is out of date: run `npm run generate`");
  process.exitCode = 1;
} else {
  writeFileSync(path, current);
  console.log("README.md written");
}
