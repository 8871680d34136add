import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding } from "./exercise.ts";
import type { Input } from "./sources.ts";

/** Not committed: a finding becomes a fixture, or a test that makes it. */
const folder = fileURLToPath(new URL("../findings/", import.meta.url));

/** Writes the file and, beside it, what was found. */
export function keepFinding(
  seed: number,
  { number, format, file, source, names }: Input,
  findings: readonly Finding[],
): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${seed}-${number}`);
  writeFileSync(`${path}.${format}`, file);
  const reasons = findings.map(({ step, reason }) => `${step}: ${reason}`);
  writeFileSync(`${path}.json`, `${JSON.stringify({ source, names, reasons }, undefined, 2)}\n`);
  for (const reason of reasons)
    console.log(`seed ${seed}, input ${number} (${source}: ${names.join(", ")}): ${reason}`);
}
