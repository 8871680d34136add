/** The inspector's page as text in a module, so that every runtime that runs the Worker has it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { projectRoot } from "./run-tool.ts";

const folder = join(projectRoot, "src/edge/inspector/page");

export function renderInspector(): string {
  const files = {
    html: readFileSync(join(folder, "inspector.html"), "utf8"),
    css: bundle("inspector.css"),
    js: bundle("inspector.js"),
  };
  const parts = Object.entries(files).map(([name, text]) => `  ${name}: ${renderText(text)},\n`);
  return `/** Made by \`npm run generate\` from the files in \`page/\` and the demo gallery's parts. */
export const inspectorPage = {
${parts.join("")}} as const;
`;
}

/** One file without imports, readable as it is: the page is small, and what is served compresses. */
function bundle(name: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(folder, name)],
    absWorkingDir: projectRoot,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    legalComments: "none",
  });
  return outputFiles[0]?.text ?? "";
}

/** A line of text a line, for the sake of comparisons. */
function renderText(text: string): string {
  const lines = text.trimEnd().split("\n");
  return `[\n${lines.map((line) => `    ${JSON.stringify(line)},\n`).join("")}  ].join("\\n")`;
}
