const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that stays text in an element or an attribute, whatever a server has sent. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A page of its own: no script, nothing from elsewhere. */
export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h2 { overflow-wrap: anywhere; font-size: 1.2rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid light-dark(#ddd, #333); text-align: start; }
section { overflow-x: auto; }
.number { text-align: end; white-space: nowrap; }
.good { color: light-dark(#0b6b57, #5fd6b8); font-weight: 600; }
.bad { color: light-dark(#a8201a, #ff9d94); }
.bad:empty { display: none; }
.sheet { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; max-width: 20rem; }
/* Where the columns do not fit, a row is a block of its own, and a cell says what it is about. */
@media (max-width: 48rem) {
  .rows, .rows tbody { display: block; }
  .rows thead, .rows .bar { display: none; }
  .rows tr { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; padding-block: 0.6rem; border-bottom: 1px solid light-dark(#ddd, #333); }
  .rows :is(th, td) { padding: 0; border: 0; text-align: start; }
  .rows :is(th, td[data-for]) { flex-basis: 100%; }
  .rows td br { display: none; }
  .rows td[data-for]::before { content: attr(data-for) ": "; color: light-dark(#566171, #9ba6b5); }
}
figure img { max-width: 100%; }
</style></head>
<body><h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`;
}
