import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Client {
  readonly ua: string | null;
  readonly accept: string | null;
}

/** Taken where the shared list of clients is missing. */
const inlined: readonly Client[] = [
  {
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  },
  {
    ua: "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    accept: "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  },
  {
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  },
  {
    ua: "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
  },
  { ua: "curl/8.5.0", accept: "*/*" },
];

/** URLs with modifiers, one for each dialect that is read from the query. */
export const urls = {
  plain: "https://images.test/media/2024/05/hibiscus-window.jpg?v=1714550400&utm_source=news",
  scene7: "https://images.test/is/image/Shop/shoe-brown-01?wid=400&hei=300&fmt=jpeg&qlt=85,1&$zoom$&bfc=on&network=on",
  imgix: "https://images.test/shop/shoe.jpg?auto=format,compress&w=400&h=300&q=75&fit=crop&ixlib=js-3.8.0",
} as const;

const path = fileURLToPath(new URL("../../../shared/browsers.json", import.meta.url));

/** The clients of the shared list, or a few of their kind. */
export function readClients(): { readonly clients: readonly Client[]; readonly source: string } {
  if (!existsSync(path)) return { clients: inlined, source: "a few inlined clients" };
  const { entries } = JSON.parse(readFileSync(path, "utf8")) as { entries: readonly Client[] };
  return { clients: entries, source: "browsers.json" };
}

/**
 * One request per client.
 * @param mark put after the last range as a range of its own (`x-<mark>/x`), so that no Accept is one seen before.
 */
export function makeRequests(url: string, clients: readonly Client[], mark?: number): readonly Request[] {
  return clients.map(({ ua, accept }, index) => {
    const headers = new Headers({ "sec-fetch-dest": "image", "accept-encoding": "gzip, br", ect: "4g", dpr: "2" });
    const own = mark === undefined ? [] : [`x-${mark}-${index}/x`];
    const value = [...(accept === null ? [] : [accept]), ...own].join(",");
    if (value !== "") headers.set("accept", value);
    if (ua !== null) headers.set("user-agent", ua);
    return new Request(url, { headers });
  });
}
