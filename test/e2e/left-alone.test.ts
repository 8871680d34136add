import { readFile, readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectVaryAccept, sniff } from "../support/expect-picture.ts";
import { corpus, decode, hasCorpus, photo } from "../support/pictures.ts";
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

describe.skipIf(!hasCorpus)(
  "files of the corpus that are broken or best as they are (../shared/corpus; skipped where it is missing)",
  () => {
    let origin: ScriptedOrigin;
    let edge: Edge;
    let expected: Readonly<Record<string, Expected>>;
    beforeAll(async () => {
      origin = await startScriptedOrigin();
      edge = await startEdge({ vars: { ORIGIN: origin.url, FORMATS: "jxl,webp", EAGER: "" } });
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

    test("every broken file gives its own bytes or a valid picture of the same size, without a 5xx", async () => {
      const complaints: string[] = [];
      for (const file of await listFiles("broken")) {
        const source = await publish(file);
        for (const accept of [accepts.webp, accepts.chrome, accepts.baseline]) {
          const answer = await edge.get(`/${file}`, accept, {});
          const complain = (what: string): void =>
            void complaints.push(`${file} ${accept}: ${what} (${answer.headers["edge-imaging"]})`);
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
    });

    test("after all broken files the Worker still optimises", async () => {
      origin.on("/after.jpg", jpeg(await photo()));
      expect(verdictOf(await edge.settle("/after.jpg", accepts.chrome))).toMatchObject({
        format: expect.stringMatching(/^(jxl|webp)$/) as string,
        reason: "transcoded",
      });
    });

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
  },
);
