/** What a visitor sees: kept answers painted by a browser, beside the file that the origin has. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../../support/answer.ts";
import { type KeptAnswer, type KeptSource, readKept } from "../../support/corpus-answers.ts";
import { type SourceFolder, sourceFolders, sourceTypes } from "../../support/corpus-sources.ts";
import { startEdge } from "../../support/edge.ts";
import { hasBrowser, type Painter, startPainter } from "../../support/painter.ts";
import { corpus, hasCorpus, photo, pngOf, transparency } from "../../support/pictures.ts";
import { bytes, jpeg, png, type ScriptedOrigin, startScriptedOrigin } from "../../support/scripted-origin.ts";

/** Mean difference of a channel that counts as the same picture: rounding, or an encoder's loss at a good quality. */
const maxMean = { lossless: 1, lossy: 4.5, cmyk: 40 } as const;

const page = bytes(Buffer.from("<!doctype html><title>pictures</title>"), "text/html");

describe.skipIf(!hasCorpus || !hasBrowser)(
  "what Chromium paints (skipped without ../shared/corpus or without Chromium)",
  () => {
    let site: ScriptedOrigin;
    let painter: Painter;
    let shown: Readonly<Record<string, string | false>>;
    beforeAll(async () => {
      site = await startScriptedOrigin();
      site.on("/page.html", page);
      painter = await startPainter(`${site.url}/page.html`);
      const decoded = JSON.parse(await readFile(`${corpus}browser-decode.json`, "utf8")) as {
        chromium156: Record<string, string | false>;
      };
      shown = decoded.chromium156;
    });
    afterAll(async () => {
      await painter?.close();
      await site?.close();
    });

    /** The answers that are painted: of PngSuite one, of everything else each format that the browser knows. */
    function painted({ folder, answers }: KeptSource): readonly KeptAnswer[] {
      const known = answers.filter((answer) =>
        ["webp", "avif", "jpeg", "png", "gif"].includes(String(verdictOf(answer)["format"])),
      );
      const formats = known.map((answer) => verdictOf(answer)["format"]);
      const first = known.filter((answer, at) => formats.indexOf(verdictOf(answer)["format"]) === at);
      return folder === "pngsuite" ? first.slice(0, 1) : first;
    }

    let compared = 0;
    async function complain(source: KeptSource, answer: KeptAnswer): Promise<string | undefined> {
      const { format } = verdictOf(answer);
      // The browser remembers what it has shown of a URL.
      compared++;
      const [before, after] = [`/source/${compared}`, `/answer/${compared}`];
      site.on(before, bytes(await readFile(source.path), sourceTypes[source.extension] ?? ""));
      site.on(after, bytes(await readFile(answer.path), answer.headers["content-type"] ?? ""));
      const seen = `${source.folder}/${source.name} as ${String(format)}`;
      const seenBoth = await painter.compare(before, after).catch(String);
      if (typeof seenBoth === "string") return `${seen}: ${seenBoth}`;
      const isLossless = source.kind !== "jpeg" && source.kind !== "CMYK jpeg";
      const isExact = isLossless || format === "jpeg" || answer.isOriginal;
      const limit = source.kind === "CMYK jpeg" ? maxMean.cmyk : isExact ? maxMean.lossless : maxMean.lossy;
      return seenBoth.before.join() !== seenBoth.after.join() || seenBoth.mean > limit
        ? `${seen}: ${seenBoth.before.join("×")} → ${seenBoth.after.join("×")}, ${seenBoth.mean.toFixed(2)}`
        : undefined;
    }

    const folders = sourceFolders.filter((folder: SourceFolder) => folder !== "small" && folder !== "tiff");

    test.each(folders)("%s: each answer is painted as the origin's file is", async (folder) => {
      const complaints: string[] = [];
      let changed = 0;
      for (const source of await readKept(folder)) {
        if (typeof shown[`/${folder}/${source.name}`] !== "string") continue;
        for (const answer of painted(source)) {
          if (!answer.isOriginal) changed++;
          const complaint = await complain(source, answer);
          if (complaint !== undefined) complaints.push(complaint);
        }
      }
      expect(complaints).toEqual([]);
      expect(changed).toBeGreaterThan(0);
    });

    test("through the running Worker, with the browser's own requests", async () => {
      site.on("/photo.jpg", jpeg(await photo()));
      site.on("/logo.png", png(await pngOf(transparency(120, 90))));
      const edge = await startEdge({ vars: { ORIGIN: site.url } });
      const through = await startPainter(`${edge.url}/page.html`);
      try {
        for (const [path, limit] of [
          ["/photo.jpg", maxMean.lossy],
          ["/logo.png", maxMean.lossless],
        ] as const) {
          await edge.settle(path, accepts.chrome);
          const { before, after, mean } = await through.compare(`${path}?imaging=off`, path);
          expect(after).toEqual(before);
          expect(mean).toBeLessThan(limit);
        }
      } finally {
        await through.close();
        await edge.close();
      }
    });
  },
);
