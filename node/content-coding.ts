import type { Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { parseCacheControl } from "../src/edge/http/cache-control.ts";

/** What a request says of codings and of what its client has. */
export interface CodingRequest {
  readonly acceptEncoding: string | null;
  readonly ifNoneMatch: string | null;
}

export interface CodedAnswer {
  readonly headers: Headers;
  /** Codes the body; undefined where it is sent as it is. */
  readonly coder: Transform | undefined;
}

/** Text in all but name: pictures have been compressed already. */
const compressible =
  /^\s*(?:text\/(?!event-stream)|image\/svg\+xml|image\/(?:bmp|x-icon|vnd\.microsoft\.icon)|application\/(?:javascript|json|xml|wasm|[\w.-]+\+(?:json|xml)))/i;

/** Bytes below which a coding gains nothing. */
const leastBytes = 512;

/** Quick levels, since each answer is coded when it is sent; the first is preferred. What has come is sent at once. */
const coders = {
  br: () =>
    createBrotliCompress({
      flush: constants.BROTLI_OPERATION_FLUSH,
      params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
    }),
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
} as const;

type Coding = keyof typeof coders;

/**
 * An answer as its client takes it: SVGs, pages and other texts are compressed, as the network in front of a Worker does, since
 * what an origin sends is decoded here. Not against `no-transform` (RFC 9110 §7.7), and no part of a file. The entity tag of
 * coded bytes is a weak one: the same file coded again may be other bytes (§8.8.1).
 */
export function encodeAnswer({ status, headers, body }: Response, asked: CodingRequest): CodedAnswer {
  if (status === 304) return { headers: weakenConfirmed(headers, asked), coder: undefined };
  const isText = compressible.test(headers.get("content-type") ?? "");
  const isWhole = status !== 206 && !headers.has("content-range");
  const isOpen = !parseCacheControl(headers.get("cache-control") ?? "").has("no-transform");
  if (!isText || !isOpen || headers.has("content-encoding")) return { headers, coder: undefined };
  const changed = variedByCoding(headers);
  const coding = isWhole ? chooseCoding(asked.acceptEncoding) : undefined;
  const length = headers.get("content-length");
  if (coding === undefined || (length !== null && Number(length) < leastBytes))
    return { headers: changed, coder: undefined };
  changed.set("content-encoding", coding);
  changed.delete("content-length");
  changed.delete("accept-ranges");
  const etag = headers.get("etag");
  if (etag?.startsWith('"') === true) changed.set("etag", `W/${etag}`);
  return { headers: changed, coder: body === null ? undefined : coders[coding]() };
}

/** A 206 and a 304 say so as well (RFC 9110 §15.3.7, §15.4.5). */
function variedByCoding(headers: Headers): Headers {
  const changed = new Headers(headers);
  const vary = headers.get("vary") ?? "";
  if (!/(?:^|[\s,])(?:accept-encoding|\*)(?:$|[\s,])/i.test(vary)) changed.append("vary", "Accept-Encoding");
  return changed;
}

/** What a 304 says of a picture that is never coded: `Edge-Imaging` names its format, the type is not repeated. */
const compressedPicture = /\bformat=(?!svg\b|ico\b|bmp\b)/;

/** A client that has coded bytes knows them by the weak tag, and has to find it again (RFC 9111 §4.3.4). */
function weakenConfirmed(headers: Headers, { ifNoneMatch }: CodingRequest): Headers {
  const etag = headers.get("etag");
  const isPicture = compressedPicture.test(headers.get("edge-imaging") ?? "");
  if (etag === null || isPicture || !(ifNoneMatch ?? "").includes(`W/${etag}`)) return headers;
  const changed = variedByCoding(headers);
  changed.set("etag", `W/${etag}`);
  return changed;
}

/** The coding that the client prefers of those that are known here (RFC 9110 §12.5.3); undefined where it names none of them. */
function chooseCoding(acceptEncoding: string | null): Coding | undefined {
  const weights = new Map<string, number>();
  for (const item of (acceptEncoding ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  const weightOf = (coding: Coding): number => weights.get(coding) ?? weights.get("*") ?? 0;
  const known = Object.keys(coders) as Coding[];
  const best = known.toSorted((one, other) => weightOf(other) - weightOf(one))[0];
  return best !== undefined && weightOf(best) > 0 ? best : undefined;
}
