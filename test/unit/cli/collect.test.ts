import { describe, expect, test } from "vitest";
import { readPage, readStyleSheet } from "../../../cli/collect/page.ts";
import { readRobots } from "../../../cli/collect/robots.ts";
import { readSitemap } from "../../../cli/collect/sitemap.ts";

const site = "https://shop.example";

describe("a page", () => {
  test("names images in img, srcset, picture, poster, preload and styles, relative or not, each once", () => {
    const html = `<!doctype html><head>
      <link rel="stylesheet" href="/all.css"><link rel=preload as=image href=hero.jpg imagesrcset="hero-2x.jpg 2x">
      <link rel="icon" href="/icon.png"><style>body { background: url("/ground.png") } @font-face { src: url(a.woff2) }</style></head>
      <img src="../a.jpg" srcset="a-400.jpg 400w, a-800.jpg?x=1,2 800w"><img src="../a.jpg#part">
      <picture><source srcset="https://cdn.example/b.avif, //cdn.example/b2.avif 2x" type="image/avif"><img src=b.jpg></picture>
      <video poster="/poster.jpg"></video><div style="background-image:url('c d.jpg')"></div>
      <img src="data:image/png;base64,AAAA"><img src=""><img><a href="/next">x</a><a href="mailto:a@b">y</a>`;
    const { images, styleSheets, pages } = readPage(html, `${site}/en/index.html`);
    expect(images).toEqual([
      `${site}/en/hero.jpg`,
      `${site}/en/hero-2x.jpg`,
      `${site}/ground.png`,
      `${site}/a.jpg`,
      `${site}/en/a-400.jpg`,
      `${site}/en/a-800.jpg?x=1,2`,
      "https://cdn.example/b.avif",
      "https://cdn.example/b2.avif",
      `${site}/en/b.jpg`,
      `${site}/poster.jpg`,
      `${site}/en/c%20d.jpg`,
    ]);
    expect([styleSheets, pages]).toEqual([[`${site}/all.css`], [`${site}/next`]]);
  });

  test("counts from its base element", () => {
    const { images } = readPage('<base href="/img/"><img src="a.jpg">', `${site}/en/`);
    expect(images).toEqual([`${site}/img/a.jpg`]);
  });

  test("a style sheet counts from its own address, and comments and fonts are nothing", () => {
    const css = `a { background: url(../x.png) } /* url(no.png) */ @import url("b.css"); b { src: url(f.ttf?v) }`;
    expect(readStyleSheet(css, `${site}/css/all.css`)).toEqual([`${site}/x.png`]);
  });
});

describe("robots.txt (RFC 9309)", () => {
  const text = `# a comment
User-agent: other
Disallow: /

User-Agent: Edge-Imaging
User-agent: another
Disallow: /private # and a comment
Allow: /private/open
Disallow: /*.tif$
Disallow:

User-agent: *
Disallow: /all
Sitemap: https://shop.example/sitemap.xml`;

  test.each([
    ["/photos/a.jpg", true],
    ["/private/a.jpg", false],
    ["/private/open/a.jpg", true],
    ["/x/a.tif", false],
    ["/x/a.tiff", true],
    ["/all", true],
  ])("our own group decides for %s: %s", (path, expected) => {
    expect(readRobots(text, "edge-imaging").mayAsk(path)).toBe(expected);
  });

  test("without a group of our own that for all counts", () => {
    const { mayAsk, sitemaps } = readRobots(text, "nobody");
    expect([mayAsk("/all/a"), mayAsk("/private")]).toEqual([false, true]);
    expect(sitemaps).toEqual(["https://shop.example/sitemap.xml"]);
  });

  test("a hostile pattern is compared in one pass", () => {
    const { mayAsk } = readRobots(`User-agent: *\nDisallow: /${"*a".repeat(2000)}b$`, "edge-imaging");
    expect(mayAsk(`/${"a".repeat(8000)}`)).toBe(true);
  });
});

test("a site map names pages, images and other site maps", () => {
  const xml = `<?xml version="1.0"?><x>
    <urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
      <url><loc> https://shop.example/a?x=1&amp;y=2 </loc><image:image><image:loc>https://cdn.example/a.jpg</image:loc></image:image></url>
    </urlset>
    <sitemapindex><sitemap><loc>https://shop.example/more.xml.gz</loc></sitemap></sitemapindex></x>`;
  expect(readSitemap(xml)).toEqual({
    pages: ["https://shop.example/a?x=1&y=2"],
    images: ["https://cdn.example/a.jpg"],
    sitemaps: ["https://shop.example/more.xml.gz"],
  });
});
