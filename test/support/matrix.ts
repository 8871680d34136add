/** The format matrix: clients that are led to one target each, and what each kind of source becomes for them. */
import type { FormatId } from "../../src/imaging/model/formats.ts";
import { viewers } from "./shown-picture.ts";

/** What a client is sent; the last two are what every client can show. */
type Sent = "webp" | "jp2" | "jxr" | "jxl" | "avif" | "jpeg" | "png";

interface MatrixClient {
  readonly name: string;
  readonly accept: string;
  readonly userAgent?: string;
  /** The best that this client can show. */
  readonly best: Sent | undefined;
  readonly mediaType?: string;
}

/** In the order in which they ask. */
export const clients = [
  { name: "WebP", accept: "image/webp,*/*;q=0.8", best: "webp", mediaType: "image/webp" },
  {
    name: "Safari 13",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    userAgent:
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    best: "jp2",
    mediaType: "image/jp2",
  },
  {
    name: "IE 11",
    accept: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
    userAgent: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    best: "jxr",
    mediaType: "image/jxr",
  },
  {
    name: "IE 9",
    accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
    userAgent: "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
    best: "jxr",
    mediaType: "image/vnd.ms-photo",
  },
  { name: "JPEG XL", accept: "image/jxl,*/*;q=0.8", best: "jxl", mediaType: "image/jxl" },
  { name: "AVIF", accept: "image/avif,*/*;q=0.8", best: "avif", mediaType: "image/avif" },
  { name: "baseline", accept: "*/*", best: undefined },
] as const satisfies readonly MatrixClient[];

export type Client = MatrixClient;

/** Sources in the Worker's eyes, known to the test from the file itself. */
export type Kind =
  | "jpeg"
  | "CMYK jpeg"
  | "png"
  | "deep png"
  | "gif"
  | "animated gif"
  | "tiff"
  | "reduced tiff"
  | "hdr"
  | "multi-page"
  /** WebP and AVIF. */
  | "modern";

interface KindRow {
  /** What is made for a client that takes it, exact or at a look. */
  readonly made: Partial<Record<Sent, "exact" | "look">>;
  /** What everybody else gets, of these; none: the original. */
  readonly fallback: readonly Sent[];
}

const encodedLossy = { webp: "look", avif: "look", jp2: "look", jxr: "look" } as const;
const encodedExact = { webp: "exact", jp2: "exact", jxr: "exact" } as const;

/** With the default settings. */
export const kinds: Readonly<Record<Kind, KindRow>> = {
  jpeg: { made: { ...encodedLossy, jxl: "look", jpeg: "exact" }, fallback: ["jpeg"] },
  "CMYK jpeg": { made: { ...encodedLossy, jpeg: "look" }, fallback: ["jpeg"] },
  png: { made: { ...encodedExact, png: "exact" }, fallback: ["png"] },
  "deep png": { made: { png: "exact" }, fallback: ["png"] },
  gif: { made: { webp: "exact" }, fallback: [] },
  tiff: { made: { ...encodedExact, png: "exact", jpeg: "look" }, fallback: ["png", "jpeg"] },
  "reduced tiff": { made: { ...encodedLossy, jpeg: "look" }, fallback: ["jpeg"] },
  hdr: { made: {}, fallback: [] },
  "multi-page": { made: {}, fallback: [] },
  "animated gif": { made: { webp: "exact" }, fallback: [] },
  modern: { made: {}, fallback: [] },
};

/**
 * What this client may be sent of such a source; empty: the original. The smallest file wins, which may be the one that
 * every client can show.
 */
export function expectedFormats(kind: Kind, { best }: Client): readonly FormatId[] {
  const { made, fallback } = kinds[kind];
  return best !== undefined && made[best] !== undefined ? [best, ...fallback] : fallback;
}

/** Clients whose files can be judged here. */
export const judgedClients: readonly Client[] = clients.filter(
  ({ best }: Client) => viewers[best ?? ""]?.available ?? true,
);
