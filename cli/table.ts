import { stripVTControlCharacters } from "node:util";

/** Rows as aligned columns; columns whose head begins with a space are aligned to the right. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head.map((text) => text.trim()), ...rows];
  const width = (text: string): number => [...stripVTControlCharacters(text)].length;
  const widths = head.map((_text, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  return all
    .map((row) =>
      head
        .map((title, column) => {
          const text = row[column] ?? "";
          const space = " ".repeat((widths[column] ?? 0) - width(text));
          return title.startsWith(" ") ? space + text : text + space;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Decimal, as file managers and networks count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(bytes < 1e5 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A saving with its sign; more bytes than before are said, too. */
export function formatSaved(from: number, to: number): string {
  if (from <= 0) return "";
  const percent = Math.round((1 - to / from) * 100);
  if (percent === 0) return "0 %";
  return percent > 0 ? `−${Math.min(99, percent)} %` : `+${-percent} %`;
}
