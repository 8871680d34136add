import type { FormatId } from "../../imaging/model/formats.ts";
import { clientSupport } from "./client-support.generated.ts";
import { compareVersions, parseVersion, type Version } from "./version.ts";

/**
 * How much of a format a browser shows. `still-only`: no animation. `lossy-only`: nothing lossless, no alpha, no
 * animation. `partial`: only on some systems, which the User-Agent does not distinguish, so it proves nothing.
 */
export type Support = "yes" | "still-only" | "lossy-only" | "partial" | "no";

/** Formats that some browsers show and some do not. */
export type TableFormat = Extract<FormatId, "webp" | "avif" | "jxl" | "heic" | "jp2" | "jxr">;

/**
 * Browsers by what decides their abilities. `edge` is EdgeHTML up to 18 and Chromium from 79; `ios` is every browser
 * and web view on iOS, by the version of iOS; `android-webview` is Chromium's version from 37, Android's before that
 * (the Android Browser included).
 */
export type BrowserId =
  | "chrome"
  | "chrome-android"
  | "edge"
  | "firefox"
  | "firefox-android"
  | "ie"
  | "opera"
  | "opera-android"
  | "safari"
  | "ios"
  | "samsung"
  | "android-webview";

/** From the first version on, and before the second (null: to this day). */
export type SupportRange = readonly [since: string, until: string | null, support: Exclude<Support, "no">];

export type ClientSupport = Readonly<
  Record<TableFormat, Readonly<Partial<Record<BrowserId, readonly SupportRange[]>>>>
>;

const table: ClientSupport = clientSupport;

/** What the capability table says. A browser or version that it does not list does not show the format. */
export function supportOf(format: TableFormat, browser: BrowserId, version: Version): Support {
  const range = table[format][browser]?.find(
    ([since, until]) =>
      compareVersions(version, parseVersion(since)) >= 0 &&
      (until === null || compareVersions(version, parseVersion(until)) < 0),
  );
  return range?.[2] ?? "no";
}
