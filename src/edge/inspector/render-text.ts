/** A value as indented plain text, one line per fact; for reading in a browser. */
export function renderText(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    return value
      .map((item) => `${indent}-${isComposite(item) ? `\n${renderText(item, `${indent}  `)}` : ` ${String(item)}\n`}`)
      .join("");
  }
  if (typeof value !== "object" || value === null) return `${indent}${String(value)}\n`;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]: [string, unknown]) =>
      isComposite(member)
        ? `${indent}${name}:\n${renderText(member, `${indent}  `)}`
        : `${indent}${name}: ${String(member)}\n`,
    )
    .join("");
}

/** Whether a value takes lines of its own. */
function isComposite(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null;
}
