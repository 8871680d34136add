/** The README's tables, rendered from the rows that the program itself runs on. Pure: text in, text out. */
import { decodedFormats } from "../src/imaging/imaging.ts";
import { settings } from "../src/edge/config.ts";
import { formats } from "../src/imaging/model/formats.ts";
import { targets } from "../src/edge/targets.ts";
import { transientSeconds } from "../src/edge/limits.ts";
import { reasons } from "../src/edge/reasons.ts";

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Name of a marked region in the README, and the table that belongs there. */
export const tables = {
  settings: settingsTable,
  formats: formatsTable,
  reasons: reasonsTable,
} as const satisfies Record<string, () => Table>;

export type TableName = keyof typeof tables;

export const tableNames = Object.keys(tables) as readonly TableName[];

export function openingMark(name: TableName): string {
  return `<!-- generated:${name} -->`;
}

export function closingMark(name: TableName): string {
  return `<!-- /generated:${name} -->`;
}

/** One table in GitHub's Markdown: https://github.github.com/gfm/#tables-extension- */
export function renderTable({ head, rows }: Table): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");
}

/**
 * The document with every marked region rewritten; what stands outside of the marks is kept byte for byte.
 * @throws Error naming the region whose marks are missing, repeated or in the wrong order.
 */
export function renderRegions(document: string): string {
  return tableNames.reduce((text, name) => {
    const [before, region, ...furtherOpenings] = text.split(openingMark(name));
    const [, after, ...furtherClosings] = (region ?? "").split(closingMark(name));
    if (before === undefined || after === undefined || furtherOpenings.length + furtherClosings.length > 0) {
      throw new Error(`the region "${name}" needs exactly one ${openingMark(name)} and then one ${closingMark(name)}`);
    }
    return `${before}${openingMark(name)}\n\n${renderTable(tables[name]())}\n\n${closingMark(name)}${after}`;
  }, document);
}

/** A bar ends a cell and a line break ends a row, also inside of code. */
function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

function settingsTable(): Table {
  return {
    head: ["variable", "default", "allowed", "meaning"],
    rows: Object.entries(settings).map(([name, { default: text, allowed, meaning }]) => [
      `\`${name}\``,
      text === undefined ? "required" : text === "" ? "none" : `\`${text}\``,
      allowed,
      meaning,
    ]),
  };
}

function formatsTable(): Table {
  const decoded: readonly string[] = decodedFormats;
  const made: readonly string[] = Object.values(targets).map(({ format }) => format);
  return {
    head: ["format", "sent as", "file name extensions", "decoded here", "made here", "has to be named by a client"],
    rows: Object.entries(formats).map(([id, { mediaTypes, extensions, universal }]) => [
      `\`${id}\``,
      `\`${mediaTypes[0]}\``,
      extensions.map((extension) => `\`.${extension}\``).join(", "),
      decoded.includes(id) ? "yes" : "",
      made.includes(id) ? "yes" : "",
      universal || !made.includes(id) ? "" : "yes",
    ]),
  };
}

function reasonsTable(): Table {
  return {
    head: ["reason", "meaning", "may be kept"],
    rows: Object.entries(reasons).map(([reason, { meaning, transient }]) => [
      `\`${reason}\``,
      meaning,
      transient ? `at most ${transientSeconds} s` : "as the origin says",
    ]),
  };
}
