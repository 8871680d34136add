import { Parser } from "htmlparser2";

/** What a site map names; absolute URLs as they are written (sitemaps.org protocol 0.9, with Google's extension for images). */
export interface Sitemap {
  readonly pages: readonly string[];
  readonly images: readonly string[];
  /** Other site maps, of an index. */
  readonly sitemaps: readonly string[];
}

export function readSitemap(xml: string): Sitemap {
  const found = { url: [] as string[], sitemap: [] as string[], image: [] as string[] };
  const open: string[] = [];
  let text = "";
  const parser = new Parser(
    {
      onopentag(name) {
        open.push(name.replace(/^.*:(?=image$)/, "image:"));
        text = "";
      },
      ontext(part) {
        text += part;
      },
      onclosetag(name) {
        open.pop();
        const parent = (open.at(-1) ?? "").replace(/^image:image$/, "image");
        if (/^(?:.*:)?loc$/.test(name) && (parent === "url" || parent === "sitemap" || parent === "image")) {
          found[parent].push(text.trim());
        }
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return { pages: found.url, images: found.image, sitemaps: found.sitemap };
}
