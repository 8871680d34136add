/** A series of points, joined by a line or not. */
export interface Series {
  readonly name: string;
  /** One of the five colours of the palette below. */
  readonly colour: 0 | 1 | 2 | 3 | 4;
  readonly style: "line" | "dashed" | "points";
  readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string }[];
  /** Labels of points are to the right and below, or to the left and above. */
  readonly labels?: "left";
  /** Position of the name, in units of the picture from the last point; to the left it ends there, on a line of its own. */
  readonly nameAt: { readonly dx: number; readonly dy: number };
}

export interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly unit?: string;
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** A description for screen readers. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly guides?: readonly { readonly y: number; readonly label: string }[];
}

const size = { width: 760, height: 440 } as const;
const plot = { left: 62, right: 128, top: 66, bottom: 54 } as const;

/** Distinguishable without red and green as well (Okabe and Ito), darker on light, lighter on dark. */
const palette = [
  ["#0063a0", "#5cb8f2"],
  ["#b84a00", "#f0a04b"],
  ["#00785a", "#3cc79f"],
  ["#9c4f80", "#dd92c0"],
  ["#5c6570", "#a3acb8"],
] as const;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .paper { fill: #ffffff } .title { font-size: 16px; font-weight: 600 } .quiet { fill: #59636e }
  .grid { stroke: #d9dee4; stroke-width: 1 } .guide { stroke: #59636e; stroke-dasharray: 2 4 } .small { font-size: 11px } .name { font-weight: 600 }
  polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
${palette.map(([light], index) => `  .l${index} { stroke: ${light} } .f${index} { fill: ${light} }`).join("\n")}
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f3f6 } .paper { fill: #0d1117 } .quiet { fill: #9aa4ae }
    .grid { stroke: #2b323b } .guide { stroke: #9aa4ae }
${palette.map(([, dark], index) => `    .l${index} { stroke: ${dark} } .f${index} { fill: ${dark} }`).join("\n")}
  }
`;

/** A chart as an SVG of its own that reads in a light and in a dark page. */
export function drawChart(chart: Chart): string {
  const { x, y } = chart;
  const right = size.width - plot.right;
  const bottom = size.height - plot.bottom;
  const atX = scale(x, plot.left, right);
  const atY = scale(y, bottom, plot.top);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-labelledby="t d">`,
    `<title id="t">${escape(chart.title)}</title>`,
    `<desc id="d">${escape(chart.description)}</desc>`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${size.width}" height="${size.height}" rx="6"/>`,
    text(plot.left, 26, chart.title, "title"),
    text(plot.left, 46, chart.subtitle, "quiet"),
    ...y.ticks.flatMap((tick) => [
      `<line class="grid" x1="${plot.left}" x2="${right}" y1="${atY(tick)}" y2="${atY(tick)}"/>`,
      text(plot.left - 8, atY(tick) + 4, `${tick}${y.unit ?? ""}`, "quiet", "end"),
    ]),
    ...x.ticks.map((tick) => text(atX(tick), bottom + 18, `${tick}${x.unit ?? ""}`, "quiet", "middle")),
    text((plot.left + right) / 2, bottom + 40, x.title, "quiet", "middle"),
    `<text class="quiet" text-anchor="middle" transform="translate(16 ${(plot.top + bottom) / 2}) rotate(-90)">${escape(y.title)}</text>`,
    ...(chart.guides ?? []).flatMap((guide) => [
      `<line class="guide" x1="${plot.left}" x2="${right}" y1="${atY(guide.y)}" y2="${atY(guide.y)}"/>`,
      text(right + 6, atY(guide.y) + 4, guide.label, "quiet small"),
    ]),
    ...chart.series.flatMap((series) => drawSeries(series, atX, atY)),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

function drawSeries(series: Series, atX: (value: number) => number, atY: (value: number) => number): string[] {
  const { colour, points } = series;
  const places = points.map(({ x, y, label }) => ({ x: atX(x), y: atY(y), label }));
  const named = places.at(-1);
  const isLine = series.style !== "points";
  const dashes = series.style === "dashed" ? ' stroke-dasharray="6 4"' : "";
  const path = places.map(({ x, y }) => `${x},${y}`).join(" ");
  return [
    ...(isLine ? [`<polyline class="l${colour}"${dashes} points="${path}"/>`] : []),
    ...places.map(({ x, y }) => `<circle class="f${colour}" cx="${x}" cy="${y}" r="${isLine ? 3.5 : 7}"/>`),
    ...places.flatMap(({ x, y, label }) =>
      label === undefined
        ? []
        : [
            series.labels === "left"
              ? text(x - 6, y - 6, label, "quiet small", "end")
              : text(x + 7, y + 14, label, "quiet small"),
          ],
    ),
    ...(named === undefined ? [] : drawName(series, named)),
  ];
}

function drawName({ name, colour, nameAt }: Series, point: { readonly x: number; readonly y: number }): string[] {
  const [x, y] = [round(point.x + nameAt.dx), round(point.y + nameAt.dy)];
  const isLeft = nameAt.dx < 0;
  const anchor = isLeft ? ' text-anchor="end"' : "";
  return [
    ...(isLeft ? [`<line class="l${colour}" x1="${point.x}" y1="${point.y}" x2="${x + 3}" y2="${y - 2}"/>`] : []),
    `<text class="f${colour} name"${anchor} x="${x}" y="${y}">${escape(name)}</text>`,
  ];
}

function scale({ from, to }: Axis, start: number, end: number): (value: number) => number {
  return (value) => round(start + ((value - from) / (to - from)) * (end - start));
}

function text(x: number, y: number, content: string, classes = "", anchor = "start"): string {
  const anchored = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="${classes}"${anchored} x="${round(x)}" y="${round(y)}">${escape(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
