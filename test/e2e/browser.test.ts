import { readFile, readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { hasBrowser, type Painter, startPainter } from "../support/painter.ts";
import { corpus, hasCorpus } from "../support/pictures.ts";
import { bytes, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

const types: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  jxl: "image/jxl",
  svg: "image/svg+xml",
};

/** Folders whose pictures are compared as they settle; the rest of the corpus is passed through. */
const folders = ["jpeg", "jpeg-exif", "jpeg-icc", "jpeg-cmyk", "png", "pngsuite", "anim"];

/** Mean difference of a channel that counts as the same picture: rounding, or an encoder's loss at a good quality. */
const maxMean = { lossless: 1, lossy: 4.5, ink: 40 } as const;

describe.skipIf(!hasCorpus || !hasBrowser)(
  "what Chromium paints (skipped without ../shared/corpus or without Chromium)",
  () => {
    let origin: ScriptedOrigin;
    let edge: Edge;
    let painter: Painter;
    let shown: Readonly<Record<string, string | false>>;
    beforeAll(async () => {
      origin = await startScriptedOrigin();
      origin.on("/page.html", bytes(Buffer.from("<!doctype html><title>pictures</title>"), "text/html"));
      edge = await startEdge({ vars: { ORIGIN: origin.url } });
      painter = await startPainter(`${edge.url}/page.html`);
      const decoded = JSON.parse(await readFile(`${corpus}browser-decode.json`, "utf8")) as {
        chromium156: Record<string, string | false>;
      };
      shown = decoded.chromium156;
    });
    afterAll(async () => {
      await painter?.close();
      await edge?.close();
      await origin?.close();
    });

    test.each(folders)(
      "%s: through the Worker each picture is painted as from the origin",
      { timeout: 240_000 },
      async (folder) => {
        const complaints: string[] = [];
        let changed = 0;
        for (const name of await readdir(corpus + folder)) {
          const path = `/${folder}/${name}`;
          const type = types[name.slice(name.lastIndexOf(".") + 1)];
          if (type === undefined || shown[path] === undefined || shown[path] === false) continue;
          origin.on(path, bytes(await readFile(corpus + path), type));
          const settled = await edge.settle(path, accepts.chrome);
          const { format, reason } = verdictOf(settled);
          if (reason === "transcoded") changed++;
          const painted = await painter.compare(`${path}?imaging=off`, path).catch((error: unknown) => String(error));
          if (typeof painted === "string") {
            complaints.push(`${path} as ${String(format)}: ${painted}`);
            continue;
          }
          const isLossless =
            format === "jxl" || type === "image/png" || type === "image/gif" || reason !== "transcoded";
          const limit = folder === "jpeg-cmyk" ? maxMean.ink : isLossless ? maxMean.lossless : maxMean.lossy;
          if (painted.before.join() !== painted.after.join() || painted.mean > limit)
            complaints.push(
              `${path} as ${String(format)}: ${painted.before.join("×")} → ${painted.after.join("×")}, ${painted.mean.toFixed(2)}`,
            );
        }
        expect(complaints).toEqual([]);
        expect(changed).toBeGreaterThan(0);
      },
    );
  },
);
