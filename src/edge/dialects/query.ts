import { addNote, applyModifier, decodeValue, type Draft, type ModifierRow } from "./modifier.ts";
import { type DialectId, noDirectives, type ParsedUrl, untouchedUrl } from "./parsed-url.ts";
import { isTrackingParameter, trackingPatterns } from "./tracking.ts";

/** How a dialect writes modifiers into the query. */
export interface QueryGrammar {
  /** By name; lower case where `ignoresCase`. */
  readonly rows: ReadonlyMap<string, ModifierRow>;
  /** Matches a query that holds a modifier or a tracking parameter: any other is left alone without being taken apart. */
  readonly marks: RegExp;
  readonly ignoresCase: boolean;
  /** Values are percent-decoded before they are read. */
  readonly decodesValues: boolean;
  /** `src=is(image?wid=9&hei=9)` is one parameter, ampersands included. */
  readonly nests: boolean;
  /** The row of `$name$`, a modifier that is a name alone. */
  readonly macro?: ModifierRow;
}

export function queryGrammar(
  rows: readonly ModifierRow[],
  options: Pick<QueryGrammar, "ignoresCase" | "decodesValues" | "nests" | "macro">,
): QueryGrammar {
  const named = rows.filter((row) => row !== options.macro);
  const patterns = [...named.map((row) => `${row.name}(?=[=&]|$)`), ...trackingPatterns];
  if (options.macro !== undefined) patterns.push("\\$");
  return {
    ...options,
    rows: new Map(named.map((row) => [row.name, row])),
    marks: new RegExp(`[?&](?:${patterns.join("|")})`, options.ignoresCase ? "i" : ""),
  };
}

/** Index after the bracket that closes the first one open in `text` from `from`, or -1. */
function endOfNesting(text: string, from: number): number {
  let depth = 0;
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (character === "(" || character === "{") depth += 1;
    else if (character === ")" || character === "}") {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

/** Layer sources and masks, which may hold a whole request of their own. */
const nestingStart = /^(?:src|mask)=[a-z]*[({]/i;
/** Longer than any `src=prefix(`. */
const nestingStartLength = 16;

/** The parameters of a query without its question mark, in order; joined by `&` they are the query again. */
export function splitQuery(query: string, nests: boolean): string[] {
  if (!nests) return query.split("&");
  const parameters: string[] = [];
  // One bracket that never closes ends the search for brackets, so that the time stays linear.
  let mayNest = true;
  let start = 0;
  while (start <= query.length) {
    let from = start;
    if (mayNest && nestingStart.test(query.slice(start, start + nestingStartLength))) {
      from = endOfNesting(query, start);
      mayNest = from >= 0;
    }
    const ampersand = query.indexOf("&", Math.max(from, start));
    const end = ampersand < 0 ? query.length : ampersand;
    parameters.push(query.slice(start, end));
    start = end + 1;
  }
  return parameters;
}

/** The query of these parameters, with its question mark unless there is none. */
export function joinQuery(parameters: readonly string[]): string {
  return parameters.length === 0 ? "" : `?${parameters.join("&")}`;
}

/** Name (folded as the grammar wants) and value of a parameter. */
export function nameAndValue(parameter: string, grammar: QueryGrammar): [name: string, value: string] {
  const equals = parameter.indexOf("=");
  const name = equals < 0 ? parameter : parameter.slice(0, equals);
  const value = equals < 0 ? "" : parameter.slice(equals + 1);
  return [grammar.ignoresCase ? name.toLowerCase() : name, grammar.decodesValues ? decodeValue(value) : value];
}

/** A query read into a draft, and the two queries that remain. */
export interface QueryReading {
  readonly sourceSearch: string;
  readonly keySearch: string;
}

function isMacro(parameter: string): boolean {
  return parameter.length > 2 && parameter.startsWith("$") && parameter.endsWith("$");
}

/** Reads every modifier of the query (`?…`) into the draft. Among values of one name the last accepted one counts. */
export function readQuery(search: string, grammar: QueryGrammar, draft: Draft, notes: string[]): QueryReading {
  if (!grammar.marks.test(search)) return { sourceSearch: search, keySearch: search };
  const source: string[] = [];
  const key: string[] = [];
  const seen = new Set<string>();
  for (const parameter of splitQuery(search.slice(1), grammar.nests)) {
    const [name, value] = nameAndValue(parameter, grammar);
    const row = grammar.rows.get(name);
    if (row === undefined) {
      if (grammar.macro !== undefined && isMacro(parameter)) {
        applyModifier(grammar.macro, parameter.slice(1, -1), draft, notes);
      }
      source.push(parameter);
      if (!isTrackingParameter(parameter.split("=", 1)[0] ?? "")) key.push(parameter);
      continue;
    }
    if (seen.has(name) && row.combines !== true) addNote(notes, `${name} is repeated: the last one counts`);
    seen.add(name);
    applyModifier(row, value, draft, notes);
    if (row.isTakenOut?.(value) === true) continue;
    source.push(parameter);
    key.push(parameter);
  }
  return { sourceSearch: joinQuery(source), keySearch: joinQuery(key) };
}

export function newDraft(): Draft {
  return { ...noDirectives, formatIsImage: true };
}

/** The result of a reading; a request that is not for a picture goes to the origin as it came. */
export function finishUrl(
  dialect: DialectId,
  pathname: string,
  search: string,
  { formatIsImage, ...directives }: Draft,
  { sourceSearch, keySearch }: QueryReading,
  notes: readonly string[],
): ParsedUrl {
  if (!formatIsImage || !directives.isImageRequest) {
    return { ...untouchedUrl(dialect, pathname + search), isImageRequest: false, notes };
  }
  return {
    ...directives,
    optedOut: directives.optedOut || directives.optimise === false,
    dialect,
    sourcePath: pathname + sourceSearch,
    keyPath: pathname + keySearch,
    notes,
  };
}

/** Reads a URL whose modifiers are all in the query. `settle` derives what depends on several of them. */
export function parseByQuery(
  dialect: DialectId,
  pathname: string,
  search: string,
  grammar: QueryGrammar,
  settle?: (draft: Draft) => void,
): ParsedUrl {
  if (!grammar.marks.test(search)) return untouchedUrl(dialect, pathname + search);
  const draft = newDraft();
  const notes: string[] = [];
  const reading = readQuery(search, grammar, draft, notes);
  settle?.(draft);
  return finishUrl(dialect, pathname, search, draft, reading, notes);
}
