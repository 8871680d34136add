import type { Services } from "./services.ts";

/** One hit of so many is a data point: hits are many, and alike. */
const hitsPerPoint = 100;

/**
 * Counts an answer about an image, and writes a data point for it unless it is one of the hits that are left out. The
 * answer is what it was. Fields of a point: see `docs/fleet.md`.
 */
export function observe(
  response: Response,
  host: string,
  { stats, metrics }: Pick<Services, "stats" | "metrics">,
): Response {
  const { headers } = response;
  const status = headers.get("cache-status") ?? "";
  const explanation = headers.get("edge-imaging") ?? "";
  const sent = response.body === null ? 0 : Number(headers.get("content-length") ?? 0);
  const isHit = status.startsWith("edge-imaging; hit");
  stats.requests += 1;
  stats.bytesOut += sent;
  if (explanation.includes("reason=interim")) stats.interim += 1;
  if (isHit) {
    stats.hits += 1;
    if (stats.hits % hitsPerPoint !== 0) return response;
  }
  const members = readMembers(explanation);
  const from = Number(members.get("from") ?? 0);
  const isFailure = members.get("reason") === "encode-failed" || response.status >= 500;
  if (isFailure) stats.failures += 1;
  if (!isHit && !status.includes("collapsed")) stats.bytesIn += from;
  metrics?.writeDataPoint({
    indexes: [host.slice(0, maxIndexLength)],
    blobs: [
      members.get("reason") ?? "",
      members.get("format") ?? "",
      members.get("source") ?? "",
      members.get("class") ?? "",
      /(?:fwd|detail)=([a-z0-9-]+)/.exec(status)?.[1] ?? "",
      host,
    ],
    doubles: [from, Number(members.get("to") ?? 0), sent, isHit ? hitsPerPoint : 1],
  });
  return response;
}

/** Bytes of an index that Analytics Engine takes. */
const maxIndexLength = 96;

/** Members of a dictionary of tokens and integers (RFC 9651 §3.2), which is what we write. */
function readMembers(explanation: string): ReadonlyMap<string, string> {
  return new Map(
    explanation.split(", ").flatMap((member) => {
      const at = member.indexOf("=");
      return at < 0 ? [] : [[member.slice(0, at), member.slice(at + 1)] as const];
    }),
  );
}
