/** Directives by lower-case name, with their arguments; an empty text where there is none. */
export type Directives = ReadonlyMap<string, string>;

/**
 * Directives of `Cache-Control`, arguments unquoted (RFC 9111 §5.2). The first of a repeated directive counts, as §4.2.1
 * allows.
 */
export function parseCacheControl(header: string): Directives {
  const directives = new Map<string, string>();
  for (const match of header.matchAll(/([^\s,;="]+)(?:=(?:"([^"]*)"|([^\s,;"]*)))?/g)) {
    const name = (match[1] ?? "").toLowerCase();
    if (!directives.has(name)) directives.set(name, match[2] ?? match[3] ?? "");
  }
  return directives;
}

/** The field value of these directives. Arguments that are no tokens are quoted. */
export function formatCacheControl(directives: Iterable<readonly [name: string, argument: string]>): string {
  return [...directives]
    .map(([name, argument]) => {
      if (argument === "") return name;
      return /^[\w!#$%&'*+.^`|~-]+$/.test(argument) ? `${name}=${argument}` : `${name}="${argument}"`;
    })
    .join(", ");
}

/** Directives whose argument is a number of seconds. */
const deltaDirectives: readonly string[] = ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"];

const key = "[a-z*][a-z0-9_.*-]*";
/** A bare item of RFC 9651 §3.3, but for dates and display strings. */
const item = [
  String.raw`-?\d{1,15}(?:\.\d{1,3})?`,
  String.raw`"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"`,
  String.raw`[A-Za-z*][\w!#$%&'*+.^|~:/\x60-]*`,
  ":(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?:",
  String.raw`\?[01]`,
].join("|");
const parameters = `(?:;[ ]*${key}(?:=(?:${item}))?)*`;
const listed = `(?:${item})${parameters}`;
/** An item, or an inner list (§3.1.1), which no known directive has. */
const value = String.raw`${item}|\([ ]*(?:${listed}(?:[ ]+${listed})*[ ]*)?\)`;
const member = new RegExp(`[ \\t]*(${key})(?:=(${value}))?${parameters}[ \\t]*(,|$)`, "y");

/**
 * Directives of a targeted field such as `CDN-Cache-Control` (RFC 9213 §2.1), which is a dictionary of RFC 9651 §3.2:
 * the last of a repeated directive counts, and a single mistake makes the whole field void.
 * @returns undefined for a field that is missing, empty or invalid, in place of which `Cache-Control` counts (§2.2).
 */
export function parseTargetedControl(header: string | null): Directives | undefined {
  const text = (header ?? "").trim();
  if (text === "") return undefined;
  const directives = new Map<string, string>();
  member.lastIndex = 0;
  for (let comma = ","; comma === ",";) {
    const match = member.exec(text);
    const [, name = "", argument = "", after] = match ?? [];
    if (match === null || after === undefined) return undefined;
    if (deltaDirectives.includes(name) && !/^\d+$/.test(argument)) return undefined;
    directives.delete(name);
    if (argument !== "?0") directives.set(name, argument === "?1" ? "" : unquote(argument));
    comma = after;
  }
  return directives;
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
}
