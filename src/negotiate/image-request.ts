import type { SourceKey } from "../cache/key.ts";
import type { Config } from "../config.ts";
import { parsePlainUrl } from "../dialects/plain.ts";
import { type Conditions, readConditions } from "../respond/conditional.ts";
import { isCandidate } from "./candidate.ts";
import { type ClientClass, classOf, readAccept } from "./client-class.ts";
import { classifyNetwork, type Network } from "./network.ts";

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
  /** What led to the network part of the class. */
  readonly network: Network;
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
  const network = readNetwork(request, config);
  return {
    url,
    isHead: method === "HEAD",
    sourcePath,
    optedOut,
    client:
      network.networkClass === "fast" ? accept.clientClass : classOf(accept.clientClass.formats, network.networkClass),
    network,
    // One entry for http and https: it is the same picture.
    key: { site: `https://${url.host}`, sourcePath, corsOrigin, fingerprint: config.fingerprint },
    conditions: readConditions(headers),
    cdnLoop: headers.get("cdn-loop"),
    hasCookie: headers.has("cookie"),
  };
}

/** What the platform has measured of the connection; fields that its types do not name all. */
interface MeasuredConnection {
  readonly clientTcpRtt?: number;
  readonly clientQuicRtt?: number;
  readonly edgeL4?: { readonly deliveryRate?: number };
}

function readNetwork(request: Request, config: Config): Network {
  const measured = (request as { readonly cf?: MeasuredConnection }).cf;
  return classifyNetwork(
    {
      saveData: request.headers.get("save-data"),
      effectiveType: request.headers.get("ect"),
      // One of the two is 0 or missing: a connection is either TCP or QUIC.
      roundTripMs: Math.max(measured?.clientTcpRtt ?? 0, measured?.clientQuicRtt ?? 0),
      deliveryRate: measured?.edgeL4?.deliveryRate,
    },
    config.NETWORK,
  );
}
