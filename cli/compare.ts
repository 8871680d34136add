import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Command } from "commander";
import sharp from "sharp";
import { startApplication } from "../node/application.ts";
import { predictScore, type ScoreScale } from "../src/imaging/cost/score.ts";
import { formatOfExtension, formats } from "../src/imaging/model/formats.ts";
import { measureDissimilarity } from "../src/imaging/pixels/dissimilarity.ts";
import { type Audited, type ClassResult, measure } from "./audit/measure.ts";
import { renderThumbnail } from "./audit/thumbnail.ts";
import { BadUsage, exitCodes } from "./exit-codes.ts";
import { escapeHtml, renderPage } from "./html.ts";
import { formatBytes, formatSaved, renderTable } from "./table.ts";
import { printText, printError, printJson } from "./print.ts";

interface Compared extends ClassResult {
  /** Near SSIMULACRA 2: at 90 no difference is seen, 70 is good. Undefined where nothing here decodes the file. */
  readonly score: number | undefined;
  readonly file: Uint8Array;
}

interface ComparedFile extends Omit<Audited, "classes"> {
  readonly classes: readonly Compared[];
}

const cacheBytes = 1e9;
const thumbnailSide = 320;
/** This computer: nothing is asked for over the network. */
const host = "http://localhost";

export function addCompare(program: Command): void {
  program
    .command("compare")
    .description("what would become of files on this computer: bytes, score and time by kind of client")
    .argument("<file...>", "images")
    .option("--json", "everything as JSON")
    .option("--html <file>", "a contact sheet")
    .action(compare);
}

async function compare(
  files: readonly string[],
  options: { readonly json?: boolean; readonly html?: string },
): Promise<void> {
  const originals = await Promise.all(files.map(readOriginal));
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-compare-"));
  const compared: ComparedFile[] = [];
  try {
    const application = await startApplication({
      variables: { ORIGIN: "route", MIN_TTL_SECONDS: "0" },
      cacheFolder: folder,
      maxCacheBytes: cacheBytes,
      report: () => undefined,
      fetch: (request) => Promise.resolve(respondFile(originals[Number(new URL(request.url).pathname.split("/")[1])])),
    });
    for (const [index, { name, bytes }] of originals.entries()) {
      const measured = await measure(`${host}/${index}/${encodeURIComponent(name)}`, application);
      if (typeof measured === "string") {
        printError(`${name}: ${measured}`);
        process.exitCode = exitCodes.faults;
        continue;
      }
      const classes = await Promise.all(
        measured.classes.map(async (each) => ({ ...each, score: await scoreOf(bytes, each) })),
      );
      compared.push({ ...measured, url: name, classes });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (options.html !== undefined) await writeFile(options.html, await renderSheet(compared));
  if (options.json === true) printJson(compared.map(summarise), 2);
  else print(compared);
}

interface Original {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function readOriginal(file: string): Promise<Original> {
  const bytes = await readFile(file).catch(() => {
    throw new BadUsage(`${file} cannot be read`);
  });
  return { name: basename(file), bytes: new Uint8Array(bytes) };
}

function respondFile(original: Original | undefined): Response {
  if (original === undefined) return new Response(null, { status: 404 });
  const format = formatOfExtension(original.name.split(".").at(-1)?.toLowerCase() ?? "");
  const type = format === undefined ? "application/octet-stream" : formats[format].mediaTypes[0];
  return new Response(original.bytes, { headers: { "content-type": type, "cache-control": "max-age=86400" } });
}

const scales: Readonly<Partial<Record<string, ScoreScale>>> = { webp: "webp rows", avif: "avif halved chroma" };

async function scoreOf(original: Uint8Array, { format, file }: ClassResult): Promise<number | undefined> {
  if (Buffer.compare(original, file) === 0) return 100;
  const scale = scales[format];
  if (scale === undefined) return undefined;
  try {
    const [before, after] = await Promise.all([readPixels(original), readPixels(file)]);
    const dissimilarity = measureDissimilarity(before, after);
    return dissimilarity === undefined ? undefined : predictScore(scale, dissimilarity);
  } catch {
    return undefined;
  }
}

async function readPixels(
  file: Uint8Array,
): Promise<{ readonly data: Uint8ClampedArray<ArrayBuffer>; readonly width: number; readonly height: number }> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

function print(compared: readonly ComparedFile[]): void {
  const rows = compared.flatMap(({ url, source, classes }) => [
    [url, "", source.format, formatBytes(source.bytes), "", "", "", ""],
    ...classes.map(({ name, format, bytes, reason, score, milliseconds }) => [
      "",
      name,
      format,
      formatBytes(bytes),
      formatSaved(source.bytes, bytes),
      score === undefined ? "" : score.toFixed(0),
      `${Math.round(milliseconds)} ms`,
      reason,
    ]),
  ]);
  printText(renderTable(["file", "clients with", "get", " bytes", " saved", " score", " final after", "reason"], rows));
}

function summarise({ url, source, classes }: ComparedFile): object {
  return { file: url, source, classes: classes.map(({ file: _bytes, ...rest }) => rest) };
}

async function renderSheet(compared: readonly ComparedFile[]): Promise<string> {
  const sections = await Promise.all(
    compared.map(async ({ url, source, classes }) => {
      const figures = await Promise.all(
        classes.map(async ({ name, format, bytes, score, file }) => {
          const text = `${name}: ${format}, ${formatBytes(bytes)} (${formatSaved(source.bytes, bytes)})`;
          const scored = score === undefined ? "" : `, score ${score.toFixed(0)}`;
          return `<figure>${await renderThumbnail(file, thumbnailSide)}<figcaption>${escapeHtml(text + scored)}</figcaption></figure>`;
        }),
      );
      const title = `${url}: ${source.format}, ${formatBytes(source.bytes)}`;
      return `<h2>${escapeHtml(title)}</h2><div class="sheet">${figures.join("")}</div>`;
    }),
  );
  return renderPage("What each kind of client would get", sections.join("\n"));
}
