/** The page of benchmarks and the README's headline figures, rendered from the results of the last runs. */
import { existsSync, readFileSync } from "node:fs";
import { type BytesReport, describeBytes, headlineGroup } from "../bench/bytes/report.ts";
import { describePromises, type PromisesReport } from "../bench/promises/report.ts";
import { type CoefficientReport, describeCoefficients } from "../bench/coefficients/report.ts";
import { type CostReport, describeCosts, usualMegapixels } from "../bench/cost/report.ts";
import { type DecideReport, describeDecisions } from "../bench/decide/report.ts";
import { describeEncodes, type EncodeReport } from "../bench/encode/report.ts";
import { describeFleet, type FleetReport } from "../bench/fleet/report.ts";
import { type BurstReport, describeBursts } from "../bench/fleet/report-burst.ts";
import { describeHits, type HitReport } from "../bench/hit/report.ts";
import type { RunRecord } from "../bench/record.ts";
import { renderOutput, renderTable } from "./markdown.ts";

/** What each benchmark leaves in `bench/results/`. */
interface Results {
  readonly bytes: BytesReport;
  readonly encode: EncodeReport;
  readonly coefficients: CoefficientReport;
  readonly promises: PromisesReport;
  readonly hit: HitReport;
  readonly decide: DecideReport;
  readonly cost: CostReport;
  readonly fleet: FleetReport;
  readonly "fleet-burst": BurstReport;
}

/** The record of the last run; undefined where the benchmark has not run. */
function readResult<Bench extends keyof Results>(bench: Bench): (RunRecord & Results[Bench]) | undefined {
  const file = new URL(`../bench/results/${bench}.json`, import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as RunRecord & Results[Bench]) : undefined;
}

interface Section<Bench extends keyof Results> {
  readonly title: string;
  /** What is measured, and how the figures are to be read. */
  readonly about: string;
  readonly describe: (result: Results[Bench]) => string;
  readonly after?: string;
}

const plots = `Both plots are drawn by that command.

![Mean bytes saved by quality of the source JPEG: AVIF and WebP save more the better the source is, JPEG XL as well](saving-by-source-quality.svg)

![Size against SSIMULACRA 2: WebP beside sharp's WebP, AVIF beside sharp's AVIF](size-against-score.svg)`;

const sections: readonly (() => string)[] = [
  section("bytes", {
    title: "Bytes saved",
    about: `The photographs, graphics and animations of the corpus and the demo are sent through the Worker as each kind of
client asks for them. Independent decoders, which share no code with the Worker, then score them with SSIMULACRA 2 (100 is
the same, at 90 no difference is seen, 70 is good). Conversions of CMYK and of TIFF are not scored, since programs differ there by more than a variant loses.

\`sharp\` encodes the same files for comparison. \`ipx\`, an image server, uses sharp at sharp's defaults and gives the same
bytes, so it has no row. "At equal score" searches, for each picture, the quality at which sharp's file scores as ours does.
The Worker has time for speed 6 of small pictures only; the row with speed 8 compares the same effort. sharp's default of AVIF saves more because its score is lower.`,
    describe: describeBytes,
    after: plots,
  }),
  section("encode", {
    title: "Codecs, their memory, and first requests",
    about: `Every codec and effort that the plan can choose, in \`workerd\`, against \`sharp\` at the same settings with one thread
and against the formats' own tools (\`cwebp\`, \`avifenc\`, \`opj_compress\`, \`JxrEncApp\`), in turns. A Worker's clock does not
advance while it computes, so all times are taken from outside. CMYK is converted with a profile of 1 MB; reading its tables is
most of that time.`,
    describe: describeEncodes,
  }),
  section("coefficients", {
    title: "The coefficient engine",
    about: `JPEG to JPEG XL and to a smaller JPEG without decoding to pixels ([how](coefficient-engine.md)). The test pictures
are photographs of the demo side by side, quality 85, 4:2:0. Bytes are compared with \`jpegtran -optimize -progressive\` and
with \`cjxl -e 7 --lossless_jpeg=1\` without chroma from luma; JPEG XL is without metadata there.`,
    describe: describeCoefficients,
  }),
  section("promises", {
    title: "Photographs as JPEG XL, and 24 megapixels",
    about: `Each JPEG is made JPEG XL as for its quality, and scored by independent decoders. The others are those of Debian's
\`mate-backgrounds\`, with which nothing was chosen (\`PHOTOGRAPHS\` names their folder). What 24 megapixels take of memory is in [the
proofs](proof.md).`,
    describe: describePromises,
  }),
  section("hit", {
    title: "Hits",
    about: `Hits of one AVIF through the Worker, through the least Worker that sends each client its own format (it reads the URL
and \`Accept\`, rewrites three header fields, checks nothing), and through a bare one that only does
\`caches.default.match\`; all in \`workerd\` with an in-memory cache service. Then hits while a new picture is encoded in the
same isolate every 1.5 seconds. Between two computations hits go first, so a hit waits for one of them at most: some ten
milliseconds, but the whole encode where it is JPEG 2000. The slowest hits wait for a
garbage collection.`,
    describe: describeHits,
  }),
  section("decide", {
    title: "Deciding",
    about: `From a request to its cache key, over real clients, for URLs of each dialect: with an \`Accept\` that was seen before,
with a new one, and with one of some kilobytes.`,
    describe: describeDecisions,
  }),
  section("cost", {
    title: "Cost",
    about: `The figures above on Cloudflare's price list, beside Cloudflare Images at one transformation per picture and month
with the same requests through a Worker. The Cache API costs nothing to store in; the column for R2 says what one copy of
everything would cost there. More client classes cost little, since decoding is shared and AVIF dominates. More data centres
cost most, since each has a cache of its own.`,
    describe: describeCosts,
  }),
  section("fleet", {
    title: "A fleet",
    about: `New JPEGs of one megapixel, asked for by four classes of clients in 1, 2 and 8 data centres at the same time, in a [fleet](fleet.md)
on one machine: fetches, encodes, processor time, calls of R2 and messages for each picture, and what a million of them cost, beside one Worker that
does all in each data centre. Gateways, encoder and the emulated R2 and queue have a process each; a gateway's has the emulated cache in it. Then a day on
paper: a million pictures as popular as Zipf's law says, 300 data centres, all caches empty at its beginning.`,
    describe: describeFleet,
  }),
  section("fleet-burst", {
    title: "A burst of new pictures",
    about: `A hundred new JPEGs of 0.3 to 1 megapixel, asked for by 20 connections as clients of JPEG XL, AVIF and WebP in turn, with a hit on another picture every 25 ms
meanwhile: at two gateways of a fleet, and then at one Worker that does all. All parts of the fleet share this machine's two cores, and there is
one encoder, where a deployment has up to twenty on machines of their own. What is not final after some two minutes is counted. Then the time line of a single new picture.`,
    describe: describeBursts,
  }),
];

const introduction = `# Benchmarks

Each section is one run on a shared machine; \`bench/results/\` has every figure. Times differ from run to run: the ratios
within one run are what counts. A benchmark that finds other programs at work says so and judges nothing.

This page is written by \`npm run generate\` from \`bench/results/\`.`;

/** One line: the command, when, and on which machine. */
export function renderRun({ command, date, machine }: RunRecord): string {
  const load = machine.loadBefore === undefined ? "" : `, load ${machine.loadBefore} before the run`;
  return `\`${command}\`, ${date.slice(0, 10)}; ${machine.cores} cores of ${machine.cpu}, Node.js ${machine.node.slice(1)}${load}.`;
}

/** The text of one section, which also says when its benchmark has not run. */
function section<Bench extends keyof Results>(
  bench: Bench,
  { title, about, describe, after }: Section<Bench>,
): () => string {
  return () => {
    const result = readResult(bench);
    const body =
      result === undefined
        ? ["It has not been recorded yet."]
        : [renderRun(result), renderOutput(describe(result)), ...(after === undefined ? [] : [after])];
    return [`## ${title}`, about, ...body].join("\n\n");
  };
}

/** The whole page. */
export function renderBenchmarks(): string {
  return `${[introduction, ...sections.map((render) => render())].join("\n\n")}\n`;
}

const percent = (value: number): string => `${value.toFixed(0)} %`;

/** The figures that most readers want, without those of benchmarks that have not run. */
export function renderHeadline(): string {
  return renderTable({
    head: ["what", "figure"],
    rows: [...savingRows(), ...timeRows(), ...costRows()],
  });
}

function savingRows(): string[][] {
  const bytes = readResult("bytes");
  if (bytes === undefined) return [];
  const saved = (group: string, client: string): string =>
    percent(bytes.classes.find((found) => found.group === group && found.client === client)?.meanSaving ?? Number.NaN);
  const scored = bytes.classes.find(({ group, client }) => group === headlineGroup && client === "avif+webp");
  const ratios = bytes.peers.map(({ peer, ratio }) => `${ratio.geometricMean.toFixed(2)} (${peer})`);
  return [
    [
      "bytes saved of JPEG photographs of quality 80–92, by what the browser takes",
      [
        `${saved(headlineGroup, "avif+webp")} AVIF and WebP`,
        `${saved(headlineGroup, "webp")} WebP`,
        `${saved(headlineGroup, "jxl")} JPEG XL alone`,
        `${saved(headlineGroup, "baseline")} JPEG alone (exact)`,
      ].join(", "),
    ],
    [
      "their SSIMULACRA 2 score (at 90 no difference is seen, 70 is good)",
      `median ${scored?.score?.median.toFixed(0)}, lowest ${scored?.score?.lowest.toFixed(0)}`,
    ],
    [
      "bytes saved of PNG screenshots and logos as WebP, every pixel the same",
      saved("PNG screenshots and logos", "webp"),
    ],
    ["bytes saved of GIF animations as WebP, every frame the same", saved("GIF animations", "webp")],
    ...(ratios.length === 0 ? [] : [["our bytes over those of sharp at the same score", ratios.join(", ")]]),
  ];
}

function timeRows(): string[][] {
  const first = readResult("encode")?.firstRequests.find(
    ({ client, picture }) => client === "avif+webp" && picture === "1 MP JPEG",
  );
  const cpu = readResult("hit")?.results[0]?.figures;
  return [
    ...(first === undefined
      ? []
      : [
          [
            "a new 1-megapixel JPEG, for a browser with AVIF",
            `first byte after ${(first.firstByteMs.median / 1000).toFixed(1)} s (${first.first}), AVIF ready after ${(first.finalMs.median / 1000).toFixed(1)} s`,
          ],
        ]),
    ...(cpu === undefined
      ? []
      : [
          [
            "processor time of a hit, and of a bare cache look-up",
            `${cpu.real.cpuMicroseconds.median.toFixed(0)} µs, ${cpu.bare.cpuMicroseconds.median.toFixed(0)} µs`,
          ],
        ]),
  ];
}

function costRows(): string[][] {
  const cost = readResult("cost");
  const image = cost?.images.findLast(({ megapixels }) => megapixels === usualMegapixels);
  if (cost === undefined || image === undefined) return [];
  return [
    [
      `price of a million hits; of a million new ${usualMegapixels}-megapixel JPEGs, in each data centre that is asked`,
      `$${cost.hit.perMillion.toFixed(2)}; $${image.perMillionImages.toFixed(0)}`,
    ],
  ];
}
