/**
 * Builds `src/edge/negotiate/client-support.generated.ts` from two sources of browser support data. They must agree at
 * every version that caniuse lists, or a recorded decision must say what holds.
 */
import bcd from "@mdn/browser-compat-data" with { type: "json" };
import type { BrowserName, SimpleSupportStatement } from "@mdn/browser-compat-data";
import lite from "caniuse-lite";
import litePackage from "caniuse-lite/package.json" with { type: "json" };
import type { BrowserId, Support, TableFormat } from "../src/edge/negotiate/client-support.ts";
import { compareVersions, parseVersion } from "../src/edge/negotiate/version.ts";
import { bcdNotes, caniuseNotes, type Decision, decisions } from "./client-support-decisions.ts";

/** What a browser shows from a version on, until the next step. */
export interface Step {
  readonly since: string;
  readonly support: Support;
}

/** What caniuse says of one version; `limited` when the kind of limit is not stated. */
export interface Reading {
  readonly version: string;
  readonly support: Support | "limited";
}

export interface Evidence {
  readonly format: TableFormat;
  readonly browser: BrowserId;
  /** Undefined when browser-compat-data does not have the format. */
  readonly bcd: readonly Step[] | undefined;
  readonly caniuse: readonly Reading[];
}

/** Names of the formats in the sources. */
const formatNames: Readonly<Record<TableFormat, { readonly bcd?: string; readonly caniuse: string }>> = {
  webp: { bcd: "webp", caniuse: "webp" },
  avif: { bcd: "avif", caniuse: "avif" },
  jxl: { bcd: "jxl", caniuse: "jpegxl" },
  heic: { bcd: "heif", caniuse: "heif" },
  jp2: { caniuse: "jpeg2000" },
  jxr: { caniuse: "jpegxr" },
};

/** Names of the browsers in the sources; where there are two, they must not differ. */
const browserNames: Readonly<Record<BrowserId, { readonly bcd: readonly BrowserName[]; readonly caniuse: string }>> = {
  chrome: { bcd: ["chrome"], caniuse: "chrome" },
  "chrome-android": { bcd: ["chrome_android"], caniuse: "and_chr" },
  edge: { bcd: ["edge"], caniuse: "edge" },
  firefox: { bcd: ["firefox"], caniuse: "firefox" },
  "firefox-android": { bcd: ["firefox_android"], caniuse: "and_ff" },
  ie: { bcd: ["ie"], caniuse: "ie" },
  opera: { bcd: ["opera"], caniuse: "opera" },
  "opera-android": { bcd: ["opera_android"], caniuse: "op_mob" },
  safari: { bcd: ["safari"], caniuse: "safari" },
  ios: { bcd: ["safari_ios", "webview_ios"], caniuse: "ios_saf" },
  samsung: { bcd: ["samsunginternet_android"], caniuse: "samsung" },
  "android-webview": { bcd: ["webview_android"], caniuse: "android" },
};

const isBefore = (a: string, b: string): boolean => compareVersions(parseVersion(a), parseVersion(b)) < 0;
const ascending = (a: string, b: string): number => compareVersions(parseVersion(a), parseVersion(b));
const covers = (range: { readonly since: string; readonly until: string }, version: string): boolean =>
  !isBefore(version, range.since) && isBefore(version, range.until);

function supportAt(steps: readonly Step[], version: string): Support {
  return steps.findLast(({ since }) => !isBefore(version, since))?.support ?? "no";
}

/** Steps that change nothing are left out. */
function collapse(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ support }, index) => support !== (steps[index - 1]?.support ?? "no"));
}

/**
 * The table's entry for one format in one browser.
 * @throws Error naming every version where the sources contradict each other without a decision, and every decision
 * that does not meet the contradiction which it was made for.
 */
export function settleEvidence(evidence: Evidence, recorded: readonly Decision[]): readonly Step[] {
  const { format, browser, caniuse } = evidence;
  const matching = recorded.filter((decision) => decision.format === format && decision.browser === browser);
  const ordered = caniuse.toSorted((a, b) => ascending(a.version, b.version));
  const compat = evidence.bcd ?? ordered.map(({ version, support }) => ({ since: version, support: named(support) }));
  const met = new Set<Decision>();
  const problems = ordered.flatMap(({ version, support }) => {
    const bcdSays = supportAt(compat, version);
    const decision = matching.find((candidate) => covers(candidate, version));
    const isForeseen = decision?.bcd === bcdSays && decision.caniuse === support;
    if (decision !== undefined && isForeseen) met.add(decision);
    const isLimited = bcdSays !== "no" && bcdSays !== "yes";
    const agree = decision === undefined && (bcdSays === support || (support === "limited" && isLimited));
    return agree || isForeseen ? [] : [`${version}: browser-compat-data says "${bcdSays}", caniuse "${support}"`];
  });
  for (const decision of matching) {
    if (!met.has(decision)) problems.push(`the decision from ${decision.since} on settles nothing`);
  }
  if (problems.length > 0) throw new Error(`${format} in ${browser}:\n  ${problems.join("\n  ")}`);
  const turns = [...compat, ...matching, ...matching.map(({ until }) => ({ since: until }))].map(({ since }) => since);
  return collapse(
    [...new Set(turns)].toSorted(ascending).map((since) => ({
      since,
      support: matching.find((decision) => covers(decision, since))?.support ?? supportAt(compat, since),
    })),
  );

  function named(support: Reading["support"]): Support {
    if (support === "limited") throw new Error(`${format} in ${browser}: caniuse alone names a limit without its kind`);
    return support;
  }
}

/** The file: one line per format and browser, ranges of versions in ascending order. */
export function renderClientSupport(): string {
  const { __meta: compat } = bcd;
  const formatBlocks = (Object.keys(formatNames) as TableFormat[]).map((format) => {
    const lines = (Object.keys(browserNames) as BrowserId[]).flatMap((browser) => {
      const steps = settleEvidence(readEvidence(format, browser), decisions);
      const ranges = steps.flatMap(({ since, support }, index) =>
        support === "no" ? [] : [renderRange([tidy(since), tidy(steps[index + 1]?.since), support])],
      );
      return ranges.length === 0 ? [] : [`    "${browser}": [${ranges.join(", ")}],`];
    });
    return `  ${format}: {\n${lines.join("\n")}\n  },`;
  });
  const header = [
    "/**",
    " * Made by `npm run generate`; edit scripts/client-support-decisions.ts instead.",
    ` * @mdn/browser-compat-data ${compat.version} of ${compat.timestamp.slice(0, 10)} (CC0-1.0);`,
    ` * caniuse-lite ${litePackage.version}, releases up to ${newestRelease()} (CC-BY-4.0, data by caniuse.com, changed:`,
    " * reduced to ranges of versions, and overruled where a decision is recorded).",
    " */",
  ];
  return `${header.join("\n")}\nexport const clientSupport = {\n${formatBlocks.join("\n")}\n} as const;\n`;
}

function renderRange(values: readonly (string | null)[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** `18.0` is the same as `18`. */
function tidy(version: string | undefined): string | null {
  return version?.replace(/\.0$/, "") ?? null;
}

function readEvidence(format: TableFormat, browser: BrowserId): Evidence {
  const names = formatNames[format];
  const [steps, ...others] =
    names.bcd === undefined ? [] : browserNames[browser].bcd.map((name) => readBcd(names.bcd ?? "", name));
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(steps))) {
    throw new Error(`${format}: ${browserNames[browser].bcd.join(" and ")} differ, they are one browser here`);
  }
  return { format, browser, bcd: steps, caniuse: readCaniuse(format, names.caniuse, browserNames[browser].caniuse) };
}

function readBcd(format: string, browser: BrowserName): readonly Step[] {
  const feature = bcd.mediatypes["image"]?.[format];
  if (feature === undefined) throw new Error(`browser-compat-data has no image/${format}`);
  const statementsOf = ({ __compat: compat }: Partial<typeof feature> = {}): readonly SimpleSupportStatement[] =>
    [compat?.support[browser] ?? []].flat().filter(({ flags }) => flags === undefined);
  // For very old browsers the data say "at this version or before"; what is only in a preview is in no release.
  const released = (version: string | false | undefined): string | undefined =>
    typeof version === "string" && version !== "preview" ? version.replace("≤", "") : undefined;
  const readAt = (statements: readonly SimpleSupportStatement[], version: string): Support => {
    const statement = statements.find(({ version_added: added, version_removed: removed }) => {
      const since = released(added);
      return since !== undefined && !isBefore(version, since) && (removed === undefined || isBefore(version, removed));
    });
    if (statement === undefined) return "no";
    if (statement.partial_implementation === true) return "partial";
    return [statement.notes ?? []].flat().reduce<Support>((support, note) => {
      const meaning = bcdNotes[note];
      if (meaning === undefined) throw new Error(`image/${format} in ${browser}: what does this mean? ${note}`);
      return support === "yes" ? meaning : support;
    }, "yes");
  };
  const parts = ["lossy", "lossless", "alpha", "animation"].map((part) => [part, feature[part]] as const);
  const isMissing = (part: string, version: string): boolean => {
    const identifier = parts.find(([name]) => name === part)?.[1];
    return identifier !== undefined && readAt(statementsOf(identifier), version) === "no";
  };
  const turns = [feature, ...parts.map(([, identifier]) => identifier)]
    .flatMap((identifier) => statementsOf(identifier))
    .flatMap(({ version_added: added, version_removed: removed }) => [released(added), removed])
    .filter((version) => version !== undefined);
  return collapse(
    [...new Set(turns)].toSorted(ascending).map((since) => {
      const support = readAt(statementsOf(feature), since);
      if (support !== "yes") return { since, support };
      if (isMissing("lossy", since)) return { since, support: "no" };
      if (isMissing("lossless", since) || isMissing("alpha", since)) return { since, support: "lossy-only" };
      return { since, support: isMissing("animation", since) ? "still-only" : "yes" };
    }),
  );
}

function readCaniuse(format: TableFormat, feature: string, browser: string): readonly Reading[] {
  const stats = lite.feature(lite.features[feature]).stats[browser];
  if (stats === undefined) throw new Error(`caniuse has no ${browser} for ${feature}`);
  return Object.entries(stats).flatMap(([versions, text]) => {
    // "TP" and "all" are no versions.
    if (!/^\d/.test(versions)) return [];
    const support = readCaniuseFlags(text, caniuseNotes[format] ?? {});
    // A range such as 14.0-14.4 is read at both ends.
    return versions.split("-").map((version) => ({ version, support }));
  });
}

function readCaniuseFlags(text: string, notes: Readonly<Record<number, Support>>): Reading["support"] {
  const [flag, ...rest] = text.split(" ");
  if (flag !== "y" && flag !== "a") return "no";
  const limits = rest.flatMap<Reading["support"]>((part) =>
    part.startsWith("#") ? [notes[Number(part.slice(1))] ?? "limited"] : [],
  );
  const severest = (["partial", "lossy-only", "still-only", "limited"] as const).find((limit) =>
    limits.includes(limit),
  );
  return severest ?? (flag === "a" ? "limited" : "yes");
}

/** caniuse-lite bears no date; the newest release that it knows shows how recent it is. */
function newestRelease(): string {
  const seconds = Object.values(lite.agents).flatMap((agent) => Object.values(agent.release_date));
  return new Date(Math.max(...seconds.map((value) => value ?? 0)) * 1000).toISOString().slice(0, 10);
}
