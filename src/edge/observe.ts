import { formats } from "../imaging/model/formats.ts";
import { reasons } from "./reasons.ts";
import type { Services } from "./services.ts";
import type { FoundAnswer } from "./store/look-up.ts";

/** One hit of so many is a data point: hits are many, and alike. */
const hitsPerPoint = 100;

/**
 * Counts an answer about an image, and writes a data point for it unless it is one of the hits that are left out. The
 * answer is what it was. Fields of a point: see `docs/fleet.md`.
 */
export function observe(
  answer: Response | FoundAnswer,
  host: string,
  { stats, metrics }: Pick<Services, "stats" | "metrics">,
): Response {
  const isFound = !(answer instanceof Response);
  const response = isFound ? answer.response : answer;
  const { headers } = response;
  // The way of nearly every request: one field is read and no more, since each costs as much as all the counting.
  const sent = isFound ? answer.bytes : response.body === null ? 0 : Number(headers.get("content-length") ?? 0);
  stats.requests += 1;
  stats.bytesOut += sent;
  if (isFound) {
    stats.hits += 1;
    if (answer.isInterim) stats.interim += 1;
    if (stats.hits % hitsPerPoint !== 0) return response;
  }
  const members = readMembers(headers.get("edge-imaging") ?? "");
  const status = headers.get("cache-status") ?? "";
  const isHit = status.startsWith("edge-imaging; hit");
  const reason = members.get("reason") ?? "";
  const from = Number(members.get("from") ?? 0);
  if (!isFound) {
    if (isHit) stats.hits += 1;
    if (reason === "interim") stats.interim += 1;
  }
  if (reason === "encode-failed" || response.status >= 500) stats.failures += 1;
  // A part that is passed on has come as a part.
  if (!isHit && !status.includes("collapsed")) stats.bytesIn += response.status === 206 ? sent : from;
  const weight = isFound ? hitsPerPoint : 1;
  const to = Number(members.get("to") ?? 0);
  const format = members.get("format") ?? "";
  addTo(stats.reasons, reasons, reason, weight);
  if (sent > 0) addTo(stats.saved, formats, format, weight * (from - to));
  write(metrics, {
    indexes: [host.slice(0, maxIndexLength)],
    blobs: [
      reason,
      format,
      members.get("source") ?? "",
      members.get("class") ?? "",
      /(?:fwd|detail)=([a-z0-9-]+)/.exec(status)?.[1] ?? "",
      host,
    ],
    doubles: [from, to, sent, weight],
  });
  return response;
}

/** A point that cannot be written is one answer that is not counted. */
function write(
  metrics: Services["metrics"],
  point: Parameters<NonNullable<typeof metrics>["writeDataPoint"]>[0],
): void {
  try {
    metrics?.writeDataPoint(point);
  } catch {
    // As said.
  }
}

/** Adds to what is counted under a name, if it is one of ours. */
function addTo<Name extends string>(
  counts: Partial<Record<Name, number>>,
  names: Readonly<Record<Name, unknown>>,
  name: string,
  more: number,
): void {
  if (!Object.hasOwn(names, name)) return;
  const known = name as Name;
  counts[known] = (counts[known] ?? 0) + more;
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
