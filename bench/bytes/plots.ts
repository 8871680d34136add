import type { LadderStep } from "./report.ts";
import type { CurvePoint, PeerSummary } from "./summary.ts";
import { type Chart, drawChart, type Series } from "./svg-chart.ts";

const lines = [
  { client: "avif", name: "AVIF", colour: 1 },
  { client: "webp", name: "WebP", colour: 0 },
  { client: "jxl", name: "JPEG XL, exact", colour: 2 },
  { client: "baseline", name: "optimised JPEG", colour: 4 },
] as const;

/** Saving by source quality. */
export function drawSavings(ladder: readonly LadderStep[]): string {
  const photographs = ladder[0]?.classes[0]?.pictures ?? 0;
  const series = lines.map(({ client, name, colour }): Series => ({
    name,
    colour,
    style: client === "webp" || client === "avif" ? "line" : "dashed",
    points: ladder.flatMap(({ step, classes }) =>
      classes.filter((found) => found.client === client).map(({ meanSaving }) => ({ x: step, y: meanSaving })),
    ),
    nameAt: { dx: 10, dy: 5 },
  }));
  return drawChart({
    title: "What a JPEG becomes, by its quality",
    subtitle: `mean bytes saved, ${photographs} photographs as JPEGs of each quality, 4:2:0`,
    description: series
      .map(({ name, points }) => `${name}: ${points.map(({ x, y }) => `${y.toFixed(0)} % at ${x}`).join(", ")}.`)
      .join(" "),
    x: { title: "quality of the source JPEG", from: 48, to: 99, ticks: [50, 60, 70, 80, 90, 98] },
    y: { title: "bytes saved", from: 0, to: 70, ticks: [0, 10, 20, 30, 40, 50, 60, 70], unit: " %" },
    series: spreadNames(series, 70),
  });
}

/** Names at the right end must not lie on each other: at least this share of the axis apart. */
function spreadNames(series: readonly Series[], range: number): Series[] {
  const height = 320;
  const apart = 16;
  const placed = series
    .map((line) => ({ line, y: -((line.points.at(-1)?.y ?? 0) / range) * height }))
    .toSorted((a, b) => a.y - b.y);
  let last = Number.NEGATIVE_INFINITY;
  return placed.map(({ line, y }) => {
    const at = Math.max(y, last + apart);
    last = at;
    return { ...line, nameAt: { ...line.nameAt, dy: 5 + at - y } };
  });
}

/** Scores below are of no interest: one sees the damage. */
const lowestShown = 55;

/** Size against score: the peers' curves over their qualities, and where our variants and their defaults are. */
export function drawScores(curves: readonly CurvePoint[], summaries: readonly PeerSummary[]): string {
  const series = (["webp", "avif"] as const).flatMap((format): Series[] => {
    const peer = `sharp ${format}`;
    const summary = summaries.find((found) => found.peer === peer);
    if (summary === undefined) return [];
    const { meanSaving, medianScore } = summary.ours;
    const points = curves
      .filter((point) => point.peer === peer && point.medianScore >= lowestShown)
      .map(({ size, medianScore: score, quality }) => ({ x: size, y: score, label: `q${quality}` }));
    const { title, colour } =
      format === "webp" ? { title: "WebP", colour: 0 as const } : { title: "AVIF", colour: 1 as const };
    // The curves lie side by side: names and labels on the outside.
    const labels = format === "avif" ? { labels: "left" as const } : {};
    return [
      { name: `sharp, ${title}`, colour, style: "line", points, nameAt: { dx: 10, dy: -2 }, ...labels },
      {
        name: `this Worker, ${title}`,
        colour,
        style: "points",
        points: [{ x: 100 - meanSaving, y: medianScore }],
        nameAt: format === "webp" ? { dx: 12, dy: 16 } : { dx: -60, dy: -44 },
      },
    ];
  });
  const pictures = summaries[0]?.pictures ?? 0;
  const chart: Chart = {
    title: "Size against score",
    subtitle: `${pictures} photographs, JPEGs of quality 80–92; sharp's and ipx's defaults are WebP q80, AVIF q50`,
    description: series
      .map(
        ({ name, points }) =>
          `${name}: ${points.map(({ x, y, label }) => `${label ?? "its own quality"} ${x.toFixed(0)} % of the bytes, score ${y.toFixed(0)}`).join("; ")}.`,
      )
      .join(" "),
    x: {
      title: "mean size, in percent of the source's bytes",
      from: 20,
      to: 120,
      ticks: [20, 40, 60, 80, 100, 120],
      unit: " %",
    },
    y: {
      title: "median SSIMULACRA 2 against the source",
      from: 55,
      to: 95,
      ticks: [55, 60, 65, 70, 75, 80, 85, 90, 95],
    },
    series,
    guides: [{ y: 76, label: "aim: 76 or more" }],
  };
  return drawChart(chart);
}
