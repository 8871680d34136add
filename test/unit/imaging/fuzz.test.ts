/** A few of the inputs of `npm run fuzz`: see `docs/proof.md` for the many. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

it("finds nothing in some damaged files", () => {
  const options = ["--inputs", "100", "--seed", "2026"];
  const output = execFileSync(process.execPath, ["prove/fuzz-alone.ts", ...options], { cwd: root, encoding: "utf8" });
  expect(output).toMatch(/\| 2026 \| 100 \|/);
});
