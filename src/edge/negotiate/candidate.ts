import { formatOfExtension } from "../../imaging/model/formats.ts";

/** Says what a request is for (W3C Fetch Metadata §2.1). */
export const destinationField = "Sec-Fetch-Dest";

/** What the rule reads. */
export interface CandidateFacts {
  readonly method: string;
  readonly hasAuthorization: boolean;
  readonly pathname: string;
  /** The URL has the shape of an image service's. */
  readonly hasDialectShape: boolean;
  /** Value of `Sec-Fetch-Dest`. */
  readonly fetchDestination: string | null;
  /** Accept lists an image type and no page. */
  readonly wantsImage: boolean;
}

/**
 * Whether a request is treated as one for an image. The type of the answer is known only after the fetch, so a rule
 * decides before it; everything else passes untouched, so that a page, a login or an upload is never disturbed.
 */
export function isCandidate(facts: CandidateFacts): boolean {
  if (facts.method !== "GET" && facts.method !== "HEAD") return false;
  if (facts.hasAuthorization) return false;
  if (facts.hasDialectShape) return true;
  return hasImageExtension(facts.pathname) || facts.fetchDestination === "image" || facts.wantsImage;
}

/** Whether the path ends like the name of an image file. */
export function hasImageExtension(pathname: string): boolean {
  return formatOfExtension(extensionOf(pathname)) !== undefined;
}

/** The lower-case extension of a path's last segment, without the dot; empty when there is none. */
export function extensionOf(pathname: string): string {
  const segment = pathname.slice(pathname.lastIndexOf("/") + 1);
  const dot = segment.lastIndexOf(".");
  return dot < 0 ? "" : segment.slice(dot + 1).toLowerCase();
}
