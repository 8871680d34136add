import { appendFile, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import pLimit from "p-limit";
import { auditedClasses } from "./audit/classes.ts";
import { collectFromSitemap, readList } from "./collect/collect.ts";
import { BadUsage, exitCodes } from "./exit-codes.ts";
import { readUrl } from "./http.ts";
import { readCount } from "./numbers.ts";
import { showProgress } from "./progress.ts";
import { formatBytes, formatSaved } from "./table.ts";
import { observeOnce } from "./verify/observe.ts";
import { printText, printJson } from "./print.ts";

interface Options {
  readonly list?: string;
  readonly sitemap?: string;
  readonly done?: string;
  readonly concurrency: number;
  readonly wait: number;
  readonly json?: boolean;
}

interface Warmed {
  images: number;
  /** Of images that an earlier run had finished. */
  skipped: number;
  answers: number;
  hits: number;
  /** Answers that were still interim after `--wait`. */
  unfinished: number;
  from: number;
  to: number;
  readonly failures: string[];
}

const retryMs = 2000;
/** Pages and images of a site map that are taken; a site of more is warmed by lists. */
const sitemapBounds = { pages: 5000, images: 100_000, delay: 50 } as const;

export function addWarm(program: Command): void {
  program
    .command("warm")
    .description("asks for images as each kind of client, until the data centre that answers has their final files")
    .option("--list <file>", "URLs of images, one in a line")
    .option("--sitemap <url>", "a site map with images, or with pages that show them")
    .option("--done <file>", "where finished URLs are noted; another run leaves them out")
    .option("--concurrency <number>", "images at once", readCount, 4)
    .option("--wait <seconds>", "how long an image is asked for again", readCount, 120)
    .option("--json", "the sums as JSON")
    .action(warm);
}

async function warm(options: Options): Promise<void> {
  const { list, sitemap, done, concurrency } = options;
  if ((list === undefined) === (sitemap === undefined)) throw new BadUsage("name one of --list and --sitemap");
  const urls =
    list === undefined ? await collectFromSitemap(readUrl(sitemap ?? "").href, sitemapBounds) : await readList(list);
  const finished = new Set(done === undefined ? [] : await readFinished(done));
  const rest = urls.filter((url) => !finished.has(url));
  const warmed: Warmed = {
    images: urls.length,
    skipped: urls.length - rest.length,
    answers: 0,
    hits: 0,
    unfinished: 0,
    from: 0,
    to: 0,
    failures: [],
  };
  const progress = showProgress("warm");
  const limit = pLimit(concurrency);
  let asked = 0;
  await Promise.all(
    rest.map((url) =>
      limit(async () => {
        const isFinished = await warmImage(url, options.wait, warmed);
        if (isFinished && done !== undefined) await appendFile(done, `${url}\n`);
        progress.show(++asked, rest.length);
      }),
    ),
  );
  progress.end();
  print(warmed, options.json === true);
  if (warmed.failures.length + warmed.unfinished > 0) process.exitCode = exitCodes.faults;
}

/** @returns whether every class has its final file */
async function warmImage(url: string, wait: number, warmed: Warmed): Promise<boolean> {
  const end = Date.now() + wait * 1000;
  let isFinished = true;
  for (const { client } of auditedClasses) {
    for (;;) {
      const seen = await observeOnce(url, client).catch(String);
      if (typeof seen === "string" || seen.answer.status !== 200) {
        warmed.failures.push(typeof seen === "string" ? seen : `${url} answered with status ${seen.answer.status}`);
        return false;
      }
      if (seen.said.pending && Date.now() + retryMs < end) {
        await pause(retryMs);
        continue;
      }
      warmed.answers += 1;
      warmed.hits += Number(seen.said.isHit === true);
      warmed.unfinished += Number(seen.said.pending);
      warmed.from += seen.said.from ?? seen.answer.body.length;
      warmed.to += seen.answer.body.length;
      isFinished &&= !seen.said.pending;
      break;
    }
  }
  return isFinished;
}

async function readFinished(file: string): Promise<readonly string[]> {
  return readFile(file, "utf8").then(
    (text) => text.split("\n").filter((line) => line !== ""),
    () => [],
  );
}

function print(warmed: Warmed, asJson: boolean): void {
  if (asJson) {
    printJson(warmed);
    return;
  }
  const { images, skipped, answers, hits, unfinished, from, to, failures } = warmed;
  const saved = from === 0 ? "" : `, ${formatBytes(from)} became ${formatBytes(to)} (${formatSaved(from, to)})`;
  printText(`${images} images, ${skipped} of them finished before; ${answers} answers, ${hits} of them hits${saved}`);
  if (unfinished > 0) printText(`${unfinished} answers are still interim: run it again`);
  for (const failure of failures) printText(failure);
}
