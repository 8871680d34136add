/**
 * Made by `npm run generate`; edit scripts/client-support-decisions.ts instead.
 * @mdn/browser-compat-data 8.1.9 of 2026-11-12 (CC0-1.0);
 * caniuse-lite 1.0.30001826, releases up to 2026-11-10 (CC-BY-4.0, data by caniuse.com, changed:
 * reduced to ranges of versions, and overruled where a decision is recorded).
 */
export const clientSupport = {
  webp: {
    "chrome": [["17", "23", "lossy-only"], ["23", "32", "still-only"], ["32", null, "yes"]],
    "chrome-android": [["18", "25", "lossy-only"], ["25", "32", "still-only"], ["32", null, "yes"]],
    "edge": [["18", null, "yes"]],
    "firefox": [["65", null, "yes"]],
    "firefox-android": [["65", null, "yes"]],
    "opera": [["12.1", "19", "still-only"], ["19", null, "yes"]],
    "opera-android": [["14", "19", "still-only"], ["19", null, "yes"]],
    "safari": [["14", "16", "partial"], ["16", null, "yes"]],
    "ios": [["14", null, "yes"]],
    "samsung": [["1", "1.5", "lossy-only"], ["1.5", "2", "still-only"], ["2", null, "yes"]],
    "android-webview": [["4", "4.2", "lossy-only"], ["4.2", "4.4.3", "still-only"], ["4.4.3", null, "yes"]],
  },
  avif: {
    "chrome": [["85", null, "yes"]],
    "chrome-android": [["85", null, "yes"]],
    "edge": [["121", null, "yes"]],
    "firefox": [["93", "113", "still-only"], ["113", null, "yes"]],
    "firefox-android": [["93", "113", "still-only"], ["113", null, "yes"]],
    "opera": [["71", null, "yes"]],
    "opera-android": [["60", null, "yes"]],
    "safari": [["16.1", "16.4", "partial"], ["16.4", null, "yes"]],
    "ios": [["16.1", "16.4", "still-only"], ["16.4", null, "yes"]],
    "samsung": [["14", null, "yes"]],
    "android-webview": [["85", null, "yes"]],
  },
  jxl: {
    "chrome": [["155", null, "yes"]],
    "chrome-android": [["155", null, "yes"]],
    "firefox": [["158", null, "yes"]],
    "firefox-android": [["158", null, "yes"]],
    "opera": [["139", null, "yes"]],
    "safari": [["17", null, "still-only"]],
    "ios": [["17", null, "still-only"]],
    "android-webview": [["155", null, "yes"]],
  },
  heic: {
    "safari": [["17", null, "yes"]],
    "ios": [["17", null, "yes"]],
  },
  jp2: {
    "safari": [["5", "18", "yes"]],
    "ios": [["5", "18", "yes"]],
  },
  jxr: {
    "edge": [["12", "79", "yes"]],
    "ie": [["9", null, "yes"]],
  },
} as const;
