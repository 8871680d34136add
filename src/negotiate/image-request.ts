import type { SourceKey } from "../cache/key.ts";
import type { Config } from "../config.ts";
import { hasDialectShape, parseUrl, scaleForDpr } from "../dialects/dialect.ts";
import { type ParsedUrl, wishesToken } from "../dialects/parsed-url.ts";
import { type Conditions, readConditions } from "../respond/conditional.ts";
import { isCandidate } from "./candidate.ts";
import { type ClientClass, classifyClient, classOf, readAccept } from "./client-class.ts";
import { classifyNetwork, type Network, networkFields } from "./network.ts";
import { classifyPixelRatio, pixelRatioFields } from "./pixel-ratio.ts";

/**
 * A request for an image, with all that the later steps may know of it. The raw header fields stop here: what is not
 * in the key, in the conditions or in the fields forwarded to the origin cannot influence an answer.
 */
export interface ImageRequest {
  readonly url: URL;
  readonly isHead: boolean;
  /** What the URL says. */
  readonly parsed: ParsedUrl;
  /** Path and query that the origin is asked for, scaled for the client's screen. */
  readonly sourcePath: string;
  /** Device pixels per CSS pixel that `sourcePath` asks for. */
  readonly pixelRatio: number;
  /** Hints that could have led to another request to the origin: fields that Vary names whatever the answer is. */
  readonly varyBy: readonly string[];
  readonly client: ClientClass;
  /** Another User-Agent could have led to another class. */
  readonly dependsOnUserAgent: boolean;
  /** What led to the network part of the class. */
  readonly network: Network;
  readonly key: SourceKey;
  readonly conditions: Conditions;
  readonly hasCookie: boolean;
}

/** Keeps a scaled rendering apart from the same one that a URL names itself: their Vary differs. */
export const scaledMark = "v";

/** Reads a request; undefined when it is not a candidate for an image. */
export function readImageRequest(request: Request, url: URL, config: Config): ImageRequest | undefined {
  const { headers, method } = request;
  const accept = readAccept(headers.get("accept"));
  const parsed = parseUrl(url, config.DIALECT);
  const candidate = isCandidate({
    method,
    hasAuthorization: headers.has("authorization"),
    pathname: url.pathname,
    // Where the dialect was told by the URL's shape, the shape is there.
    hasDialectShape: config.DIALECT === "auto" ? parsed.dialect !== "plain" : hasDialectShape(parsed, url),
    fetchDestination: headers.get("sec-fetch-dest"),
    wantsImage: accept.wantsImage,
  });
  if (!candidate || !parsed.isImageRequest) return undefined;
  const network = readNetwork(request, parsed, config);
  const isSlow = network.networkClass === "slow";
  const client = classifyClient(accept, headers.get("user-agent"));
  const isHinted = config.DPR === "on";
  const hint = isHinted ? (headers.get(pixelRatioFields[0]) ?? headers.get(pixelRatioFields[1])) : null;
  const wanted = scaleForDpr(parsed, classifyPixelRatio(hint));
  // A slow connection is better served by fewer pixels than by more of them, whoever asked for more.
  const scaled = isSlow ? undefined : wanted;
  const isHintDecisive = isHinted && wanted.dependsOnClient;
  const isNetworkDecisive = network.isLookedAt && (isHintDecisive || wanted.ratio !== 1);
  const varyBy = [...(isNetworkDecisive ? networkFields : []), ...(isHintDecisive ? pixelRatioFields : [])];
  return {
    url,
    isHead: method === "HEAD",
    parsed,
    sourcePath: scaled?.sourcePath ?? parsed.sourcePath,
    pixelRatio: scaled?.ratio ?? 1,
    varyBy,
    client: isSlow ? classOf(client.formats, "slow") : client,
    dependsOnUserAgent: accept.legacyRanges !== undefined,
    network,
    key: {
      // One entry for http and https: it is the same picture.
      site: `https://${url.host}`,
      sourcePath: scaled?.keyPath ?? parsed.keyPath,
      wishes: wishesToken(parsed) + (varyBy.length > 0 ? scaledMark : ""),
      corsOrigin: headers.get("origin"),
      fingerprint: config.fingerprint,
    },
    conditions: readConditions(headers),
    hasCookie: headers.has("cookie"),
  };
}

/** The same request for the rendering that the URL itself names, for an origin that refuses a larger one. */
export function withoutScaling(image: ImageRequest): ImageRequest {
  const { sourcePath, keyPath } = image.parsed;
  return { ...image, sourcePath, pixelRatio: 1, key: { ...image.key, sourcePath: keyPath } };
}

/** What the platform has measured of the connection; fields that its types do not name all. */
interface MeasuredConnection {
  readonly clientTcpRtt?: number;
  readonly clientQuicRtt?: number;
  readonly edgeL4?: { readonly deliveryRate?: number };
}

function readNetwork(request: Request, parsed: ParsedUrl, config: Config): Network {
  const measured = (request as { readonly cf?: MeasuredConnection }).cf;
  return classifyNetwork(
    {
      saveData: request.headers.get("save-data"),
      effectiveType: request.headers.get("ect"),
      // One of the two is 0 or missing: a connection is either TCP or QUIC.
      roundTripMs: Math.max(measured?.clientTcpRtt ?? 0, measured?.clientQuicRtt ?? 0),
      deliveryRate: measured?.edgeL4?.deliveryRate,
    },
    parsed.network === false ? "off" : config.NETWORK,
  );
}
