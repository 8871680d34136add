/** The faults of our own parts and what came of each: the tests of `test/workerd/faults/`, as a table. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Proof } from "./record.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = "test/workerd/faults";

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export async function run(): Promise<Proof> {
  const out = mkdtempSync(join(tmpdir(), "edge-imaging-faults-"));
  const file = join(out, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--project", "workerd", folder, "--reporter=json", `--outputFile=${file}`];
  try {
    // What fails is in the report.
    await new Promise<void>((resolve) => {
      execFile(process.execPath, args, { cwd: root, maxBuffer: 2 ** 26 }, () => resolve());
    });
    const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    const rows = all.map(({ ancestorTitles, title, status }) => [
      ancestorTitles.join(" "),
      title.replace(/: pictures come$/, ""),
      status === "passed" ? "right pictures" : status,
    ]);
    const failures = all
      .filter(({ status }) => status !== "passed")
      .map(({ ancestorTitles, title, failureMessages }) =>
        [...ancestorTitles, title, failureMessages[0]?.split("\n", 1)[0] ?? ""].join(" "),
      );
    if (all.length === 0) failures.push("no fault was tried");
    return { tables: [{ head: ["part", "what it does", "clients get"], rows }], failures };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
