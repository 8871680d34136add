import { readFile, readdir } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectVaryAccept, sniff } from "../support/expect-picture.ts";
import { corpus, decode, hasCorpus, photo } from "../support/pictures.ts";
import { bytes, jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";
import { compareShown, missingForCmyk, show } from "../support/shown-picture.ts";
import { sideBySide } from "../support/side-by-side.ts";

/** Types as a file server derives them from names, right or wrong. */
const typeOfExtension: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  tif: "image/tiff",
  svg: "image/svg+xml",
  jxl: "image/jxl",
  jp2: "image/jp2",
  jxr: "image/jxr",
  heic: "image/heic",
};

interface Expected {
  readonly ImageWidth?: number;
  readonly ImageHeight?: number;
}

describe.skipIf(!hasCorpus)("the shared corpus (../shared/corpus; skipped where it is missing)", () => {
  let origin: ScriptedOrigin;
  let edge: Edge;
  let expected: Readonly<Record<string, Expected>>;
  beforeAll(async () => {
    origin = await startScriptedOrigin();
    edge = await startEdge({ vars: { ORIGIN: origin.url } });
    expected = JSON.parse(await readFile(`${corpus}expected.json`, "utf8")) as Record<string, Expected>;
  });
  afterAll(async () => {
    await edge?.close();
    await origin?.close();
  });

  async function publish(file: string): Promise<Buffer> {
    const source = await readFile(corpus + file);
    origin.on(
      `/${file}`,
      bytes(source, typeOfExtension[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream"),
    );
    return source;
  }

  const listFiles = async (folder: string): Promise<string[]> =>
    (await readdir(corpus + folder)).filter((file) => file !== "LICENSE").map((file) => `${folder}/${file}`);

  test(
    "every broken file gives its own bytes or a valid picture of the same size, in under 5 s, without a 5xx",
    { timeout: 120_000 },
    async () => {
      const complaints: string[] = [];
      for (const file of await listFiles("broken")) {
        const source = await publish(file);
        for (const accept of [accepts.webp, accepts.chrome, accepts.baseline]) {
          const answer = await edge.get(`/${file}`, accept, {});
          const complain = (what: string): void =>
            void complaints.push(`${file} ${accept}: ${what} (${answer.headers["edge-imaging"]})`);
          if (answer.milliseconds > 5_000) complain(`${Math.round(answer.milliseconds)} ms`);
          if (answer.status !== 200) complain(`status ${answer.status}`);
          // libvips has no JPEG XL here; the tests of the coefficients judge that.
          if (answer.body.equals(source) || sniff(answer.body) === "jxl") continue;
          const after = await decode(answer.body).catch(() => undefined);
          const facts = expected[file];
          if (after === undefined) complain(`undecodable ${sniff(answer.body)}`);
          else if (after.width !== facts?.ImageWidth || after.height !== facts.ImageHeight)
            complain(`${after.width}x${after.height} instead of ${facts?.ImageWidth}x${facts?.ImageHeight}`);
        }
      }
      expect(complaints).toEqual([]);
    },
  );

  test("after all broken files the Worker still optimises", async () => {
    origin.on("/after.jpg", jpeg(await photo()));
    expect(verdictOf(await edge.settle("/after.jpg", accepts.chrome))).toMatchObject({
      format: "avif",
      reason: "transcoded",
    });
  });

  test(
    "PngSuite: what becomes WebP looks the same, the rest has its own bytes and a reason",
    { timeout: 120_000 },
    async () => {
      const complaints: string[] = [];
      let converted = 0;
      for (const file of await listFiles("pngsuite")) {
        const source = await publish(file);
        const answer = await edge.settle(`/${file}`, accepts.webp);
        const { reason } = verdictOf(answer);
        if (answer.status !== 200) complaints.push(`${file}: status ${answer.status}`);
        if (answer.body.equals(source)) {
          if (typeof reason !== "string" || reason === "transcoded")
            complaints.push(`${file}: the original with reason ${String(reason)}`);
          continue;
        }
        converted++;
        try {
          const { mean, alpha } = compareShown(await show(source), await show(answer.body));
          // Of gray with a gamma the colours are converted, within the rounding of 8 bits.
          if (mean > 0.5 || alpha > 0)
            complaints.push(`${file}: ${mean}, alpha ${alpha} (${answer.headers["edge-imaging"]})`);
        } catch (error) {
          complaints.push(`${file}: ${String(error)} (${answer.headers["edge-imaging"]})`);
        }
      }
      expect(complaints).toEqual([]);
      // Most of the suite has 16 bits, or is too small to get smaller.
      expect(converted).toBeGreaterThanOrEqual(10);
    },
  );

  /**
   * Mean difference in levels that may be seen of squares of a folder's files, where an encoder's noise is gone, and why
   * a file may come back as it is.
   */
  const converted = [
    ["jpeg", 2, ["not-smaller", "low-quality-source"]],
    // Lossless, but for the rounding of colours that are converted.
    ["png", 0.5, ["not-smaller", "bit-depth", "too-large"]],
    ["jpeg-exif", 2, ["not-smaller"]],
    ["jpeg-icc", 2, ["not-smaller", "undecodable", "hdr", "opted-out"]],
    ["jpeg-cmyk", 3, ["not-smaller", "undecodable"]],
    ["tiff", 2, ["undecodable", "animated"]],
  ] as const;

  test.each(converted)(
    "%s: what is converted looks alike, upright and in the same size; the rest has a reason",
    { timeout: 180_000 },
    async (folder, limit, reasons) => {
      const complaints: string[] = [];
      let count = 0;
      await sideBySide(await listFiles(folder), async (file) => {
        const source = await publish(file);
        const answer = await edge.settle(`/${file}`, accepts.webp);
        const seen = `(${answer.headers["edge-imaging"]})`;
        if (answer.status !== 200) complaints.push(`${file}: status ${answer.status}`);
        if (answer.body.equals(source)) {
          if (!(reasons as readonly unknown[]).includes(verdictOf(answer)["reason"]))
            complaints.push(`${file}: ${seen}`);
          return;
        }
        count++;
        const isCmyk = /cmyk|ycck/.test(file);
        if (isCmyk && missingForCmyk.length > 0) return;
        try {
          const { coarse, alpha } = compareShown(await show(source), await show(answer.body));
          if (coarse > limit || alpha > 0) complaints.push(`${file}: ${coarse}, alpha ${alpha} ${seen}`);
        } catch (error) {
          complaints.push(`${file}: ${String(error)} ${seen}`);
        }
      });
      expect(complaints).toEqual([]);
      expect(count).toBeGreaterThan(1);
    },
  );

  test("TIFF: nobody who does not list it gets one that could be decoded", { timeout: 120_000 }, async () => {
    for (const file of await listFiles("tiff")) {
      const source = await publish(file);
      const answer = await edge.settle(`/${file}`, accepts.baseline);
      const { reason } = verdictOf(answer);
      const isForwarded = answer.body.equals(source);
      expect(
        isForwarded ? ["undecodable", "animated"] : ["transcoded"],
        `${file}: ${answer.headers["edge-imaging"]}`,
      ).toContain(reason);
      if (!isForwarded) expect(["png", "jpeg"], file).toContain(sniff(answer.body));
    }
  });

  test(
    "anim: what is converted keeps its frames and their times, the rest is as it was",
    { timeout: 120_000 },
    async () => {
      let count = 0;
      for (const file of await listFiles("anim")) {
        const source = await publish(file);
        const answer = await edge.settle(`/${file}`, accepts.webp);
        const seen = `${file}: ${answer.headers["edge-imaging"]}`;
        if (answer.body.equals(source)) {
          expect(["animated", "already-best", "not-smaller", "undecodable"], seen).toContain(
            verdictOf(answer)["reason"],
          );
          continue;
        }
        count++;
        expect([sniff(source), sniff(answer.body)], seen).toEqual(["gif", "webp"]);
        const [before, after] = await Promise.all([source, answer.body].map((body) => sharp(body).metadata()));
        expect([after?.width, after?.pageHeight ?? after?.height], seen).toEqual([
          before?.width,
          before?.pageHeight ?? before?.height,
        ]);
        // Browsers give a frame of 10 ms and less a tenth of a second.
        const lengthOf = (delays: readonly number[] | undefined): number =>
          (delays ?? []).reduce((sum, delay) => sum + (delay > 10 ? delay : 100), 0);
        if ((before?.pages ?? 1) > 1) expect(lengthOf(after?.delay), seen).toBe(lengthOf(before?.delay));
      }
      expect(count).toBeGreaterThan(1);
    },
  );

  /** Files that have to come back as they are, and the reasons that may be given. */
  const untouched = [
    ["svg", ["already-best"]],
    ["webp", ["already-best", "animated", "undecodable"]],
    ["avif", ["already-best", "hdr", "bit-depth", "undecodable"]],
    ["jxl", ["already-best", "hdr", "bit-depth", "undecodable", "animated"]],
    ["heic", ["already-best", "undecodable"]],
    ["jp2", ["already-best", "undecodable"]],
    ["jxr", ["already-best", "undecodable"]],
  ] as const;

  test.each(untouched)("%s: byte for byte, with a fitting reason and Vary: Accept", async (folder, reasons) => {
    for (const file of await listFiles(folder)) {
      const source = await publish(file);
      const answer = await edge.settle(`/${file}`, accepts.chrome);
      expect(answer.status, file).toBe(200);
      expect(answer.body.equals(source), `${file}: ${answer.headers["edge-imaging"]}`).toBe(true);
      expect(reasons, `${file}: ${answer.headers["edge-imaging"]}`).toContain(verdictOf(answer)["reason"]);
      expectVaryAccept(answer);
    }
  });
});
