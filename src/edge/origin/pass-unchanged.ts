import { formatCacheStatus } from "../http/cache-status.ts";
import { destinationField } from "../negotiate/candidate.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { type Reason, reasons } from "../reasons.ts";
import { keepForOneClient } from "../respond/headers.ts";
import type { Ports } from "../ports.ts";
import { askOrigin } from "./fetch-source.ts";
import { explainForwarded, isImageType, mark } from "./forwarded.ts";
import { buildUnchangedRequest, locateSource } from "./origin-request.ts";

const bypassed = formatCacheStatus({ kind: "forward", why: "bypass", stored: false, ttl: undefined, collapsed: false });

/** Anything that is not a candidate: the client's own request, and the origin's own answer, streamed. */
export async function passThrough(request: Request, url: URL, services: Ports): Promise<Response> {
  const { config, origin } = services;
  const target = locateSource(url, url.pathname + url.search, config);
  const response = await askOrigin(origin, target, buildUnchangedRequest(request, url.host, target, config));
  if (!isImageType(response.headers)) return response;
  return mark(response, explainForwarded("bypass", response.headers, "baseline"), {
    status: bypassed,
    mayChange: false,
  });
}

/**
 * A candidate that is not to be optimised: the client's own request, the answer marked with the reason, which may depend
 * on what the origin answers.
 * @param varyBy fields of the request, besides Accept, that have led here
 */
export async function passUnchanged(
  request: Request,
  image: ImageRequest,
  reason: Reason | ((answer: Headers) => Reason),
  services: Ports,
  varyBy: readonly string[] = [],
): Promise<Response> {
  const { config, origin } = services;
  const target = locateSource(image.url, image.unchangedPath, config);
  const response = await askOrigin(origin, target, buildUnchangedRequest(request, image.url.host, target, config));
  const actual = reasonOf(response, typeof reason === "string" ? reason : reason(response.headers));
  const { transient: mayChange } = reasons[actual];
  return mark(response, explainForwarded(actual, response.headers, image.client.token), {
    status: bypassed,
    mayChange,
    varyBy,
  });
}

/** A file for print, as it is: somebody downloads it. */
export function passDownload(request: Request, image: ImageRequest, services: Ports): Promise<Response> {
  return passUnchanged(request, image, "opted-out", services, [destinationField]);
}

/**
 * A candidate that is the client's alone: its cookies and its other fields decide what the origin answers. Nobody else may
 * be given that, whatever it says of itself.
 */
export async function passPersonal(request: Request, image: ImageRequest, services: Ports): Promise<Response> {
  const answer = await passUnchanged(request, image, "not-cacheable", services);
  const { status, headers } = answer;
  // A page under the name of a picture is left alone, like all pages.
  const isPage = status === 200 && !isImageType(headers);
  if (status < 400 && !isPage) keepForOneClient(headers);
  return answer;
}

/** What an origin says of a client's conditions and range: it has the picture. */
const answersToConditions: readonly number[] = [412, 416];

function reasonOf(response: Response, reason: Reason): Reason {
  if (response.status >= 400 && !answersToConditions.includes(response.status)) return "origin-error";
  const isWhole = response.status === 200;
  return isWhole && !isImageType(response.headers) ? "not-an-image" : reason;
}
