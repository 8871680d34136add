import { type Dictionary, parseDictionary, Token } from "structured-headers";

/** Members of `Edge-Imaging` as texts (RFC 9651 §3.2); none where the field is missing or cannot be read. */
export function readMembers(headers: Headers): ReadonlyMap<string, string> {
  let dictionary: Dictionary;
  try {
    dictionary = parseDictionary(headers.get("edge-imaging") ?? "");
  } catch {
    return new Map();
  }
  return new Map([...dictionary].map(([name, [value]]) => [name, textOf(value) ?? ""]));
}

/** A token or a number as text; nothing else is alone in a field of ours. */
export function textOf(value: unknown): string | undefined {
  if (value instanceof Token) return value.toString();
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
