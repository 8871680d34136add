/** How an answer came about (RFC 9211 §2), and for how many seconds it stays fresh. */
export type CacheEvent =
  | { readonly kind: "hit"; readonly detail: "edge" | "assembled"; readonly ttl: number }
  | {
      readonly kind: "forward";
      readonly why: "uri-miss" | "stale" | "bypass";
      readonly stored: boolean;
      readonly ttl: number | undefined;
      /** Another request's fetch was shared (RFC 9211 §2.7). */
      readonly collapsed: boolean;
    };

/** `Cache-Status` as an RFC 9651 list of one member: this cache. */
export function formatCacheStatus(event: CacheEvent): string {
  if (event.kind === "hit") return `edge-imaging; hit; ttl=${event.ttl}; detail=${event.detail}`;
  const parts = ["edge-imaging", `fwd=${event.why}`];
  if (event.stored) parts.push("stored");
  if (event.ttl !== undefined) parts.push(`ttl=${event.ttl}`);
  if (event.collapsed) parts.push("collapsed");
  return parts.join("; ");
}
