/** Finds the images of a site: from its pages, style sheets and site maps. Asks one thing after another, and waits between. */
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { BadUsage } from "../exit-codes.ts";
import { type Answer, ask, readUrl } from "../http.ts";
import { readPage, readStyleSheet } from "./page.ts";
import { readRobots, type Robots } from "./robots.ts";
import { readSitemap } from "./sitemap.ts";

/** What we call ourselves to a site, and in its robots.txt. */
const agentName = "edge-imaging";
const fields = { "user-agent": `${agentName}/1`, accept: "text/html,application/xhtml+xml,text/css,*/*;q=0.5" };

export interface CollectOptions {
  /** Pages that are read at most. */
  readonly pages: number;
  /** Images that are collected at most. */
  readonly images: number;
  /** Milliseconds between two requests. */
  readonly delay: number;
  readonly onProgress?: (pages: number, images: number) => void;
  /** Takes note of what could not be read. */
  readonly onFailure?: (message: string) => void;
}

/** Of a page, a style sheet or a site map, which may have 50 MB (sitemaps.org). */
const maxPageBytes = 50 * 1024 * 1024;
/** RFC 9309 §2.5 asks for 500 KiB at least. */
const maxRobotsBytes = 1024 * 1024;
/** Site maps in site maps are followed so deep. */
const maxSitemapDepth = 3;

/** URLs of images, one in a line; empty lines and lines that begin with # are left out. */
export async function readList(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new BadUsage(`${file} cannot be read`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => readUrl(line).href);
}

/**
 * Images of a site, beginning with a page. Pages of other hosts are not read; images may be of any host. The address of an
 * image is that image.
 */
export async function collectFromSite(start: string, options: CollectOptions): Promise<readonly string[]> {
  if (isImagePath(start)) return [start];
  const collector = new Collector(options);
  const { sitemaps } = await collector.robotsOf(start);
  await collector.readPages([start], new URL(start).host);
  for (const sitemap of sitemaps) await collector.readSitemap(sitemap, 0);
  return collector.images;
}

/** Images that a site map and its pages name. */
export async function collectFromSitemap(sitemap: string, options: CollectOptions): Promise<readonly string[]> {
  const collector = new Collector(options);
  await collector.readSitemap(sitemap, 0);
  return collector.images;
}

class Collector {
  readonly #options: CollectOptions;
  readonly #images = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #robots = new Map<string, Promise<Robots>>();
  #pages = 0;

  constructor(options: CollectOptions) {
    this.#options = options;
  }

  get images(): readonly string[] {
    return [...this.#images].slice(0, this.#options.images);
  }

  robotsOf(url: string): Promise<Robots> {
    const { origin } = new URL(url);
    const known = this.#robots.get(origin);
    if (known !== undefined) return known;
    const reading = ask(`${origin}/robots.txt`, { headers: fields, maxBytes: maxRobotsBytes }).then(
      // Without the file everything is allowed (RFC 9309 §2.3.1.3).
      ({ status, body }) => readRobots(status === 200 ? new TextDecoder().decode(body) : "", agentName),
      () => readRobots("", agentName),
    );
    this.#robots.set(origin, reading);
    return reading;
  }

  /** Reads pages of one host, and those that they lead to. */
  async readPages(start: readonly string[], host: string): Promise<void> {
    const waiting = [...start];
    for (let url = waiting.shift(); url !== undefined && this.#pages < this.#options.pages; url = waiting.shift()) {
      const answer = await this.#read(url);
      if (answer === undefined || !/html/.test(answer.headers.get("content-type") ?? "")) continue;
      this.#pages += 1;
      const { images, styleSheets, pages } = readPage(new TextDecoder().decode(answer.body), url);
      await this.#add(images);
      for (const styleSheet of styleSheets) {
        const css = await this.#read(styleSheet);
        if (css !== undefined) await this.#add(readStyleSheet(new TextDecoder().decode(css.body), styleSheet));
      }
      waiting.push(...pages.filter((page) => new URL(page).host === host));
      this.#options.onProgress?.(this.#pages, this.#images.size);
    }
  }

  async readSitemap(url: string, depth: number): Promise<void> {
    if (depth > maxSitemapDepth || !URL.canParse(url)) return;
    const answer = await this.#read(url);
    if (answer === undefined) return;
    const { pages, images, sitemaps } = readSitemap(textOf(answer.body));
    await this.#add(images.filter((image) => URL.canParse(image)));
    for (const next of sitemaps) await this.readSitemap(next, depth + 1);
    for (const page of pages.filter((each) => URL.canParse(each))) {
      if (this.#pages >= this.#options.pages) break;
      await this.#readOne(page);
    }
  }

  /** A page of a site map: the site map says which others there are. */
  async #readOne(url: string): Promise<void> {
    if (isImagePath(url)) return this.#add([url]);
    await this.readPages([url], "");
  }

  /** Undefined for what was read before, may not be read, or cannot be. */
  async #read(url: string): Promise<Answer | undefined> {
    if (this.#seen.has(url)) return undefined;
    this.#seen.add(url);
    if (!(await this.#mayAsk(url))) return undefined;
    await pause(this.#options.delay);
    try {
      const answer = await ask(url, { headers: fields, maxBytes: maxPageBytes });
      if (answer.status === 200) return answer;
      this.#options.onFailure?.(`${url} answered with status ${answer.status}`);
    } catch (error) {
      this.#options.onFailure?.(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  async #add(urls: readonly string[]): Promise<void> {
    for (const url of urls) if (await this.#mayAsk(url)) this.#images.add(url);
  }

  async #mayAsk(url: string): Promise<boolean> {
    const { pathname, search } = new URL(url);
    return (await this.robotsOf(url)).mayAsk(pathname + search);
  }
}

function isImagePath(url: string): boolean {
  return /\.(?:jpe?g|png|gif|webp|avif|tiff?)$/i.test(new URL(url).pathname);
}

/** A site map may be a gzip file (sitemaps.org). */
function textOf(body: Uint8Array): string {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  return new TextDecoder().decode(isGzip ? gunzipSync(body, { maxOutputLength: maxPageBytes }) : body);
}
