/**
 * Every source that can be decoded, for every target that can be made of it: each kept answer is shown by a decoder that
 * shares no code with the Worker, and compared with the source.
 */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { verdictOf } from "../../support/answer.ts";
import { clientOf, type KeptAnswer, type KeptSource, readKept } from "../../support/corpus-answers.ts";
import { sourceFolders } from "../../support/corpus-sources.ts";
import { type Client, clients, expectedFormats, type Kind, kinds } from "../../support/matrix.ts";
import { hasCorpus } from "../../support/pictures.ts";
import { sideBySide } from "../../support/side-by-side.ts";
import {
  compareShown,
  isTranslucent,
  missingForCmyk,
  show,
  type Shown,
  showFormat,
  viewers,
} from "../../support/shown-picture.ts";

/**
 * How far apart a variant and its source may be, in levels; the worst of the corpus is about a quarter below. Sources
 * whose colours have to be carried or converted (profiles, CMYK, gAMA) are held to `look`: losing a Display P3 profile
 * shows as 1.5 of `coarse`.
 */
const limits = {
  /** Rounding: of two decoders, and of two conversions to sRGB. */
  exact: { mean: 1, coarse: 1 },
  /** Only gray with a gamma is converted, within the rounding of 8 bits. */
  "exact WebP of a PNG": { mean: 0.5, coarse: 0.5 },
  look: { mean: 4.5, coarse: 1.3 },
  /** JPEGs without a profile, of qualities down to 60, whose own damage is smoothed away. */
  "look of a worn JPEG": { mean: 4.5, coarse: 2 },
  /** Its coefficients are quantised again, which keeps less of the finest noise than pixels that are encoded. */
  "look of a JPEG as JPEG XL": { mean: 5.2, coarse: 2 },
  /** 0.05 MP of leaves and gravel, which take two and a half bits per pixel as JPEG. */
  "look of a busy JPEG": { mean: 7.5, coarse: 1.6 },
} as const;

type Limit = keyof typeof limits;

function limitFor({ name, kind }: KeptSource, format: string, hasProfile: boolean): Limit {
  const exactness = kinds[kind].made[format as keyof (typeof kinds)[Kind]["made"]] ?? "exact";
  if (exactness === "exact") return kind === "png" && format === "webp" ? "exact WebP of a PNG" : "exact";
  if (name === "sideways_bench_orient5_icc.jpg") return "look of a busy JPEG";
  if (format === "jxl") return "look of a JPEG as JPEG XL";
  return kind === "jpeg" && !hasProfile ? "look of a worn JPEG" : "look";
}

/**
 * Answered otherwise than their kind is: of a JPEG below quality 60 nothing lossy is made, AVIF of more than three
 * megapixels does not fit the memory, nor do most lossless formats of four. What comes instead has to be the picture
 * all the same.
 */
const isLeftOut = (name: string, { best }: Client): boolean =>
  (/^(bicycles|paris)_/.test(name) && best !== "jxl") ||
  (/^flower_(2268|luma)/.test(name) && best === "avif") ||
  name.startsWith("logo_plum_alpha_large");

/** What is wrong with the answers for a source. */
async function judge(source: KeptSource): Promise<string[]> {
  const file = await readFile(source.path);
  const { icc } = await sharp(file).metadata();
  const shown = show(file);
  // Without an answer that differs nobody waits for it.
  shown.catch(() => undefined);
  const complaints: string[] = [];
  for (const answer of source.answers) {
    const seen = `${source.folder}/${source.name} for ${answer.client}: ${answer.headers["edge-imaging"] ?? ""}`;
    const complaint = await judgeAnswer(source, answer, shown, icc !== undefined).catch(String);
    if (complaint !== undefined) complaints.push(`${seen}: ${complaint}`);
  }
  const asked = new Set(source.answers.map((answer) => answer.client));
  for (const client of asked) {
    const complaint = judgeChoice(
      source,
      source.answers.filter((answer) => answer.client === client),
    );
    if (complaint !== undefined) complaints.push(`${source.folder}/${source.name} for ${client}: ${complaint}`);
  }
  return complaints;
}

/**
 * Whether a client got what is made for it, or what every client can show, where that is smaller; and in the end no
 * larger file than one of another format that it got before.
 */
function judgeChoice({ kind, name }: KeptSource, answers: readonly KeptAnswer[]): string | undefined {
  const [first] = answers;
  const final = answers.find(({ isFinal }) => isFinal);
  if (first === undefined || final === undefined) return "no answer";
  const client = clientOf(first);
  const expected = expectedFormats(kind, client);
  const sent = answers.map((answer) => String(verdictOf(answer)["format"]));
  const isExpected =
    expected.length === 0 ? final.isOriginal : sent.some((format) => expected.some((wanted) => wanted === format));
  if (!isExpected && !isLeftOut(name, client)) return `${sent.join(", ")} instead of ${expected.join(" or ")}`;
  const format = verdictOf(final)["format"];
  // A file in haste may be smaller than the one that follows.
  const smaller = answers.find((answer) => verdictOf(answer)["format"] !== format && answer.bytes < final.bytes);
  return smaller && `${final.bytes} bytes in the end, ${smaller.bytes} before`;
}

async function judgeAnswer(
  source: KeptSource,
  answer: KeptAnswer,
  shown: Promise<Shown>,
  hasProfile: boolean,
): Promise<string | undefined> {
  const client = clientOf(answer);
  const format = String(verdictOf(answer)["format"]);
  if (answer.isOriginal) return undefined;
  if (format === client.best && answer.headers["content-type"] !== client.mediaType)
    return answer.headers["content-type"] ?? "no type";
  const variant = await showFormat(await readFile(answer.path), format);
  return compare(await shown, variant, limitFor(source, format, hasProfile));
}

function compare(source: Shown, variant: Shown, name: Limit): string | undefined {
  const { mean, coarse, alpha } = compareShown(source, variant);
  const limit = limits[name];
  if (mean > limit.mean || coarse > limit.coarse) return `mean ${mean.toFixed(2)}, coarse ${coarse.toFixed(2)}`;
  if (alpha > 0) return `alpha differs by ${alpha}`;
  return variant.hasAlpha && !isTranslucent(source) ? "an alpha channel of nothing but 255" : undefined;
}

const withoutCorpus = hasCorpus ? "" : " (skipped: no ../shared/corpus)";
const withoutCmyk = missingForCmyk.length === 0 ? "" : ` (skipped: no ${missingForCmyk.join(", no ")})`;

/** Samples of 16 bits. */
function readDeep(png: Buffer): Promise<Buffer> {
  return sharp(png).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
}

describe("the right picture, whatever it becomes", () => {
  for (const folder of sourceFolders) {
    const needsCmyk = folder === "jpeg-cmyk" || folder === "tiff";
    const isSkipped = (folder !== "small" && !hasCorpus) || (needsCmyk && missingForCmyk.length > 0);
    test.skipIf(isSkipped)(`${folder}, for every client${withoutCorpus}${needsCmyk ? withoutCmyk : ""}`, async () => {
      const complaints: string[] = [];
      // Moving pictures are judged by their frames elsewhere.
      const stills = (await readKept(folder)).filter(({ kind }) => kind !== "animated gif" && kind !== "modern");
      await sideBySide(stills, async (source) => void complaints.push(...(await judge(source))));
      expect(complaints).toEqual([]);
      expect(stills.length).toBeGreaterThan(0);
    });
  }

  test("the optimised PNG of 16 bits keeps all of them", async () => {
    const source = (await readKept("small")).find(({ kind }) => kind === "deep png");
    if (source === undefined) throw new Error("no PNG of 16 bits");
    const before = await readDeep(await readFile(source.path));
    for (const answer of source.answers) {
      if (answer.isFinal) expect(verdictOf(answer)).toMatchObject({ format: "png", reason: "transcoded" });
      expect((await readDeep(await readFile(answer.path))).equals(before)).toBe(true);
    }
    expect(source.answers.length).toBeGreaterThan(2);
  });

  test.skipIf(!hasCorpus)(`a JPEG with a gain map is passed with its reason${withoutCorpus}`, async () => {
    const source = (await readKept("jpeg-icc")).find(({ kind }) => kind === "hdr");
    if (source === undefined) throw new Error("no gain map");
    for (const answer of source.answers) {
      expect(verdictOf(answer)).toMatchObject({ format: "jpeg", reason: "hdr" });
      expect(answer.isOriginal).toBe(true);
    }
    expect(source.answers.length).toBeGreaterThan(2);
  });

  const allClients: readonly Client[] = clients;
  for (const { name, best } of allClients) {
    if (best === undefined) continue;
    const tool = viewers[best];
    const isJudged = tool === undefined || tool.available;
    test.skipIf(!isJudged)(`files for ${name} were made${isJudged ? "" : ` (skipped: no ${tool.name})`}`, async () => {
      const made = (await readKept(...sourceFolders))
        .flatMap(({ answers }) => answers)
        .filter((answer) => answer.client === name && verdictOf(answer)["format"] === best && !answer.isOriginal);
      // IE 9 asks for a third, and AVIF is not made of the largest.
      const least = name === "IE 9" ? 15 : name === "AVIF" ? 25 : 30;
      expect(made.length).toBeGreaterThanOrEqual(hasCorpus ? least : 4);
    });
  }
});
