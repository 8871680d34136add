import { canCopy } from "../http/copy-response.ts";
import { formatOfMediaType } from "../../imaging/model/formats.ts";
import type { Reason } from "../reasons.ts";
import type { Explanation } from "../respond/edge-imaging.ts";
import { keepPrivate, markForwarded } from "../respond/headers.ts";

/** What is said of an answer that is passed on. */
export interface ForwardedAnswer {
  /** Value of Cache-Status. */
  readonly status: string;
  readonly mayChange: boolean;
  readonly varyBy?: readonly string[];
  readonly isMeasured?: boolean;
}

/** The same answer with the fields that explain it; a status that no `Response` can be made with stays as it came. */
export function mark(response: Response, explanation: Explanation, about: ForwardedAnswer): Response {
  if (!canCopy(response)) return response;
  const marked = new Response(response.body, response);
  describe(marked.headers, explanation, about);
  return marked;
}

export function describe(headers: Headers, explanation: Explanation, about: ForwardedAnswer): void {
  markForwarded(headers, explanation, about.status, about.mayChange, about.varyBy);
  keepPrivate(headers, about.isMeasured ?? false);
}

/** For an answer whose bytes nobody here has read: its format is what it says of itself. */
export function explainForwarded(reason: Reason, headers: Headers, classToken: string): Explanation {
  const length = isImageType(headers) ? wholeLength(headers) : undefined;
  const format = formatOfMediaType(headers.get("content-type") ?? "");
  return { format, source: format, reason, classToken, from: length, to: length, pending: [] };
}

export function isImageType(headers: Headers): boolean {
  return /^\s*image\//i.test(headers.get("content-type") ?? "");
}

/** Length of the file, of which a part may be sent (RFC 9110 §14.4). */
function wholeLength(headers: Headers): number | undefined {
  const range = headers.get("content-range");
  if (range === null) return statedLength(headers);
  const total = /^bytes \d+-\d+\/(\d{1,15})$/.exec(range)?.[1];
  return total === undefined ? undefined : Number(total);
}

/** Content-Length of the bytes as they will be read: with a content coding it counts other bytes. */
export function statedLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  const isCoded = (headers.get("content-encoding") ?? "identity") !== "identity";
  return length !== null && /^\d{1,15}$/.test(length) && !isCoded ? Number(length) : undefined;
}
