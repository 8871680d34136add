import type { SourceKey } from "../cache/key.ts";
import type { Config } from "../config.ts";
import { parsePlainUrl } from "../dialects/plain.ts";
import { type Conditions, readConditions } from "../respond/conditional.ts";
import { type ClientClass, readAccept } from "./client-class.ts";
import { isCandidate } from "./candidate.ts";

/**
 * A request for an image, with all that the later steps may know of it. The raw header fields stop here: what is not
 * in the key, in the conditions or in the fields forwarded to the origin cannot influence an answer.
 */
export interface ImageRequest {
  readonly url: URL;
  readonly isHead: boolean;
  readonly sourcePath: string;
  /** The URL asks for the original. */
  readonly optedOut: boolean;
  readonly client: ClientClass;
  readonly key: SourceKey;
  readonly conditions: Conditions;
  /** Hops so far (RFC 8586). */
  readonly cdnLoop: string | null;
  readonly hasCookie: boolean;
}

/** Reads a request; undefined when it is not a candidate for an image. */
export function readImageRequest(request: Request, url: URL, config: Config): ImageRequest | undefined {
  const { headers, method } = request;
  const accept = readAccept(headers.get("accept"));
  const candidate = isCandidate({
    method,
    hasAuthorization: headers.has("authorization"),
    pathname: url.pathname,
    fetchDestination: headers.get("sec-fetch-dest"),
    wantsImage: accept.wantsImage,
  });
  if (!candidate) return undefined;
  const { sourcePath, optedOut } = parsePlainUrl(url);
  const corsOrigin = headers.get("origin");
  return {
    url,
    isHead: method === "HEAD",
    sourcePath,
    optedOut,
    client: accept.clientClass,
    // One entry for http and https: it is the same picture.
    key: { site: `https://${url.host}`, sourcePath, corsOrigin, fingerprint: config.fingerprint },
    conditions: readConditions(headers),
    cdnLoop: headers.get("cdn-loop"),
    hasCookie: headers.has("cookie"),
  };
}
