import { type Config, hashText } from "../config.ts";
import type { OriginSetting } from "../setting-values.ts";
import { ProblemError } from "../errors.ts";

/** Our name in `CDN-Loop` (RFC 8586), on every request to an origin. */
const loopToken = "edge-imaging";

/**
 * What the origin is asked to send: formats that every browser shows, and those that are decoded here. Naming nothing
 * newer keeps an origin that negotiates from doing it a second time.
 */
const sourceAccept = "image/png,image/jpeg,image/gif,image/tiff,image/svg+xml,image/*;q=0.5,*/*;q=0.1";

/** Where a request goes. */
export interface OriginTarget {
  readonly kind: OriginSetting["kind"];
  readonly url: URL;
}

/**
 * The origin's URL for a path of ours.
 * @throws ProblemError `loop` when the origin is this host itself, which would call the Worker again.
 */
export function locateSource(requestUrl: URL, sourcePath: string, config: Config): OriginTarget {
  const { ORIGIN: origin } = config;
  // Joined as text: resolving a path that begins with two slashes would lead to another host.
  if (origin.kind === "r2") {
    // A host of its own, which is never looked up, to keep what is known of its health.
    const host = `${origin.binding.toLowerCase()}.r2.invalid`;
    return { kind: "r2", url: new URL(`https://${host}${origin.prefix}${sourcePath}`) };
  }
  if (origin.kind !== "url" && origin.kind !== "s3")
    return { kind: origin.kind, url: new URL(requestUrl.origin + sourcePath) };
  if (origin.base.host === requestUrl.host) {
    throw new ProblemError(
      "loop",
      `ORIGIN names ${requestUrl.host}, the host of this request. Use ORIGIN=route for that.`,
    );
  }
  const prefix = origin.base.pathname.replace(/\/$/, "");
  const path = origin.kind === "s3" ? (sourcePath.split("?", 1)[0] ?? "") : sourcePath;
  return { kind: origin.kind, url: new URL(origin.base.origin + prefix + path) };
}

/**
 * Whether this request has been here before (RFC 8586 §2). Another deployment of this program on the way is none of ours:
 * a shop's Worker may be in front of the image domain of a supplier that runs one, too.
 */
export function isLoop(headers: Headers, host: string, config: Config): boolean {
  const field = headers.get("cdn-loop");
  if (field === null) return false;
  const own = deploymentId(host, config);
  return field.split(",").some((hop) => {
    const [name, ...parameters] = hop.split(";").map((part) => part.trim());
    if (name?.toLowerCase() !== loopToken) return false;
    const id = parameters.find((parameter) => parameter.startsWith("id="));
    return id === undefined || id === `id=${own}`;
  });
}

/** The same for all requests to one host of one deployment. */
function deploymentId(host: string, { fingerprint }: Config): string {
  return hashText(`${fingerprint} ${host}`).toString(36);
}

/** Adds our name to the hops that the request has made so far. */
function markLoop(headers: Headers, host: string, config: Config): void {
  const hops = headers.get("cdn-loop");
  const own = `${loopToken}; id=${deploymentId(host, config)}`;
  headers.set("cdn-loop", hops === null ? own : `${hops}, ${own}`);
}

/** What is forwarded of a candidate's request, apart from what is always sent alike. */
export interface ForwardedFields {
  readonly corsOrigin: string | null;
}

/** Validators for asking whether a stored source is still the current one. */
export interface SourceValidators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** The header fields of a source request: an allow-list, so that nothing private reaches a shared answer. */
export function buildSourceHeaders(
  host: string,
  config: Config,
  fields: ForwardedFields,
  validators: SourceValidators | undefined,
): Headers {
  // The User-Agent is always alike, so that an origin's `Vary: User-Agent` cannot split one source into many.
  const headers = new Headers({ accept: sourceAccept, "user-agent": config.USER_AGENT });
  // Our own name is enough to notice a loop; other hops are the client's word, and the answer may be shared.
  markLoop(headers, host, config);
  if (fields.corsOrigin !== null) headers.set("origin", fields.corsOrigin);
  if (validators?.etag != null) headers.set("if-none-match", validators.etag);
  if (validators?.lastModified != null) headers.set("if-modified-since", validators.lastModified);
  return headers;
}

/** The client's own request, for the origin, unchanged but for the loop mark; redirects are left to the client. */
export function buildUnchangedRequest(request: Request, host: string, target: OriginTarget, config: Config): Request {
  const copy = new Request(target.url, request);
  const headers = new Headers(copy.headers);
  markLoop(headers, host, config);
  return new Request(copy, { headers, redirect: "manual" });
}
