import { escapeHtml, renderPage } from "../html.ts";
import { formatBytes, formatSaved } from "../table.ts";
import { nameSome, type Verified } from "./checks.ts";

/** The verdicts as one file without anything from elsewhere. */
export function renderReport(verified: readonly Verified[]): string {
  return renderPage("What clients get", verified.map(renderUrl).join("\n"));
}

function renderUrl({ url, observations, faults }: Verified): string {
  const verdict = faults.length === 0 ? '<p class="good">Right for every client.</p>' : "";
  const found = faults
    .map(({ check, message, clients }) => {
      const names = clients.length === 0 ? "" : ` <span>(${escapeHtml(nameSome(clients))})</span>`;
      return `<li><strong>${escapeHtml(check)}</strong>: ${escapeHtml(message)}${names}</li>`;
    })
    .join("\n");
  const rows = observations
    .map(({ client, facts, answer, said }) => {
      const saved = said.from === undefined ? "" : formatSaved(said.from, answer.body.length);
      const share = said.from === undefined ? 1 : Math.min(1, answer.body.length / said.from);
      return `<tr><th scope="row">${escapeHtml(client.name)}</th><td>${escapeHtml(facts?.format ?? `status ${answer.status}`)}</td>
<td class="number">${formatBytes(answer.body.length)}</td><td class="number">${saved}</td>
<td class="bar"><meter min="0" max="1" value="${share.toFixed(3)}">${Math.round(share * 100)} %</meter></td><td>${escapeHtml(said.reason ?? "")}</td></tr>`;
    })
    .join("\n");
  return `<section><h2>${escapeHtml(url)}</h2>${verdict}<ul class="bad">${found}</ul>
<table class="rows"><thead><tr><th scope="col">Client</th><th scope="col">Gets</th><th scope="col" class="number">Bytes</th><th scope="col" class="number">Saved</th>
<th scope="col">Of the original</th><th scope="col">Reason</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}
