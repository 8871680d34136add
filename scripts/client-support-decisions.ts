/** What people decided where the sources of the capability table leave something open; each with its reason. */
import type { BrowserId, Support, TableFormat } from "../src/edge/negotiate/client-support.ts";

/**
 * What caniuse's numbered notes say, by the number that its data carry (the texts are not in `caniuse-lite`; they are
 * on the feature's page). A number that is not listed here limits a format in a way that we do not know.
 */
export const caniuseNotes: Partial<Record<TableFormat, Readonly<Record<number, Support>>>> = {
  // 1: neither lossless nor alpha nor animation. 2: no animation. 3: macOS 11 or later.
  webp: { 1: "lossy-only", 2: "still-only", 3: "partial" },
  // 2, 5: no image sequences (5: only with a preference). 3: macOS 13 or later. 4 is about noise synthesis, which every
  // encoder here leaves off.
  avif: { 2: "still-only", 3: "partial", 4: "yes", 5: "still-only" },
  // 1: not in Safari for Windows, which `readUserAgent` therefore does not call Safari.
  jp2: { 1: "yes" },
};

/** Notes of browser-compat-data that limit a format although no sub-feature says so. */
export const bcdNotes: Readonly<Record<string, Support>> = {
  "Animated images are not supported.": "still-only",
};

/** One disagreement between the two sources: what each says over a range of versions, what is taken, and why. */
export interface Decision {
  readonly format: TableFormat;
  readonly browser: BrowserId;
  readonly since: string;
  /** The first version to which the decision no longer applies. */
  readonly until: string;
  readonly bcd: Support;
  readonly caniuse: Support;
  readonly support: Support;
  readonly reason: string;
}

export const decisions: readonly Decision[] = [
  {
    format: "webp",
    browser: "chrome",
    since: "9",
    until: "17",
    bcd: "no",
    caniuse: "lossy-only",
    support: "no",
    reason: "the later of two starting points: nothing is lost with Chrome of 2011",
  },
  {
    format: "webp",
    browser: "safari",
    since: "14",
    until: "16",
    bcd: "yes",
    caniuse: "partial",
    support: "partial",
    reason: "the decoder is the system's: Safari 14 and 15 on Catalina and Mojave have none, under the same User-Agent",
  },
  {
    format: "webp",
    browser: "opera",
    since: "11.1",
    until: "12",
    bcd: "no",
    caniuse: "lossy-only",
    support: "no",
    reason: "the later of two starting points: nothing is lost with Opera of 2011",
  },
  {
    format: "webp",
    browser: "opera",
    since: "12",
    until: "12.1",
    bcd: "no",
    caniuse: "still-only",
    support: "no",
    reason: "the later of two starting points: nothing is lost with Opera of 2012",
  },
  {
    format: "webp",
    browser: "opera-android",
    since: "11",
    until: "11.1",
    bcd: "no",
    caniuse: "lossy-only",
    support: "no",
    reason: "browser-compat-data begins with the Chromium-based Opera 14; Opera Mobile of 2011 is gone",
  },
  {
    format: "webp",
    browser: "opera-android",
    since: "11.1",
    until: "14",
    bcd: "no",
    caniuse: "yes",
    support: "no",
    reason: "browser-compat-data begins with the Chromium-based Opera 14; Opera Mobile of 2012 is gone",
  },
  {
    format: "webp",
    browser: "android-webview",
    since: "4",
    until: "4.2",
    bcd: "no",
    caniuse: "lossy-only",
    support: "lossy-only",
    reason: "browser-compat-data does not know the Android Browser, whose system decoder came before the WebView",
  },
  {
    format: "webp",
    browser: "android-webview",
    since: "4.2",
    until: "4.4",
    bcd: "no",
    caniuse: "yes",
    support: "still-only",
    reason: "the Android Browser again; animation only came with 4.4.3, says browser-compat-data",
  },
  {
    format: "webp",
    browser: "android-webview",
    since: "4.4",
    until: "4.4.3",
    bcd: "still-only",
    caniuse: "yes",
    support: "still-only",
    reason: "caniuse does not look at animation in this browser",
  },
  {
    format: "avif",
    browser: "ios",
    since: "16",
    until: "16.1",
    bcd: "no",
    caniuse: "still-only",
    support: "no",
    reason:
      "the first release showed broken pictures for common files: https://github.com/Mecanik/cloudflare-image-resizing/issues/21",
  },
  {
    format: "avif",
    browser: "ios",
    since: "16.1",
    until: "16.4",
    bcd: "yes",
    caniuse: "still-only",
    support: "still-only",
    reason: "testers could not make animations play before 16.4: https://github.com/Fyrd/caniuse/pull/6508",
  },
];
