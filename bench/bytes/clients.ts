/** A kind of client, by what it sends. */
export interface BenchClient {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests JPEG photographs only: it can show one format more than the baseline's. */
  readonly legacy?: true;
}

/** From the clients that name most formats to those that name none. */
export const clients = [
  {
    name: "jxl+avif+webp",
    headers: { accept: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8" },
  },
  { name: "avif+webp", headers: { accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8" } },
  // No browser is like this; it shows what AVIF does alone, where WebP would be smaller too.
  { name: "avif", headers: { accept: "image/avif,*/*;q=0.8" } },
  { name: "webp", headers: { accept: "image/webp,image/apng,image/*,*/*;q=0.8" } },
  { name: "jxl", headers: { accept: "image/jxl,*/*;q=0.8" } },
  { name: "baseline", headers: { accept: "*/*" } },
  {
    name: "Safari 13",
    legacy: true,
    headers: {
      accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
      "user-agent":
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    },
  },
  {
    name: "IE 11",
    legacy: true,
    headers: {
      accept: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
      "user-agent": "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    },
  },
] as const satisfies readonly BenchClient[];

export type ClientName = (typeof clients)[number]["name"];
