import { connectionFields } from "../http/connection.ts";
import { dependsOnOrigin, ownAudience } from "../plan/audience.ts";
import type { OriginReply } from "../plan/known-source.ts";
import type { OriginAnswer } from "./fetch-source.ts";
import { freshnessOf, headerList, passed, refuseToStore } from "./read-source.ts";
import type { KeptSource, Load, Source } from "./source.ts";

/** What is kept, with the original's bytes. */
type WholeSource = KeptSource & { readonly bytes: NonNullable<KeptSource["bytes"]> };

type HeaderList = OriginReply["headers"];

/** Fields of a stored answer that a 304 says nothing about (RFC 9111 §3.2), and those that were about the moment it came. */
const notUpdated: readonly string[] = ["content-encoding", "content-length", "content-range", "transfer-encoding"];
const ofTheMoment: readonly string[] = ["age", "date"];

/**
 * What is kept, confirmed by a 304: its header is updated and judged by the same rules as that of a 200 (RFC 9111 §4.3.4).
 * Where it may not be stored any more, it is for this client only.
 */
export function renew(load: Load, kept: WholeSource, answer: OriginAnswer): Source {
  const { image, stored, services } = load;
  const headers = updateFields(kept.known.reply.headers, answer.response.headers);
  const fields = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
  const freshness = freshnessOf(fields, services);
  const unstored = refuseToStore(fields, freshness, services, answer.expectedSeconds);
  if (unstored !== undefined) {
    const response = new Response(kept.bytes, { headers: fields });
    return passed({ ...answer, response }, unstored, kept.known.file.facts.format, undefined);
  }
  const reply: OriginReply = {
    originEtag: fields.get("etag"),
    lastModified: fields.get("last-modified"),
    headers,
    freshness,
    confirmedAt: services.now(),
  };
  const audience = dependsOnOrigin(headers) ? ownAudience(image.corsOrigin) : kept.audience;
  return {
    kind: "loaded",
    known: { ...kept.known, reply },
    audience,
    bytes: kept.bytes,
    stored,
    from: "origin",
    why: "stale",
  };
}

function updateFields(kept: HeaderList, confirmation: Headers): HeaderList {
  const hopByHop = connectionFields(confirmation.get("connection"));
  const repeated = headerList(confirmation).filter(([name]) => !notUpdated.includes(name) && !hopByHop.has(name));
  const names = new Set([...ofTheMoment, ...repeated.map(([name]) => name)]);
  return [...kept.filter(([name]) => !names.has(name)), ...repeated];
}

/**
 * Whether a 304 is about another version than the one that is kept: its strong entity tag is not the kept one's (RFC 9111
 * §4.3.4).
 */
export function isAboutAnother({ known }: KeptSource, { response }: OriginAnswer): boolean {
  const etag = response.headers.get("etag");
  return etag !== null && !etag.startsWith("W/") && etag !== known.reply.originEtag;
}
