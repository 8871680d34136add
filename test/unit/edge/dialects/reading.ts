import { parseUrl } from "../../../../src/edge/dialects/dialect.ts";
import { type DialectId, noDirectives, type ParsedUrl } from "../../../../src/edge/dialects/parsed-url.ts";

export function read(path: string, dialect: "auto" | DialectId): ParsedUrl {
  return parseUrl(new URL(path, "https://images.test"), dialect);
}

/** What a URL says beyond nothing: the fields that differ from those of a URL without modifiers. */
export function directivesOf(parsed: ParsedUrl): Record<string, unknown> {
  const directives: Record<string, unknown> = {};
  for (const field of Object.keys(noDirectives) as (keyof typeof noDirectives)[]) {
    if (parsed[field] !== noDirectives[field]) directives[field] = parsed[field];
  }
  return directives;
}
