/** The page of proofs, rendered from the records of the last runs. */
import { type ProofPart, parts } from "../prove/parts.ts";
import { type ProofRecord, readProof } from "../prove/record.ts";
import { renderRun } from "./render-benchmarks.ts";
import { renderTable } from "./markdown.ts";

const introduction = `# Proof

What was tried against this project, and what happened: damaged files, hostile requests, load, faults. [SECURITY.md](../SECURITY.md)
says what is to hold. \`npm run prove\` runs everything again, \`npm run prove -- fuzz\` one part; each leaves a record in
\`prove/results/\`, and fails where something does not hold. Nothing is judged by a time on a busy machine: processor time,
bytes and counts decide.

This page is written by \`npm run generate\` from those records.`;

/** The whole page. */
export function renderProof(): string {
  const sections = Object.entries(parts).map(([name, part]) => renderSection(name, part, readProof(name)));
  return `${[introduction, ...sections].join("\n\n")}\n`;
}

function renderSection(name: string, { title, about, conclude }: ProofPart, record: ProofRecord | undefined): string {
  if (record === undefined) {
    return [`## ${title}`, about, `No run of \`npm run prove -- ${name}\` is recorded.`].join("\n\n");
  }
  const conclusion = conclude?.(record) ?? [];
  const body = [renderRun(record), ...record.tables.map(renderTable), conclusion, renderVerdict(record)].flat();
  return [`## ${title}`, about, ...body].join("\n\n");
}

function renderVerdict({ failures }: ProofRecord): string {
  if (failures.length === 0) return "Everything held.";
  return ["Did not hold:", "", ...failures.map((failure) => `- ${failure}`)].join("\n");
}
