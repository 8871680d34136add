import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describeRun, writeRecord } from "../record.ts";
import { clients } from "./clients.ts";
import { startBenchEdge } from "./edge.ts";
import { mapConcurrently, type MeasuredPicture, measureGrouped, measureMade } from "./measure.ts";
import { fastAvif, peers } from "./peers.ts";
import {
  hasCorpus,
  ladderQualities,
  type MadePicture,
  makeQualityLadder,
  makeSizes,
  readPictures,
  sizeWidths,
} from "./pictures.ts";
import { drawSavings, drawScores } from "./plots.ts";
import { type BytesReport, describeBytes, headlineGroup, type LadderStep, modernClients, targets } from "./report.ts";
import { hasScores, scoresHint } from "./score.ts";
import { summariseClass, summariseCurve, summariseFormat, summarisePeer } from "./summary.ts";

/** Pictures that are worked on at the same time: one encodes in workerd while the other is scored. */
const width = 2;

/**
 * Sends pictures through the built Worker as clients of every class ask for them, and scores what comes back with
 * independent decoders, beside `sharp`. Prints tables, writes `bench/results/bytes.json` and two plots into `docs/`.
 * Takes about six minutes on two cores. Without the corpus it uses the demo's pictures; without the metric's tools it
 * counts bytes only.
 */
export async function runBytesBench(): Promise<void> {
  const [loadBefore = 0] = loadavg();
  sharp.concurrency(1);
  sharp.cache(false);
  if (!hasCorpus) console.log("(no corpus beside the project: the demo's pictures only)");
  if (!hasScores) console.log(`(no scores: ${scoresHint})`);
  const [grouped, ladder, sizes] = [await readPictures(), await makeQualityLadder(), await makeSizes()];
  const edge = await startBenchEdge([...grouped, ...ladder, ...sizes]);
  try {
    const results = await mapConcurrently(grouped, width, (picture) => measureGrouped(edge, picture));
    const measureAll = (pictures: readonly MadePicture[]): Promise<MeasuredPicture[]> =>
      mapConcurrently(pictures, width, (picture) => measureMade(edge, picture, modernClients));
    const ladderResults = await measureAll(ladder);
    const sizeResults = await measureAll(sizes);

    const byGroup = Map.groupBy(
      results.map(({ measured }, index) => ({ measured, group: grouped[index]?.group ?? headlineGroup })),
      ({ group }) => group,
    );
    const membersOf = (group: typeof headlineGroup): MeasuredPicture[] =>
      (byGroup.get(group) ?? []).map(({ measured }) => measured);
    const comparisons = results.flatMap(({ peerResults }) => peerResults);
    const report: BytesReport = {
      headline: (["webp", "avif"] as const).map((format) => summariseFormat(membersOf(headlineGroup), format)),
      classes: [...byGroup.keys()].flatMap((group) =>
        clients.flatMap(({ name }) => summariseClass(group, membersOf(group), name) ?? []),
      ),
      peers: [...peers, fastAvif].flatMap(({ name }) => summarisePeer(name, comparisons) ?? []),
      curves: peers.flatMap(({ name }) => summariseCurve(name, comparisons)),
      ladder: stepsOf(ladderQualities, ladder, ladderResults),
      sizes: stepsOf(sizeWidths, sizes, sizeResults),
    };
    console.log(describeBytes(report));
    draw(report);
    const { sharp: version, webp, aom } = sharp.versions;
    const run = describeRun("bytes", { loadBefore, sharp: { sharp: version, webp, aom } });
    const pictures = [...results.map(({ measured }) => measured), ...ladderResults, ...sizeResults];
    // Each picture's curve is in the curves.
    const shortened = comparisons.map((result) => ({ ...result, curve: [] }));
    writeRecord("bytes", { ...run, targets, ...report, pictures, comparisons: shortened }, renderShort);
  } finally {
    await edge.close();
  }
}

function stepsOf(
  steps: readonly number[],
  pictures: readonly MadePicture[],
  results: readonly MeasuredPicture[],
): LadderStep[] {
  return steps.map((step) => {
    const members = results.filter((_, index) => pictures[index]?.step === step);
    return { step, classes: modernClients.flatMap((client) => summariseClass(`${step}`, members, client) ?? []) };
  });
}

function draw({ ladder, curves, peers: summaries }: BytesReport): void {
  const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
  writeFileSync(`${docs}saving-by-source-quality.svg`, drawSavings(ladder));
  // Without scores there is nothing to draw.
  if (summaries.length > 0) writeFileSync(`${docs}size-against-score.svg`, drawScores(curves, summaries));
}

/** A line for each client of each picture: thousands of lines with one figure each are too much to keep. */
function renderShort(record: object): string {
  return JSON.stringify(record, rounded, 2).replaceAll(/\{[^{}[\]]*\}/g, (leaf) => leaf.replaceAll(/\s+/g, " "));
}

/** Three decimals are more than the figures are good for. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Math.round(value * 1000) / 1000 : value;
}
