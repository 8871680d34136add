export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One table in GitHub's Markdown: https://github.github.com/gfm/#tables-extension- */
export function renderTable({ head, rows }: Table): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");
}

/** A bar ends a cell and a line break ends a row, also inside of code. */
function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

/** Text as it was printed. */
export function renderOutput(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}
