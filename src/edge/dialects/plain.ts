import type { ModifierRow } from "./modifier.ts";
import type { ParsedUrl } from "./parsed-url.ts";
import { parseByQuery, queryGrammar } from "./query.ts";

/** Understood in every dialect, so that any one picture can be seen as the origin sends it. */
export const imagingRow: ModifierRow = {
  name: "imaging",
  accepts: "`off`",
  meaning: "answers with the original; any other value belongs to the origin and stays",
  isTakenOut: (value) => value === "off",
  read: (value) => (value === "off" ? { optedOut: true } : {}),
  combines: true,
  example: { url: "/photo.jpg?v=3&imaging=off", origin: "/photo.jpg?v=3", reads: { optedOut: true } },
};

export const plainRows: readonly ModifierRow[] = [imagingRow];

export const plainGrammar = queryGrammar(plainRows, { ignoresCase: false, decodesValues: false, nests: false });

/** The plain grammar: any URL; the one modifier `imaging=off` requests the original. */
export function parsePlain(pathname: string, search: string): ParsedUrl {
  return parseByQuery("plain", pathname, search, plainGrammar);
}
