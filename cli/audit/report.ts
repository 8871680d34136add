import { escapeHtml, renderPage } from "../html.ts";
import { formatBytes, formatSaved } from "../table.ts";
import { auditedClasses } from "./classes.ts";
import type { Audited } from "./measure.ts";
import { sumOf } from "./sum.ts";
import { renderThumbnail } from "./thumbnail.ts";

const thumbnailSide = 96;

/** What would be saved, as one file without anything from elsewhere; the images that would save most come first. */
export async function renderAudit(all: readonly Audited[], failures: readonly string[]): Promise<string> {
  const { from, classes } = sumOf(all);
  const bars = auditedClasses
    .map(({ name }, index) => {
      const bytes = classes[index] ?? from;
      const share = from === 0 ? 1 : bytes / from;
      return `<tr><th scope="row">${escapeHtml(name)}</th><td class="number">${formatBytes(bytes)}</td>
<td><meter min="0" max="1" value="${share.toFixed(3)}">${Math.round(share * 100)} %</meter></td>
<td class="number">${formatSaved(from, bytes)}</td></tr>`;
    })
    .join("\n");
  const rows = await Promise.all(all.map(renderImage));
  const failed = failures.map((failure) => `<li>${escapeHtml(failure)}</li>`).join("\n");
  return renderPage(
    "What would be saved",
    `<p>${all.length} images with ${formatBytes(from)}. What visitors would get, by the newest format that their browser shows:</p>
<table><thead><tr><th scope="col">Browsers with</th><th scope="col" class="number">Bytes</th><th scope="col">Of the originals</th><th scope="col" class="number">Saved</th></tr></thead>
<tbody>${bars}</tbody></table>
<h2>Image by image</h2>
<section><table class="rows"><thead><tr><th scope="col">Image</th><th scope="col" class="number">Original</th>${auditedClasses
      .map(({ name }) => `<th scope="col" class="number">${escapeHtml(name)}</th>`)
      .join("")}<th scope="col">Reason</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></section>
${failed === "" ? "" : `<h2>Not judged</h2><ul>${failed}</ul>`}`,
  );
}

async function renderImage({ url, source, classes, sample }: Audited): Promise<string> {
  const thumbnail = await renderThumbnail(sample, thumbnailSide);
  const cells = classes
    .map(
      ({ name, format, bytes }) =>
        `<td class="number" data-for="${escapeHtml(name)}">${escapeHtml(format)}, ${formatBytes(bytes)} <br>${formatSaved(source.bytes, bytes)}</td>`,
    )
    .join("");
  return `<tr><th scope="row">${thumbnail}<br><a href="${escapeHtml(url)}">${escapeHtml(new URL(url).pathname)}</a></th>
<td class="number" data-for="Original">${escapeHtml(source.format)}, ${formatBytes(source.bytes)}</td>${cells}<td>${escapeHtml(classes[0]?.reason ?? "")}</td></tr>`;
}
