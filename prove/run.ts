/**
 * `npm run prove`: all proofs; `npm run prove -- fuzz`: one of them, by its name in the table of parts, with its own
 * options after the name. Writes the record of each; `npm run generate` makes `docs/proof.md` of them.
 */
import { parts } from "./parts.ts";
import { describeProof, writeProof } from "./record.ts";
import { renderTable } from "../scripts/markdown.ts";

const [wanted, ...options] = process.argv.slice(2);
const chosen = Object.entries(parts).filter(([name]) => wanted === undefined || name === wanted);
if (chosen.length === 0) {
  console.error(`No proof is called "${wanted}"; there are ${Object.keys(parts).join(", ")}.`);
  process.exitCode = 2;
}
for (const [name, { title, run }] of chosen) {
  console.log(`\n${title}\n`);
  const record = describeProof(name, options);
  const { tables, failures } = await run(options);
  writeProof(name, { ...record, tables, failures });
  console.log(tables.map(renderTable).join("\n\n"));
  for (const failure of failures) console.error(`does not hold: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
