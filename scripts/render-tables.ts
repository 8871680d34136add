/** The tables of the README and of `docs/`, rendered from the rows that the program itself runs on. Pure: text in, text out. */
import { decodedFormats, formats } from "../src/imaging/model/formats.ts";
import { type SettingName, settings } from "../src/edge/settings.ts";
import { targets } from "../src/edge/targets.ts";
import { deviating, untried } from "../test/workerd/http-caching/deviations.ts";
import { transientSeconds } from "../src/edge/limits.ts";
import { reasons } from "../src/edge/reasons.ts";
import { renderHeadline } from "./render-benchmarks.ts";
import { renderTable, type Table } from "./markdown.ts";

/** What most operators set; the README shows these rows. */
export const usualSettings = [
  "ORIGIN",
  "MODE",
  "ROLLOUT_PERCENT",
  "FORMATS",
  "ADMIN_TOKEN",
] as const satisfies readonly SettingName[];

/** Name of a marked region, and what belongs there. */
export const regions = {
  "usual-settings": () => renderTable(settingsTable(usualSettings)),
  headline: renderHeadline,
  settings: () => renderTable(settingsTable(Object.keys(settings) as SettingName[])),
  formats: () => renderTable(formatsTable()),
  reasons: () => renderTable(reasonsTable()),
  "cache-deviations": () => renderTable(deviationsTable()),
  "cache-untried": () => renderTable(untriedTable()),
} as const satisfies Record<string, () => string>;

export type RegionName = keyof typeof regions;

/** Each page that has regions, and the regions that it has to have. */
export const pages = {
  "README.md": ["usual-settings", "headline"],
  "docs/settings.md": ["settings"],
  "docs/formats.md": ["formats"],
  "docs/headers.md": ["reasons"],
  "docs/http-caching.md": ["cache-deviations", "cache-untried"],
} as const satisfies Record<string, readonly RegionName[]>;

export function openingMark(name: RegionName): string {
  return `<!-- generated:${name} -->`;
}

export function closingMark(name: RegionName): string {
  return `<!-- /generated:${name} -->`;
}

/**
 * The document with its marked regions rewritten; everything outside the marks is kept byte for byte.
 * @throws Error naming the region whose marks are missing, repeated or in the wrong order.
 */
export function renderRegions(document: string, names: readonly RegionName[]): string {
  return names.reduce((text, name) => {
    const [before, region, ...furtherOpenings] = text.split(openingMark(name));
    const [, after, ...furtherClosings] = (region ?? "").split(closingMark(name));
    if (before === undefined || after === undefined || furtherOpenings.length + furtherClosings.length > 0) {
      throw new Error(`the region "${name}" needs exactly one ${openingMark(name)} and then one ${closingMark(name)}`);
    }
    return `${before}${openingMark(name)}\n\n${regions[name]()}\n\n${closingMark(name)}${after}`;
  }, document);
}

function settingsTable(names: readonly SettingName[]): Table {
  return {
    head: ["variable", "default", "allowed", "meaning"],
    rows: names.map((name) => {
      const { default: text, allowed, meaning } = settings[name];
      return [`\`${name}\``, text === undefined ? "required" : text === "" ? "none" : `\`${text}\``, allowed, meaning];
    }),
  };
}

function formatsTable(): Table {
  const decoded: readonly string[] = decodedFormats;
  const made: readonly string[] = Object.values(targets).map(({ format }) => format);
  return {
    head: ["format", "sent as", "file name extensions", "decoded here", "made here", "has to be named by a client"],
    rows: Object.entries(formats).map(([id, { mediaTypes, extensions, universal }]) => [
      `\`${id}\``,
      `\`${mediaTypes[0]}\``,
      extensions.map((extension) => `\`.${extension}\``).join(", "),
      decoded.includes(id) ? "yes" : "",
      made.includes(id) ? "yes" : "",
      universal || !made.includes(id) ? "" : "yes",
    ]),
  };
}

function reasonsTable(): Table {
  return {
    head: ["reason", "meaning", "may be kept"],
    rows: Object.entries(reasons).map(([reason, { meaning, transient }]) => [
      `\`${reason}\``,
      meaning,
      transient ? `at most ${transientSeconds} s` : "as the origin says",
    ]),
  };
}

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function deviationsTable(): Table {
  return {
    head: ["why", "here", "ids"],
    rows: deviating.map(({ why, outcome, ids }) => [why, outcome, code(ids)]),
  };
}

function untriedTable(): Table {
  return { head: ["why", "ids"], rows: untried.map(({ why, ids }) => [why, code(ids)]) };
}
