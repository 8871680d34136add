import { formatTable, verdict } from "../coefficients/table.ts";
import { type ClientName, clients } from "./clients.ts";
import type { Group } from "./pictures.ts";
import type { ClassSummary, CurvePoint, FormatSummary, PeerSummary } from "./summary.ts";

/** What the project asks of itself; savings in percent, scores in SSIMULACRA 2, the ratio at equal score. */
export const targets = {
  saving: { webp: 30, avif: 44 },
  medianScore: 76,
  lowestScore: 65,
  losslessSaving: 25,
  bytesAtEqualScore: 1.03,
} as const;

export const headlineGroup: Group = "JPEG photographs, quality 80–92";
const losslessGroup: Group = "PNG screenshots and logos";

/** Classes that request the pictures made for the benchmark. */
export const modernClients = ["avif", "webp", "jxl", "baseline"] as const satisfies readonly ClientName[];

/** Pictures made in steps of quality or of size. */
export interface LadderStep {
  readonly step: number;
  readonly classes: readonly ClassSummary[];
}

/** All that is printed and drawn. */
export interface BytesReport {
  readonly headline: readonly FormatSummary[];
  readonly classes: readonly ClassSummary[];
  readonly peers: readonly PeerSummary[];
  readonly curves: readonly CurvePoint[];
  readonly ladder: readonly LadderStep[];
  readonly sizes: readonly LadderStep[];
}

/** The whole report as text. */
export function describeBytes({ headline, classes, peers, ladder, sizes }: BytesReport): string {
  return [
    "bytes saved, mean of all files (those left alone count as 0):",
    groupTable(classes),
    `\n${headlineGroup}:`,
    classTable(classes.filter(({ group }) => group === headlineGroup)),
    ...headline.map(headlineOf),
    losslessLine(classes),
    "\nbeside sharp, whose defaults are ipx's too (the same photographs, without colour profiles, up to 1.1 MP):",
    peerTable(peers),
    "\nby source quality (mean saving; SSIMULACRA 2 median, lowest):",
    stepTable("quality", ladder),
    "\nby width, 3:2, source quality 85:",
    stepTable("width", sizes),
  ].join("\n");
}

const percent = (value: number): string => `${value.toFixed(1)} %`;
const scoreText = (score: { readonly median: number; readonly lowest: number } | null): string[] =>
  score === null ? ["", ""] : [score.median.toFixed(1), score.lowest.toFixed(1)];

/** Sources against today's classes. */
function groupTable(classes: readonly ClassSummary[]): string {
  const shown = clients.filter((client) => !("legacy" in client) && client.name !== "avif").map(({ name }) => name);
  const groups = [...new Set(classes.map(({ group }) => group))];
  const rows = groups.map((group) => {
    const members = classes.filter((summary) => summary.group === group);
    return [
      group,
      `${members[0]?.pictures ?? 0}`,
      ...shown.map((client) => percent(members.find((summary) => summary.client === client)?.meanSaving ?? Number.NaN)),
      reasonsOf(members.find(({ client }) => client === "webp")),
    ];
  });
  return formatTable(["source", "files", ...shown, "left alone for webp"], rows, 1);
}

function classTable(classes: readonly ClassSummary[]): string {
  const header = [
    "client",
    "files",
    "saved: mean",
    "median",
    "score: median",
    "lowest",
    "Butteraugli: median",
    "highest",
    "what was sent",
    "left alone",
  ];
  const rows = classes.map((summary) => [
    summary.client,
    `${summary.pictures}`,
    percent(summary.meanSaving),
    percent(summary.medianSaving),
    ...scoreText(summary.score),
    ...(summary.distance === undefined
      ? ["", ""]
      : [summary.distance.median, summary.distance.highest].map((norm) => norm.toFixed(2))),
    counted(summary.formats),
    reasonsOf(summary),
  ]);
  return formatTable(header, rows, 1);
}

function reasonsOf(summary: ClassSummary | undefined): string {
  return counted(summary?.leftAlone ?? {});
}

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function headlineOf({ format, variants, meanSaving, score, withoutVariant, lowestScored }: FormatSummary): string {
  const wanted = targets.saving[format];
  return [
    `${format}: ${percent(meanSaving)} saved on average over ${variants} variants`,
    `(${verdict(`target ≥ ${wanted} %`, meanSaving >= wanted)});`,
    `score median ${score.median.toFixed(1)} (${verdict(`≥ ${targets.medianScore}`, score.median >= targets.medianScore)}),`,
    `lowest ${score.lowest.toFixed(1)}, ${lowestScored} (${verdict(`≥ ${targets.lowestScore}`, score.lowest >= targets.lowestScore)})`,
    ...(withoutVariant.length === 0 ? [] : [`\n  no ${format} of ${withoutVariant.join(", ")}`]),
  ]
    .join(" ")
    .replaceAll(" \n", "\n");
}

function losslessLine(classes: readonly ClassSummary[]): string {
  const summary = classes.find(({ group, client }) => group === losslessGroup && client === "webp");
  if (summary === undefined) return "";
  const [same, of] = summary.samePixels ?? [0, 0];
  const met = summary.meanSaving >= targets.losslessSaving;
  return [
    `${losslessGroup}, client webp: ${percent(summary.meanSaving)} saved on average`,
    `(${verdict(`target ≥ ${targets.losslessSaving} %`, met)}), the same pixels in ${same} of ${of} variants`,
  ].join(" ");
}

function peerTable(summaries: readonly PeerSummary[]): string {
  const header = [
    "",
    "files",
    "default saves",
    "score",
    "lowest",
    "larger",
    "we save",
    "score",
    "our bytes at equal score",
  ];
  const rows = summaries.map(({ peer, pictures, meanSaving, score, larger, ours, ratio }) => [
    peer,
    `${pictures}`,
    percent(meanSaving),
    ...scoreText(score),
    `${larger}`,
    percent(ours.meanSaving),
    ours.medianScore.toFixed(1),
    `× ${ratio.geometricMean.toFixed(2)} (${ratio.lowest.toFixed(2)}–${ratio.highest.toFixed(2)})`,
  ]);
  const judged = summaries.map(({ peer, ratio }) =>
    verdict(`${peer} ≤ ${targets.bytesAtEqualScore}`, ratio.geometricMean <= targets.bytesAtEqualScore),
  );
  return `${formatTable(header, rows, 1)}\nbytes at equal score: ${judged.join("; ")}`;
}

function stepTable(title: string, steps: readonly LadderStep[]): string {
  const cell = (classes: readonly ClassSummary[], client: (typeof modernClients)[number]): string => {
    const found = classes.find((summary) => summary.client === client);
    if (found === undefined) return "";
    const scores = client === "webp" || client === "avif" ? scoreText(found.score).filter((text) => text !== "") : [];
    return [percent(found.meanSaving), ...(scores.length === 0 ? [] : [`(${scores.join(", ")})`])].join(" ");
  };
  const rows = steps.map(({ step, classes }) => [`${step}`, ...modernClients.map((client) => cell(classes, client))]);
  return formatTable([title, ...modernClients], rows, 0);
}
