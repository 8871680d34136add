/** The README is for first readers: everything that not every one of them needs belongs to a page under `docs/`. */
import { readFileSync } from "node:fs";

const maxLines = 180;

const lines = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  .trimEnd()
  .split("\n").length;
console.log(`README.md has ${lines} lines of at most ${maxLines}`);
if (lines > maxLines) process.exitCode = 1;
