import type { Named, Savings } from "./savings.ts";

/** What the page says about where its numbers come from. */
export interface SavingsPage {
  readonly host: string;
  readonly savings: Savings;
  readonly period: string;
  /** Why these are not the numbers of all data centres, where they are not. */
  readonly note: string | undefined;
}

/** The page of savings: without a script, plots as SVG with a table beside each. */
export function renderSavings({ host, savings, period, note }: SavingsPage): string {
  const { answers, hits, interim, saved, days, formats, reasons } = savings;
  const tiles = [
    [note === undefined ? "Saved" : "Saved (estimate)", bytesText(saved)],
    ["Answers", countText(answers)],
    ["Hits", shareText(hits, answers)],
    ["Interim answers", shareText(interim, answers)],
  ] as const;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Image savings</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_imaging/inspector.css">
</head>
<body>
<header><div>
<h1>Image savings</h1>
<p class="lead">What visitors of ${escapeText(host)} did not have to download, and why.</p>
<p><a href="/_imaging/">Image inspector</a></p>
</div></header>
<main>
<section class="panel" aria-labelledby="sum-title">
<h2 id="sum-title">${escapeText(period)}</h2>
${note === undefined ? "" : `<p class="note">${escapeText(note)}</p>`}
<dl class="facts">${tiles.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>
</section>
${days.length === 0 ? "" : panel("days", "Bytes saved by day", columns(days) + details(days))}
${panel("formats", "Bytes saved by format", bars(formats, "Format", "Saved", bytesText))}
${panel("reasons", "Answers by reason", bars(reasons, "Reason", "Answers", countText))}
</main>
</body>
</html>
`;
}

function panel(name: string, title: string, content: string): string {
  return `<section class="panel" aria-labelledby="${name}-title">\n<h2 id="${name}-title">${title}</h2>\n${content}\n</section>`;
}

/** Columns, of which a reader hears the largest; the table after them has all. */
function columns(days: readonly Named[]): string {
  const most = Math.max(1, ...days.map(({ value }) => value));
  const step = 600 / days.length;
  const drawn = days.map(({ name, value }, index) => {
    const height = Math.max(0, (150 * value) / most);
    const place = `x="${(index * step + step * 0.1).toFixed(1)}" y="${(150 - height).toFixed(1)}"`;
    const size = `width="${(step * 0.8).toFixed(1)}" height="${height.toFixed(1)}"`;
    return `<rect ${place} ${size}><title>${escapeText(name)}: ${bytesText(value)}</title></rect>`;
  });
  const [first, last] = [days[0]?.name ?? "", days.at(-1)?.name ?? ""];
  const label = `Bytes saved by day, from ${first} to ${last}, ${bytesText(most)} at most`;
  return `<svg class="plot columns" viewBox="0 0 600 152" preserveAspectRatio="none" role="img" aria-label="${escapeText(label)}">
<path class="axis" d="M0 151H600"/>${drawn.join("")}</svg>
<p class="ends"><span>${escapeText(first)}</span><span>up to ${bytesText(most)} a day</span><span>${escapeText(last)}</span></p>`;
}

function details(days: readonly Named[]): string {
  return `<details><summary>As a table</summary>${bars(days, "Day", "Saved", bytesText)}</details>`;
}

function bars(named: readonly Named[], head: string, unit: string, text: (value: number) => string): string {
  if (named.length === 0) return `<p class="note">Nothing yet.</p>`;
  const most = Math.max(1, ...named.map(({ value }) => value));
  const rows = named.map(({ name, value }) => {
    const width = Math.max(0, (100 * value) / most).toFixed(1);
    const bar = `<svg class="plot" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="10"/></svg>`;
    return `<tr><th scope="row">${escapeText(name)}</th><td>${bar}</td><td>${text(value)}</td></tr>`;
  });
  return `<table class="bars"><thead><tr><th scope="col">${head}</th><td></td><th scope="col">${unit}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Decimal, as networks are billed. */
function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(value) : value.toPrecision(3)} ${units[power] ?? ""}`;
}

function countText(count: number): string {
  return Math.round(count).toLocaleString("en");
}

function shareText(part: number, whole: number): string {
  return whole === 0 ? "none yet" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Text and attribute values (HTML §13.3). */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
