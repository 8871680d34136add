/** What holds for every kept answer, whatever it shows. */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { expect, test } from "vitest";
import { verdictOf } from "../../support/answer.ts";
import { clientOf, type KeptAnswer, type KeptSource, readKept } from "../../support/corpus-answers.ts";
import { type SourceFolder, sourceFolders } from "../../support/corpus-sources.ts";
import { expectVaryAccept, sniff } from "../../support/expect-picture.ts";
import { hasCorpus } from "../../support/pictures.ts";

/** Why a file may come back as it is. */
const reasons: Readonly<Record<SourceFolder, readonly string[]>> = {
  small: ["not-accepted", "not-smaller", "bit-depth"],
  jpeg: ["not-accepted", "not-smaller", "low-quality-source", "too-large"],
  "jpeg-exif": ["not-accepted", "not-smaller"],
  "jpeg-icc": ["not-accepted", "not-smaller", "undecodable", "hdr", "opted-out"],
  "jpeg-cmyk": ["not-accepted", "not-smaller", "undecodable"],
  png: ["not-accepted", "not-smaller", "bit-depth", "too-large"],
  tiff: ["undecodable", "animated"],
  anim: ["not-accepted", "animated", "already-best", "not-smaller", "undecodable"],
  pngsuite: ["not-accepted", "not-smaller", "bit-depth"],
};

test.skipIf(!hasCorpus).each(sourceFolders)(
  "%s: each answer is what it says, and each original has its reason",
  async (folder) => {
    let converted = 0;
    for (const source of await readKept(folder)) {
      for (const answer of source.answers) {
        const seen = `${source.name} for ${answer.client}: ${answer.headers["edge-imaging"]}`;
        const { format, reason } = verdictOf(answer);
        const body = await readFile(answer.path);
        expect(answer.status, seen).toBe(200);
        expect(sniff(body), seen).toBe(format);
        expect(answer.headers["content-length"], seen).toBe(String(body.length));
        expectVaryAccept(answer);
        if (!answer.isFinal) expect(["interim", "encode-failed"], seen).toContain(reason);
        else if (answer.isOriginal) expect(reasons[folder], seen).toContain(reason);
        else {
          expect(reason, seen).toBe("transcoded");
          converted++;
        }
      }
    }
    expect(converted).toBeGreaterThan(1);
  },
);

const isForBaseline = (answer: KeptAnswer): boolean => clientOf(answer).best === undefined;

test.skipIf(!hasCorpus)("TIFF: a client that does not list it gets none that could be decoded", async () => {
  const answers = (await readKept("tiff"))
    .flatMap((source) => source.answers)
    .filter((answer) => answer.isFinal && isForBaseline(answer));
  for (const answer of answers) {
    if (answer.isOriginal) expect(["undecodable", "animated"]).toContain(verdictOf(answer)["reason"]);
    else expect(["png", "jpeg"]).toContain(verdictOf(answer)["format"]);
  }
  expect(answers.length).toBeGreaterThan(10);
});

/** Browsers give a frame of 10 ms and less a tenth of a second. */
const lengthOf = (delays: readonly number[] | undefined): number =>
  (delays ?? []).reduce((sum, delay) => sum + (delay > 10 ? delay : 100), 0);

test.skipIf(!hasCorpus)("anim: what is converted keeps its frames and their times, the rest is as it was", async () => {
  const moving = (await readKept("anim")).flatMap((source): readonly (readonly [KeptSource, KeptAnswer])[] =>
    source.answers.filter((answer) => !answer.isOriginal).map((answer) => [source, answer]),
  );
  let animated = 0;
  for (const [source, answer] of moving) {
    const seen = `${source.name} for ${answer.client}: ${answer.headers["edge-imaging"]}`;
    const [before, after] = await Promise.all([source.path, answer.path].map((path) => sharp(path).metadata()));
    expect(before?.format, seen).toBe("gif");
    expect([after?.width, after?.pageHeight ?? after?.height], seen).toEqual([
      before?.width,
      before?.pageHeight ?? before?.height,
    ]);
    if ((before?.pages ?? 1) === 1) continue;
    animated++;
    expect(after?.format, seen).toBe("webp");
    expect(lengthOf(after?.delay), seen).toBe(lengthOf(before?.delay));
  }
  expect(animated).toBeGreaterThan(1);
});
