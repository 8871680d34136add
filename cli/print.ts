/**
 * The one place that writes to the terminal. What servers have sent is in most of it, and a terminal obeys control characters: they
 * move the cursor, rewrite lines, change titles, and turn the direction of text.
 */

/** Colours of our own, and what could do more than colour: controls but tab and line feed, line ends, changes of direction. */
const controls =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /\u001B\[(?:1|2|22|31|32|33|36|39)m|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/**
 * Text that a terminal shows as it is; a character that it would obey becomes `\u` and its number, as in JSON.
 * @internal exported for tests
 */
export function withoutControls(text: string): string {
  return text.replace(controls, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function printText(text: string): void {
  console.log(withoutControls(text));
}

/** JSON stays JSON, and what it means stays the same. */
export function printJson(value: unknown, indent?: number): void {
  printText(JSON.stringify(value, null, indent));
}

export function printError(text: string): void {
  console.error(withoutControls(text));
}
