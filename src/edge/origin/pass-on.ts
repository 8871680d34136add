import { formatCacheStatus } from "../http/cache-status.ts";
import { isNotModified } from "../http/conditional.ts";
import { canCopy } from "../http/copy-response.ts";
import { flightName } from "../key.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { reasons } from "../reasons.ts";
import type { Explanation } from "../respond/edge-imaging.ts";
import type { Ports } from "../ports.ts";
import { describe, statedLength } from "./forwarded.ts";
import type { ForwardedSource } from "./source.ts";
import { passPersonal, passUnchanged } from "./pass-unchanged.ts";
import { resumeBody } from "./read-body.ts";

/**
 * An answer for one client only, as the origin gave it, with what has been read of its body put back in front. Where that
 * fails, its transfer ends, and what is held for it is given back.
 */
export async function passOn(
  request: Request,
  image: ImageRequest,
  source: ForwardedSource,
  services: Ports,
): Promise<Response> {
  try {
    return await handOn(request, image, source, services);
  } catch (error) {
    await discardForwarded(source).catch(() => undefined);
    throw error;
  }
}

async function handOn(
  request: Request,
  image: ImageRequest,
  source: ForwardedSource,
  services: Ports,
): Promise<Response> {
  const { passedUrls } = services.memory;
  const name = flightName(image.key);
  if (isForAnother(source, request)) {
    const isLesson = source.askAgain !== "once";
    if (isLesson) passedUrls.add(name, "personal");
    await discardForwarded(source);
    if (!isLesson) return passUnchanged(request, image, "interim", services);
    return passPersonal(request, image, services);
  }
  if (source.remember !== undefined) {
    passedUrls.add(name, source.remember);
    if (image.conditions.range !== null && source.response.status === 200) {
      await discardForwarded(source);
      return passUnchanged(request, image, source.reason, services);
    }
  }
  const { response, opened } = source;
  const headers = new Headers(response.headers);
  // It was begun for a client without this one's cookie, whose session it would replace.
  if (request.headers.has("cookie")) headers.delete("set-cookie");
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
  if (!canCopy(response)) return response;
  describe(headers, explanation, about);
  if (opened === undefined) {
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
  }
  if (length === undefined) headers.delete("content-length");
  const { stream, done } = resumeBody(opened, length, source.release);
  services.waitUntil(done);
  return new Response(stream, { status: response.status, headers });
}

/** Whether the client's own request could get another answer than this one, which was made without its fields. */
function isForAnother({ askAgain }: ForwardedSource, { headers }: Request): boolean {
  if (askAgain === "with-cookie") return headers.has("cookie");
  if (askAgain === "always") return ["cookie", "referer", "user-agent"].some((name) => headers.has(name));
  return askAgain === "once";
}

/** Ends the transfer of an answer that is not handed on. */
export async function discardForwarded({ opened, response, release }: ForwardedSource): Promise<void> {
  release?.();
  await (opened?.reader.cancel() ?? response.body?.cancel());
}
