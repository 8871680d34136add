/** `npm run fuzz -- --seconds 60 --seed 1`: the fuzzer alone, whose figures are printed and not kept. See `prove/fuzz.ts`. */
import { renderTable } from "../scripts/markdown.ts";
import { run } from "./fuzz.ts";

const { tables, failures } = await run(process.argv.slice(2));
console.log(tables.map(renderTable).join("\n\n"));
if (failures.length > 0) process.exitCode = 1;
