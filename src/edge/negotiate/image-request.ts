import type { SourceKey } from "../key.ts";
import type { Config } from "../config.ts";
import { scaleForDpr } from "../dialects/dialect.ts";
import type { ParsedUrl } from "../dialects/parsed-url.ts";
import { type Conditions, readConditions } from "../http/conditional.ts";
import { renderingFor, renderingToken } from "../presets.ts";
import type { Rendering } from "../../imaging/model/rendering.ts";
import { type RequestedUrl, parseRequestedUrl } from "./requested-url.ts";
import { destinationField, isCandidate } from "./candidate.ts";
import { type ClientClass, classifyClient, readAccept, slowed } from "./client-class.ts";
import { classifyNetwork, type ConnectionFacts, type Network, networkFields } from "./network.ts";
import { classifyPixelRatio, pixelRatioFields, pixelRatios } from "./pixel-ratio.ts";

/**
 * A request for an image, with all that the later steps may know of it. The raw header fields stop here: what is not
 * in the key, in the conditions or in the fields forwarded to the origin cannot influence an answer.
 */
export interface ImageRequest {
  readonly url: URL;
  readonly isHead: boolean;
  /** A navigation to the image itself, or its download (W3C Fetch Metadata §2.1): it is no part of a page. */
  readonly isNavigation: boolean;
  /** What the URL says. */
  readonly parsed: ParsedUrl;
  /** What the picture is drawn as before anything is made of it, for the client's screen. */
  readonly preset: Rendering | "unknown" | undefined;
  /** Path and query of the client's own request, for an answer that is passed on unchanged. */
  readonly unchangedPath: string;
  /** Path and query of the request to the origin, scaled for the client's screen. */
  readonly sourcePath: string;
  /** Device pixels per CSS pixel that `sourcePath` requests. */
  readonly pixelRatio: number;
  /** Hints that could have led to another request to the origin: fields that Vary names whatever the answer is. */
  readonly varyBy: readonly string[];
  readonly client: ClientClass;
  /** Another User-Agent could have led to another class. */
  readonly dependsOnUserAgent: boolean;
  /** What led to the network part of the class. */
  readonly network: Network;
  readonly key: SourceKey;
  /** The request's CORS `Origin`; an origin may answer by it. */
  readonly corsOrigin: string | null;
  readonly conditions: Conditions;
}

/** Keeps a scaled rendering apart from the same one that a URL names itself: their Vary differs. */
const scaledMark = "v";

/** Reads a request for a URL; undefined when it is not a candidate for an image. */
export function readImageRequest(request: Request, url: URL, config: Config): ImageRequest | undefined {
  return negotiate(request, parseRequestedUrl(url, config), config);
}

const nothing: readonly string[] = [];

/**
 * Reads a request whose URL has been read; undefined when it is not a candidate for an image. On the way of every hit: a
 * header field is read only where it can matter, since reading one costs as much as parsing a short one.
 */
export function negotiate(request: Request, asked: RequestedUrl, config: Config): ImageRequest | undefined {
  const { headers, method } = request;
  const accept = readAccept(headers.get("accept"));
  const { url, parsed } = asked;
  const fetchDestination = headers.get(destinationField);
  const candidate = isCandidate({
    method,
    hasAuthorization: headers.has("authorization"),
    pathname: url.pathname,
    hasDialectShape: asked.looksLikeImage,
    fetchDestination,
    wantsImage: accept.wantsImage,
  });
  if (!candidate || !parsed.isImageRequest) return undefined;
  const network = readNetwork(request, parsed, config);
  const isSlow = network.networkClass === "slow";
  const client = classifyClient(accept, accept.legacyRanges === undefined ? null : headers.get("user-agent"));
  const isHinted = config.DPR === "on";
  const hint = isHinted ? (headers.get(pixelRatioFields[0]) ?? headers.get(pixelRatioFields[1])) : null;
  const wanted = scaleRequest(asked, classifyPixelRatio(hint));
  // Fewer pixels serve a slow connection better, even where the URL or the client requests more.
  const scaled = isSlow ? undefined : wanted;
  const isHintDecisive = isHinted && wanted.dependsOnClient;
  const isNetworkDecisive = network.isScored && (isHintDecisive || wanted.ratio !== 1);
  const varyBy =
    isNetworkDecisive || isHintDecisive
      ? [...(isNetworkDecisive ? networkFields : []), ...(isHintDecisive ? pixelRatioFields : [])]
      : nothing;
  const preset = presetFor(asked, scaled?.ratio ?? 1);
  return {
    url,
    isHead: method === "HEAD",
    isNavigation: fetchDestination === "document",
    parsed,
    preset,
    unchangedPath: asked.unchangedPath,
    sourcePath: scaled?.sourcePath ?? parsed.sourcePath,
    // A preset is drawn here, whatever the origin can do.
    pixelRatio: preset === undefined ? (scaled?.ratio ?? 1) : 1,
    varyBy,
    client: isSlow ? slowed(client) : client,
    dependsOnUserAgent: accept.legacyRanges !== undefined,
    network,
    key: {
      site: asked.site,
      sourcePath: scaled?.keyPath ?? parsed.keyPath,
      directives: (varyBy.length > 0 ? asked.directives + scaledMark : asked.directives) + presetToken(preset),
      fingerprint: config.fingerprint,
    },
    corsOrigin: headers.get("origin"),
    conditions: readConditions(headers),
  };
}

/** How a client's screen scales a request: a preset is drawn larger here, everything else by the origin. */
function scaleRequest({ parsed, preset }: RequestedUrl, clientRatio: number): ReturnType<typeof scaleForDpr> {
  if (preset === undefined) return scaleForDpr(parsed, clientRatio);
  const { sourcePath, keyPath, dpr } = parsed;
  const isScaled = preset !== "unknown" && dpr?.allowed !== false;
  const ratio = isScaled ? (dpr?.value ?? clientRatio) : 1;
  return { sourcePath, keyPath, ratio, dependsOnClient: isScaled && dpr?.value === undefined };
}

function presetFor({ preset }: RequestedUrl, pixelRatio: number): ImageRequest["preset"] {
  return typeof preset === "object" ? renderingFor(preset, pixelRatio) : preset;
}

function presetToken(preset: ImageRequest["preset"]): string {
  return typeof preset === "object" ? renderingToken(preset) : "";
}

/** The same request for the rendering that the URL itself names, for an origin that refuses a larger one. */
export function withoutScaling(image: ImageRequest): ImageRequest {
  const { sourcePath, keyPath } = image.parsed;
  return { ...image, sourcePath, pixelRatio: 1, key: { ...image.key, sourcePath: keyPath } };
}

/** Every key that requests for a URL can have under these settings: a purge walks through them. */
export function listKeys(asked: RequestedUrl, config: Config): readonly SourceKey[] {
  const { parsed, directives, site } = asked;
  const isHinted = config.DPR === "on";
  const isScored = config.NETWORK !== "off" && parsed.network !== false;
  const keys = (isHinted ? pixelRatios : pixelRatios.slice(0, 1)).flatMap((clientRatio) => {
    const { keyPath, ratio, dependsOnClient } = scaleRequest(asked, clientRatio);
    const mark = (isHinted && dependsOnClient) || (isScored && ratio !== 1) ? scaledMark : "";
    // Slow connections, and origins that refuse a scaled rendering, get the one that the URL names.
    const scales = [
      { sourcePath: keyPath, token: presetToken(presetFor(asked, ratio)) },
      { sourcePath: parsed.keyPath, token: presetToken(presetFor(asked, 1)) },
    ];
    return scales.map(({ sourcePath, token }) => ({ sourcePath, directives: directives + mark + token }));
  });
  const unique = new Map(keys.map((key) => [`${key.directives} ${key.sourcePath}`, key]));
  return [...unique.values()].map((key) => ({ ...key, site, fingerprint: config.fingerprint }));
}

/** What the platform has measured of the connection; fields that its types do not name all. */
interface MeasuredConnection {
  readonly clientTcpRtt?: number;
  readonly clientQuicRtt?: number;
  readonly edgeL4?: { readonly deliveryRate?: number };
}

const unknownConnection: ConnectionFacts = {
  saveData: null,
  effectiveType: null,
  roundTripMs: undefined,
  deliveryRate: undefined,
};

function readNetwork(request: Request, parsed: ParsedUrl, config: Config): Network {
  const setting = parsed.network === false ? "off" : config.NETWORK;
  if (setting === "off") return classifyNetwork(unknownConnection, setting);
  const measured = setting === "rtt" ? (request as { readonly cf?: MeasuredConnection }).cf : undefined;
  return classifyNetwork(
    {
      saveData: request.headers.get("save-data"),
      effectiveType: request.headers.get("ect"),
      // One of the two is 0 or missing: a connection is either TCP or QUIC.
      roundTripMs: Math.max(measured?.clientTcpRtt ?? 0, measured?.clientQuicRtt ?? 0),
      deliveryRate: measured?.edgeL4?.deliveryRate,
    },
    setting,
  );
}
