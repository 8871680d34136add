/**
 * Reads vitest's JSON report (first argument), shows the counts, and writes `N passed, N failed` to the second. Fails
 * when a test failed, when a file could not be run at all (vitest counts no test of it), and when nothing passed.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly object[];
  }[];
}

const [reportPath, countsPath] = process.argv.slice(2);
if (reportPath === undefined || countsPath === undefined) throw new Error("usage: count-tests.ts REPORT COUNTS");

const report = JSON.parse(readFileSync(reportPath, "utf8")) as Report;
const unrunnable = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
);
for (const { name } of unrunnable) console.error(`could not be run: ${name}`);

const passed = report.numPassedTests;
const failed = report.numFailedTests + unrunnable.length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
writeFileSync(countsPath, `${passed} passed, ${failed} failed\n`);
if (failed > 0 || passed === 0) process.exitCode = 1;
