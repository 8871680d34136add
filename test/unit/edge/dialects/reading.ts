import { parseUrl } from "../../../../src/edge/dialects/dialect.ts";
import { type DialectId, noWishes, type ParsedUrl } from "../../../../src/edge/dialects/parsed-url.ts";

export function read(path: string, dialect: "auto" | DialectId): ParsedUrl {
  return parseUrl(new URL(path, "https://images.test"), dialect);
}

/** What a URL says beyond nothing: the fields that differ from those of a URL without modifiers. */
export function wishesOf(parsed: ParsedUrl): Record<string, unknown> {
  const wishes: Record<string, unknown> = {};
  for (const field of Object.keys(noWishes) as (keyof typeof noWishes)[]) {
    if (parsed[field] !== noWishes[field]) wishes[field] = parsed[field];
  }
  return wishes;
}
