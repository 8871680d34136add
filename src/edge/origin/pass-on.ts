import type { ImageRequest } from "../negotiate/image-request.ts";
import { formatCacheStatus } from "../http/cache-status.ts";
import { isNotModified } from "../http/conditional.ts";
import type { Explanation } from "../respond/edge-imaging.ts";
import { keepForOneClient, keepPrivate, markForwarded } from "../respond/headers.ts";
import { type Reason, reasons } from "../reasons.ts";
import type { Services } from "../services.ts";
import { askOrigin } from "./fetch-source.ts";
import { type ForwardedSource, statedLength } from "./load-source.ts";
import { buildUnchangedRequest, locateSource } from "./origin-request.ts";
import { resumeBody } from "./read-body.ts";

/** Anything that is not a candidate: the client's own request, and the origin's own answer, streamed. */
export async function passThrough(request: Request, url: URL, services: Services): Promise<Response> {
  const target = locateSource(url, url.pathname + url.search, services.config);
  const response = await askOrigin(services.origin, target, buildUnchangedRequest(request, target));
  if (!isImageType(response.headers)) return response;
  return mark(response, explainForwarded("bypass", response.headers, "baseline"), {
    status: bypassed,
    mayChange: false,
  });
}

/** A candidate that is not to be optimised: the client's own request, the answer marked with the reason. */
export async function passUnchanged(
  request: Request,
  image: ImageRequest,
  reason: Reason,
  services: Services,
): Promise<Response> {
  const target = locateSource(image.url, image.unchangedPath, services.config);
  const response = await askOrigin(services.origin, target, buildUnchangedRequest(request, target));
  const actual = reasonOf(response, reason);
  const { transient: mayChange } = reasons[actual];
  return mark(response, explainForwarded(actual, response.headers, image.client.token), {
    status: bypassed,
    mayChange,
  });
}

function reasonOf(response: Response, reason: Reason): Reason {
  if (response.status >= 400) return "origin-error";
  const isWhole = response.status === 200;
  return isWhole && !isImageType(response.headers) ? "not-an-image" : reason;
}

/** An answer for one client only, as the origin gave it, with what has been read of its body put back in front. */
export async function passOn(
  request: Request,
  image: ImageRequest,
  source: ForwardedSource,
  services: Services,
): Promise<Response> {
  if (source.isRefusal && request.headers.has("cookie")) {
    // Sources are fetched without cookies; this one seems to need them, so it is the client's alone.
    await discardForwarded(source);
    const answer = await passUnchanged(request, image, "not-cacheable", services);
    if (answer.ok) keepForOneClient(answer.headers);
    return answer;
  }
  const { response, opened } = source;
  const headers = new Headers(response.headers);
  const length = statedLength(headers);
  const explanation: Explanation = {
    format: source.format,
    source: source.format,
    reason: source.reason,
    classToken: image.client.token,
    from: source.format === undefined ? undefined : length,
    to: source.format === undefined ? undefined : length,
    pending: [],
  };
  const status = formatCacheStatus({
    kind: "forward",
    why: "uri-miss",
    stored: false,
    ttl: undefined,
    collapsed: false,
  });
  const { transient: mayChange } = reasons[source.reason];
  const about = { status, mayChange, varyBy: image.varyBy, isMeasured: image.network.isMeasured };
  const validators = { etag: headers.get("etag"), lastModified: headers.get("last-modified") };
  const isUnmodified = response.status === 200 && isNotModified(image.conditions, validators);
  if (isUnmodified || image.isHead) {
    await discardForwarded(source);
    describe(headers, explanation, about);
    if (isUnmodified) headers.delete("content-length");
    return new Response(null, { status: isUnmodified ? 304 : response.status, headers });
  }
  if (opened === undefined) return mark(response, explanation, about);
  const { stream, done } = resumeBody(opened, length);
  services.waitUntil(done);
  if (length === undefined) headers.delete("content-length");
  describe(headers, explanation, about);
  return new Response(stream, { status: response.status, headers });
}

const bypassed = formatCacheStatus({ kind: "forward", why: "bypass", stored: false, ttl: undefined, collapsed: false });

/** Ends the transfer of an answer that is not handed on. */
export async function discardForwarded(source: ForwardedSource): Promise<void> {
  await (source.opened?.reader.cancel() ?? source.response.body?.cancel());
}

interface ForwardedAnswer {
  /** Value of Cache-Status. */
  readonly status: string;
  readonly mayChange: boolean;
  readonly varyBy?: readonly string[];
  readonly isMeasured?: boolean;
}

function mark(response: Response, explanation: Explanation, about: ForwardedAnswer): Response {
  const marked = new Response(response.body, response);
  describe(marked.headers, explanation, about);
  return marked;
}

function describe(headers: Headers, explanation: Explanation, about: ForwardedAnswer): void {
  markForwarded(headers, explanation, about.status, about.mayChange, about.varyBy);
  keepPrivate(headers, about.isMeasured ?? false);
}

function explainForwarded(reason: Reason, headers: Headers, classToken: string): Explanation {
  const length = isImageType(headers) ? statedLength(headers) : undefined;
  return { format: undefined, source: undefined, reason, classToken, from: length, to: length, pending: [] };
}

function isImageType(headers: Headers): boolean {
  return /^\s*image\//i.test(headers.get("content-type") ?? "");
}
