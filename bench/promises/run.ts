import { existsSync, readdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import { recompressJpeg } from "../../src/imaging/recompress/recompress.ts";
import { runAtOnce } from "../../src/imaging/steps.ts";
import { createScorer, hasScores, scoresHint } from "../bytes/score.ts";
import { recipeOf } from "../coefficients/forms.ts";
import { makePicture } from "../encode/pictures.ts";
import { type FirstRequestResult, measureFirstRequests } from "../encode/first-request.ts";
import { describeRun, writeRecord } from "../record.ts";
import { describePromises, type PhotographResult } from "./report.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpus/jpeg/", import.meta.url));
const demo = fileURLToPath(new URL("../../demo/public/photos/", import.meta.url));

/** A folder of photographs that nothing here was chosen with: say that of Debian's `mate-backgrounds`. */
const others = process.env.PHOTOGRAPHS;

/** Poorer sources keep more of what they have left. */
const leastQuality = 80;

/** No photograph. */
const graphics = /screenshot|one_pixel/;

/**
 * What JPEG XL of a JPEG's coefficients saves and what it looks like, photograph by photograph; and what the first request for
 * 24 megapixels gets. Prints both and writes `bench/results/promises.json`.
 */
export async function runPromisesBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  if (!hasScores) console.log(`No scores: ${scoresHint}.`);
  const photographs: PhotographResult[] = [];
  for (const [folder, set] of [
    [corpus, "corpus and demo"],
    [demo, "corpus and demo"],
    [others, "others"],
  ] as const) {
    if (folder === undefined || !existsSync(folder)) continue;
    const names = readdirSync(folder).filter((name) => /\.jpe?g$/.test(name) && !graphics.test(name));
    for (const name of names.toSorted()) {
      const result = await lookAt(join(folder, name));
      if (result !== undefined) photographs.push({ ...result, set });
    }
  }
  const firstRequests = await askForLarge();
  const report = { photographs, firstRequests };
  console.log(describePromises(report));
  writeRecord("promises", { ...describeRun("promises", { loadBefore }), ...report });
}

async function lookAt(file: string): Promise<Omit<PhotographResult, "set"> | undefined> {
  const jpeg = new Uint8Array(readFileSync(file));
  const facts = await probeImage(jpeg);
  if (facts?.format !== "jpeg" || facts.hdr || facts.jpeg.recompress?.isRequantisable !== true) return undefined;
  const { quality = 0 } = facts.jpeg;
  // The metric does not turn the source.
  if (quality < leastQuality || facts.orientation !== 1) return undefined;
  const { bytes } = runAtOnce(recompressJpeg(jpeg, recipeOf("jxl-lossy", quality), "none"));
  const picture = {
    name: basename(file),
    quality,
    sourceBytes: facts.pictureBytes ?? jpeg.length,
    bytes: bytes.length,
  };
  if (!hasScores) return { ...picture, score: null };
  const scorer = await createScorer(jpeg, "jpeg");
  try {
    return { ...picture, score: await scorer.score(bytes, "jxl") };
  } finally {
    scorer.close();
  }
}

const timeLimitMs = 60_000;

async function askForLarge(): Promise<FirstRequestResult[]> {
  const large = await makePicture(24);
  const bytes = await large.fileAs("jpeg");
  const sources = [{ slug: "large", name: "24 MP JPEG", type: "image/jpeg", bytes }];
  return measureFirstRequests(timeLimitMs, sources, ["webp", "jxl"]);
}
