/** What a URL says to us, and the path and query that the origin is asked for. */
export interface ParsedUrl {
  /** Path and query with our own modifiers taken out, every other byte as it came. */
  readonly sourcePath: string;
  /** The URL asks for the original. */
  readonly optedOut: boolean;
}

/** The plain grammar: any URL; the one modifier `imaging=off` asks for the original. */
export function parsePlainUrl(url: URL): ParsedUrl {
  if (!url.search.includes("imaging=")) return { sourcePath: url.pathname + url.search, optedOut: false };
  const parameters = url.search.slice(1).split("&");
  const others = parameters.filter((parameter) => parameter !== "imaging=off");
  const search = others.length === 0 ? "" : `?${others.join("&")}`;
  return { sourcePath: url.pathname + search, optedOut: others.length < parameters.length };
}
