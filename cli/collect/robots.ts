/** What a site says to programs that read it (RFC 9309). */

/** Whether a path (with its query) may be asked for. */
export type Permission = (path: string) => boolean;

interface Rule {
  readonly isAllowed: boolean;
  readonly pattern: string;
}

interface Group {
  readonly agents: readonly string[];
  readonly rules: readonly Rule[];
}

export interface Robots {
  readonly mayAsk: Permission;
  /** URLs of site maps, as they are written. */
  readonly sitemaps: readonly string[];
}

/** @param agent our own product token, in lower case */
export function readRobots(text: string, agent: string): Robots {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const [, name, value] = /^\s*([\w-]+)\s*:\s*([^#]*?)\s*(?:#.*)?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name: name.toLowerCase(), value }];
  });
  const groups = readGroups(lines);
  const own = groups.filter(({ agents }) => agents.includes(agent));
  const rules = (own.length > 0 ? own : groups.filter(({ agents }) => agents.includes("*"))).flatMap(
    (group) => group.rules,
  );
  return {
    mayAsk: (path) => judge(rules, path),
    sitemaps: lines.filter(({ name }) => name === "sitemap").map(({ value }) => value),
  };
}

function readGroups(lines: readonly { readonly name: string; readonly value: string }[]): readonly Group[] {
  const groups: { agents: string[]; rules: Rule[] }[] = [];
  for (const { name, value } of lines) {
    const last = groups.at(-1);
    if (name === "user-agent") {
      // Several names in a row share their rules.
      if (last === undefined || last.rules.length > 0) groups.push({ agents: [value.toLowerCase()], rules: [] });
      else last.agents.push(value.toLowerCase());
    } else if ((name === "allow" || name === "disallow") && value !== "") {
      last?.rules.push({ isAllowed: name === "allow", pattern: value });
    }
  }
  return groups;
}

/** The longest pattern that matches decides; of two of one length the one that allows (§2.2.2). */
function judge(rules: readonly Rule[], path: string): boolean {
  const matching = rules.filter(({ pattern }) => matches(pattern, path));
  const [first] = matching.toSorted(
    (a, b) => b.pattern.length - a.pattern.length || Number(b.isAllowed) - Number(a.isAllowed),
  );
  return first?.isAllowed ?? true;
}

/** `*` matches any text, `$` at the end for the end (§2.2.3). Compared piece by piece: a pattern may be hostile. */
function matches(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith("$");
  const [start = "", ...pieces] = (isWhole ? pattern.slice(0, -1) : pattern).split("*");
  if (!path.startsWith(start)) return false;
  let at = start.length;
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const found = isWhole && isLast ? path.length - piece.length : path.indexOf(piece, at);
    if (found < at || !path.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return !isWhole || at === path.length;
}
