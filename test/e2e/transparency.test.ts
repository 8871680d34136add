/** Transparency in lossy files: alpha is exact, and colours are judged where they can be seen. */
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verdictOf } from "../support/answer.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { inflateFile } from "../support/inflate-file.ts";
import { judgedClients } from "../support/matrix.ts";
import { photo, pngOf, transparency } from "../support/pictures.ts";
import { bytes, type ScriptedOrigin, startScriptedOrigin } from "../support/scripted-origin.ts";
import { compareShown, show, showFormat } from "../support/shown-picture.ts";

let origin: ScriptedOrigin;
let lossy: Edge;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  lossy = await startEdge({
    vars: { ORIGIN: origin.url, EAGER: "", MIN_SAVING_PERCENT: "0", INLINE_BUDGET_MS: "20000", PNG_MODE: "lossy" },
  });
});
afterAll(async () => {
  await lossy?.close();
  await origin?.close();
});

describe("transparency in lossy files", () => {
  test.each(judgedClients.filter(({ best }) => best !== undefined && best !== "jxl"))(
    "$name: every alpha value stays, and the colours that can be seen",
    async ({ accept, userAgent, best = "" }) => {
      // The colours of a photograph: what is judged here is not an encoder's noise.
      const source = await sharp(await photo(1, 203, 131))
        .ensureAlpha()
        .composite([{ input: await pngOf(transparency(203, 131)), blend: "dest-in" }])
        .png()
        .toBuffer();
      origin.on("/seen-through.png", bytes(inflateFile(source, "png", 200_000), "image/png"));
      const headers: Record<string, string> = userAgent === undefined ? {} : { "user-agent": userAgent };
      const answer = await lossy.settle("/seen-through.png", accept, headers);
      expect(verdictOf(answer)).toMatchObject({ format: best, reason: "transcoded" });
      const apart = compareShown(await show(source), await showFormat(answer.body, best));
      expect(apart.alpha).toBe(0);
      expect(apart.mean).toBeLessThan(4.5);
      expect(apart.coarse).toBeLessThan(1.3);
      expect(apart.mean).toBeGreaterThan(0);
    },
  );
});
