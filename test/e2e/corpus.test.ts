import { readFile, readdir } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectVaryAccept, sniff } from "../support/expect-picture.ts";
import { verdictOf } from "../support/http.ts";
import { corpus, decode, hasCorpus, meanError, photo } from "../support/pictures.ts";
import { bytes, jpeg, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

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
        for (const accept of [accepts.chrome, accepts.webp]) {
          const answer = await edge.get(`/${file}`, accept, {});
          const complain = (what: string): void =>
            void complaints.push(`${file} ${accept}: ${what} (${answer.headers["edge-imaging"]})`);
          if (answer.milliseconds > 5_000) complain(`${Math.round(answer.milliseconds)} ms`);
          if (answer.status !== 200) complain(`status ${answer.status}`);
          if (answer.body.equals(source)) continue;
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
    "PngSuite: what becomes WebP has the same pixels, the rest its own bytes and a reason",
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
        const [before, after] = await Promise.all(
          [source, answer.body].map((body) => decode(body).catch(() => undefined)),
        );
        if (before === undefined || after === undefined)
          complaints.push(`${file}: before ${before?.format}, after ${after?.format}`);
        else if (before.width !== after.width || before.height !== after.height || !before.data.equals(after.data))
          complaints.push(`${file}: other pixels (${answer.headers["edge-imaging"]})`);
      }
      expect(complaints).toEqual([]);
      // Most of the suite states a gamma of 1.0 or 16 bits and has to stay as it is.
      expect(converted).toBeGreaterThanOrEqual(10);
    },
  );

  test.each(["jpeg", "png"])(
    "%s: what is converted has the same size and looks alike",
    { timeout: 120_000 },
    async (folder) => {
      const complaints: string[] = [];
      let converted = 0;
      for (const file of await listFiles(folder)) {
        const source = await publish(file);
        const answer = await edge.settle(`/${file}`, accepts.webp);
        if (answer.status !== 200) complaints.push(`${file}: status ${answer.status}`);
        if (answer.body.equals(source)) continue;
        converted++;
        const [before, after] = [await decode(source), await decode(answer.body)];
        const error =
          before.width === after.width && before.height === after.height ? meanError(before, after) : Number.NaN;
        if (!(error < (folder === "png" ? 1e-9 : 5)))
          complaints.push(`${file}: mean error ${error} (${answer.headers["edge-imaging"]})`);
      }
      expect(complaints).toEqual([]);
      expect(converted).toBeGreaterThan(5);
    },
  );

  /** Files that have to come back as they are, and the reasons that may be given. */
  const untouched = [
    ["jpeg-cmyk", ["cmyk", "undecodable"]],
    ["jpeg-icc", ["undecodable", "hdr"]],
    ["anim", ["animated", "already-best"]],
    ["svg", ["already-best"]],
    ["webp", ["already-best", "animated", "undecodable"]],
    ["avif", ["already-best", "hdr", "bit-depth", "undecodable"]],
    ["jxl", ["already-best", "hdr", "bit-depth", "undecodable", "animated"]],
    ["heic", ["already-best", "undecodable"]],
    ["jp2", ["already-best", "undecodable"]],
    ["jxr", ["already-best", "undecodable"]],
    ["tiff", ["undecodable", "animated", "bit-depth", "cmyk"]],
  ] as const;

  test.each(untouched)("%s: byte for byte, with a fitting reason and Vary: Accept", async (folder, reasons) => {
    for (const file of await listFiles(folder)) {
      const source = await publish(file);
      const answer = await edge.settle(`/${file}`, accepts.chrome);
      expect(answer.status, file).toBe(200);
      expect(answer.body.equals(source), `${file}: ${answer.headers["edge-imaging"]}`).toBe(true);
      // The one still GIF of its folder: there is no decoder for it.
      const fitting = file === "anim/interlaced.gif" ? ["undecodable"] : reasons;
      expect(fitting, `${file}: ${answer.headers["edge-imaging"]}`).toContain(verdictOf(answer)["reason"]);
      expectVaryAccept(answer);
    }
  });

  test("EXIF orientation: 2 to 8 pass untouched, 1 may be converted", async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = `jpeg-exif/portrait_orient${orientation}.jpg`;
      const source = await publish(file);
      const answer = await edge.settle(`/${file}`, accepts.webp);
      if (orientation > 1) expect(answer.body.equals(source), `${file}: ${answer.headers["edge-imaging"]}`).toBe(true);
      const [before, after] = await Promise.all([source, answer.body].map((body) => sharp(body).metadata()));
      expect([after?.width, after?.height], file).toEqual([before?.width, before?.height]);
    }
  });
});
