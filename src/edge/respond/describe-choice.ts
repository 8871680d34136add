import type { KnownSource } from "../plan/known-source.ts";
import { mediaTypeOf, targets } from "../targets.ts";
import { destinationField } from "../negotiate/candidate.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { networkFields } from "../negotiate/network.ts";
import { isPrintFile } from "../plan/print-file.ts";
import type { Choice } from "../plan/choose.ts";
import { buildAnswerHeaders } from "./headers.ts";

/** The header of an answer with the bytes of `variant`, or with the source's own where it is undefined. */
export function describeChoice(
  choice: Choice,
  image: ImageRequest,
  { file, reply }: KnownSource,
  variant: { readonly bytes: Uint8Array; readonly etag: string } | undefined,
): Headers {
  const target = choice.serve === "original" ? undefined : choice.serve;
  const varies = choice.variesByNetwork && image.network.isScored;
  const variesByUserAgent = choice.variesByUserAgent && image.dependsOnUserAgent;
  const variesByDestination = choice.variesByDestination && isPrintFile(file.facts);
  return buildAnswerHeaders({
    pathname: image.url.pathname,
    originHeaders: reply.headers,
    explanation: {
      format: target === undefined ? file.facts.format : targets[target].format,
      source: file.facts.format,
      reason: choice.reason,
      classToken: image.client.token,
      from: file.bytes,
      to: choice.to,
      pending: choice.pending,
    },
    mediaType: target === undefined ? undefined : mediaTypeOf(target),
    changed: variant !== undefined || image.preset !== undefined,
    etag: variant?.etag ?? file.etag,
    length: variant?.bytes.length ?? file.bytes,
    lifetimeSeconds: reply.freshness.clientSeconds,
    transient: choice.transient,
    varyBy: [
      ...new Set([
        ...(variesByUserAgent ? ["User-Agent"] : []),
        ...(variesByDestination ? [destinationField] : []),
        ...(varies ? networkFields : []),
        ...image.varyBy,
      ]),
    ],
  });
}
