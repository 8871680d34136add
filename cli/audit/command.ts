import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import colours from "picocolors";
import { startApplication } from "../../node/application.ts";
import { collectFromSite, collectFromSitemap, type CollectOptions, readList } from "../collect/collect.ts";
import { BadUsage, exitCodes } from "../exit-codes.ts";
import { readUrl } from "../http.ts";
import { readCount } from "../numbers.ts";
import { type Progress, showProgress } from "../progress.ts";
import { formatBytes, formatSaved, renderTable } from "../table.ts";
import { auditedClasses } from "./classes.ts";
import { type Audited, measure } from "./measure.ts";
import { renderAudit } from "./report.ts";
import { savedBy, sumOf } from "./sum.ts";
import { printError, printJson, printText } from "../print.ts";

interface Options {
  readonly list?: string;
  readonly sitemap?: string;
  readonly pages: number;
  readonly images: number;
  readonly delay: number;
  readonly json?: boolean;
  readonly html?: string;
}

const cacheBytes = 2e9;
/** Rows of the table; the report and the JSON have all. */
const shownRows = 20;

export function addAudit(program: Command): void {
  program
    .command("audit")
    .description("says what a site would save, without a deployment: by the same code, in this process")
    .argument("[site]", "the address of a page to begin with")
    .option("--list <file>", "URLs of images, one in a line, in place of a site")
    .option("--sitemap <url>", "a site map, in place of a page")
    .option("--pages <number>", "pages that are read at most", readCount, 20)
    .option("--images <number>", "images that are asked for at most", readCount, 200)
    .option("--delay <ms>", "between two requests", readCount, 250)
    .option("--json", "everything as JSON")
    .option("--html <file>", "a report with thumbnails, to keep or to send")
    .action(audit);
}

async function audit(site: string | undefined, options: Options): Promise<void> {
  const progress = showProgress("audit");
  const failures: string[] = [];
  const collecting: CollectOptions = {
    ...options,
    onProgress: (pages, images) => progress.show(pages, images),
    onFailure: (message) => failures.push(message),
  };
  const urls = await collect(site, options, collecting);
  const audited = urls.length === 0 ? [] : await measureAll(urls, options.delay, progress, failures);
  progress.end();
  const worst = audited.toSorted((a, b) => savedBy(b, 0) - savedBy(a, 0));
  if (options.html !== undefined) await writeFile(options.html, await renderAudit(worst, failures));
  if (options.json === true) printJson(summarise(worst, failures), 2);
  else print(worst, failures);
  if (audited.length > 0) return;
  printError(urls.length === 0 ? nothingFound : "error: none of the images could be had");
  process.exitCode = exitCodes.faults;
}

/** Those that could be had; of each other one, why not, is added to the failures. */
async function measureAll(
  urls: readonly string[],
  delay: number,
  progress: Progress,
  failures: string[],
): Promise<readonly Audited[]> {
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-audit-"));
  const audited: Audited[] = [];
  try {
    const variables = { ORIGIN: "route", EAGER: "avif,webp", MIN_TTL_SECONDS: "0" };
    const application = await startApplication({
      variables,
      cacheFolder: folder,
      maxCacheBytes: cacheBytes,
      report: () => undefined,
    });
    for (const [index, url] of urls.entries()) {
      const measured = await measure(url, application).catch(String);
      if (typeof measured === "string") failures.push(`${url}: ${measured}`);
      else audited.push(measured);
      progress.show(index + 1, urls.length);
      await pause(delay);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return audited;
}

async function collect(
  site: string | undefined,
  { list, sitemap, images }: Options,
  collecting: CollectOptions,
): Promise<readonly string[]> {
  const named = [site, list, sitemap].filter((each) => each !== undefined);
  if (named.length !== 1) throw new BadUsage("name one of a site, --list and --sitemap");
  if (list !== undefined) return (await readList(list)).slice(0, images);
  if (sitemap !== undefined) return collectFromSitemap(readUrl(sitemap).href, collecting);
  return collectFromSite(readUrl(site ?? "").href, collecting);
}

function print(all: readonly Audited[], failures: readonly string[]): void {
  const { from, classes } = sumOf(all);
  const rows = all
    .slice(0, shownRows)
    .map(({ url, source, classes: results }) => [
      shorten(url),
      source.format,
      formatBytes(source.bytes),
      ...results.map(({ bytes }) => formatSaved(source.bytes, bytes)),
      results[0]?.reason ?? "",
    ]);
  const total = [
    all.length === 1 ? "1 image" : `${all.length} images`,
    "",
    formatBytes(from),
    ...classes.map((bytes) => formatSaved(from, bytes)),
    "",
  ];
  const head = ["image", "is", " bytes", ...auditedClasses.map(({ name }) => ` ${name}`), "reason"];
  if (all.length > 0) printText(renderTable(head, [...rows, total.map((text) => colours.bold(text))]));
  if (all.length > shownRows) printText(`The ${shownRows} that would save most; --json and --html have all.`);
  for (const failure of failures) printText(colours.yellow(failure));
}

const nothingFound =
  "error: no images were found. Those that a script loads are not seen: name a site map with --sitemap, or a file of their URLs with --list";

/** The end of a URL says more than its beginning. */
function shorten(url: string): string {
  const { pathname, search } = new URL(url);
  const text = pathname + search;
  return text.length <= 48 ? text : `…${text.slice(-47)}`;
}

function summarise(all: readonly Audited[], failures: readonly string[]): object {
  const { from, classes } = sumOf(all);
  const totals = auditedClasses.map(({ name }, index) => ({ name, bytes: classes[index] ?? 0 }));
  return {
    images: all.map(({ url, source, classes: results }) => ({
      url,
      source,
      classes: results.map(({ name, format, bytes, reason }) => ({ name, format, bytes, reason })),
    })),
    total: { images: all.length, bytes: from, classes: totals },
    failures,
  };
}
