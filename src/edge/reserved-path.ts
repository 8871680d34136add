/** Paths below this are ours: they never reach an origin, and entries of the cache lie there. */
export const reservedPath = "/_imaging/";

/**
 * Whether a path is below the reserved one, also to a server that decodes it, that takes several slashes for one, or that
 * resolves dot segments after decoding: such a request must not go on as one for a path of the origin.
 * @param pathname as the URL standard writes it
 */
export function isReserved(pathname: string): boolean {
  if (pathname.startsWith(reservedPath)) return true;
  if (!pathname.includes("%") && !pathname.includes("//")) return false;
  const decoded = pathname.replace(/%([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  // Characters that would end the path stay part of it.
  const path = decoded
    .replaceAll("?", "%3F")
    .replaceAll("#", "%23")
    .replace(/[/\\]+/g, "/");
  return new URL(path, "http://path.invalid").pathname.startsWith(reservedPath);
}
