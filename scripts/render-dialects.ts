/** The page on URL dialects, rendered from the rows that the program reads URLs with; every example is executed. */
import { isDeepStrictEqual } from "node:util";
import { dialects, maxScaledSide, parseUrl } from "../src/edge/dialects/dialect.ts";
import type { ModifierRow } from "../src/edge/dialects/modifier.ts";
import { type DialectId, dialectIds, noDirectives, type ParsedUrl } from "../src/edge/dialects/parsed-url.ts";
import { trackingParameters } from "../src/edge/dialects/tracking.ts";
import { renderTable } from "./markdown.ts";

const titles: Readonly<Record<DialectId, string>> = {
  plain: "Plain",
  scene7: "Scene7 (Adobe Dynamic Media)",
  imgix: "imgix",
  cloudinary: "Cloudinary",
};

/** How a modifier is written, for dialects that do not write `name=value`. */
const written: Partial<Record<DialectId, (name: string) => string>> = {
  cloudinary: (name) => (name === "imaging" ? name : `${name}_`),
};

const introduction = `# URL dialects

A dialect is a URL grammar that the Worker reads quality, size, format and opt-outs from. The origin still renders: its own
modifiers are passed on byte for byte, and only those that the origin would not understand are taken out. A value outside
of what is accepted is ignored and noted in \`explain\`; it is never an error.

This page is written by \`npm run generate\` from \`src/edge/dialects/\`; each example was executed.

## Which dialect

\`DIALECT\` names one for all URLs; \`auto\` takes the first of these whose marks a URL bears:`;

/**
 * What an example says, after reading it.
 * @throws Error when the program reads it otherwise.
 */
function renderExample(dialect: DialectId, { name, example }: ModifierRow): string {
  const {
    sourcePath,
    keyPath: _,
    dialect: __,
    ...directives
  } = parseUrl(new URL(example.url, "https://images.example"), dialect);
  const expected: Omit<ParsedUrl, "dialect" | "sourcePath" | "keyPath"> = {
    ...noDirectives,
    notes: [],
    ...example.reads,
  };
  if (sourcePath !== (example.origin ?? example.url) || !isDeepStrictEqual(directives, expected)) {
    throw new Error(`the example of ${dialect} ${name} is read as ${sourcePath} ${JSON.stringify(directives)}`);
  }
  const read = Object.entries(example.reads).map(([field, value]) => `\`${field}\` ${JSON.stringify(value)}`);
  const asked = example.origin === undefined ? "" : `; the origin is asked for \`${example.origin}\``;
  return `\`${example.url}\`: ${read.join(", ")}${asked}`;
}

function renderRows(dialect: DialectId): string {
  const rows: readonly ModifierRow[] = dialects[dialect].rows;
  const write = written[dialect] ?? ((name) => name);
  return renderTable({
    head: ["modifier", "accepted", "meaning", "example"],
    rows: rows.map((row) => [`\`${write(row.name)}\``, row.accepts, row.meaning, renderExample(dialect, row)]),
  });
}

function renderShapes(): string {
  return renderTable({
    head: ["dialect", "marks"],
    rows: Object.entries(dialects).map(([id, { shape }]) => [`\`${id}\``, shape]),
  });
}

function renderTracking(): string {
  return renderTable({
    head: ["set by", "parameters"],
    rows: trackingParameters.map(({ setBy, names, prefixes }) => [
      setBy,
      [...prefixes.map((prefix) => `\`${prefix}*\``), ...names.map((name) => `\`${name}\``)].join(", "),
    ]),
  });
}

const ending = `## More than one value

Where a modifier is repeated the last accepted value counts, as in Image Serving, where a later command overrides an earlier
one; imgix's \`auto\` adds up. A repetition is noted.

## Pixel ratio

With \`DPR=on\` the origin is asked for more pixels: Scene7 by larger \`wid\` and \`hei\`, imgix and Cloudinary by their own \`dpr\`.
No side grows beyond ${maxScaledSide} pixels; the ratio is lowered instead, so that both sides keep their proportion. The size is left
alone where more pixels could mean another picture (\`scl\`, \`rect\`, \`c_crop\`, layers, a size that only a preset knows) and where
the URL is signed.

## Tracking parameters

These leave the cache key, so that one picture is kept once however it was linked. The origin still gets them.`;

/** The whole page. */
export function renderDialects(): string {
  const sections = dialectIds.map((id) => `## ${titles[id]}\n\n${renderRows(id)}`);
  return `${[introduction, renderShapes(), ...sections, ending, renderTracking()].join("\n\n")}\n`;
}
