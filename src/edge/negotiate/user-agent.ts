import type { BrowserId } from "./client-support.ts";
import type { Version } from "./version.ts";

/** The client that a User-Agent names. Only a browser or a web view has a row in the capability table. */
export type UserAgent =
  | {
      readonly kind: "browser" | "web-view";
      /** The row of the capability table: the browser that decides what is decoded, not the brand. */
      readonly browser: BrowserId;
      /** As the table counts it: of the browser, on iOS of the system. */
      readonly version: Version;
    }
  | { readonly kind: "bot" | "mail" | "unknown" };

/** Characters of a User-Agent that are read; in-app browsers send some 600, and a longer one counts as unknown. */
const maxUserAgentLength = 2048;

const unknown: UserAgent = { kind: "unknown" };

/** Programs that draw, fetch or forward mail; Outlook's engine calls itself MSIE 7, Gmail's proxy Firefox 11. */
const mailMarks = ["outlook", "ms-office", "msoffice", "microsoft office", "imageproxy", "mailproxy", "thunderbird"];

/** A link to an explanation is what crawlers have in common; the words catch those without one. */
const botMarks = [
  "http:",
  "https:",
  "bot/",
  "bot-",
  "bot;",
  "bot)",
  "bot ",
  "crawler",
  "spider",
  "slurp",
  "externalhit",
];

/** A maker of telephones, whose models are in the User-Agents of their browsers. */
const notBot = "cubot";

/** EdgeHTML and MSHTML inside of other programs. */
const embeddedMarks = ["webview/", "msapphost/"];

/**
 * Engines that name a browser which they are not: Goanna and SeaMonkey say Firefox with a version that is not theirs,
 * IE Mobile says iPhone, televisions say Safari, Opera Mini's pictures are made by its servers.
 */
const impostorMarks = ["goanna/", "palemoon/", "seamonkey/", "like firefox/", "iemobile/", "tizen", "opera mini/"];

/**
 * Browsers by the product that names them, the most specific first: each one names those below it as well. `android`
 * is the browser's name in the capability table when the system is Android.
 */
const products: readonly {
  readonly product: string;
  readonly browser: BrowserId;
  readonly android?: BrowserId;
  /** The mark that the version follows, when it is not the product. */
  readonly version?: string;
}[] = [
  { product: "edge/", browser: "edge" },
  { product: "edg/", browser: "edge" },
  { product: "edga/", browser: "edge" },
  { product: "opr/", browser: "opera", android: "opera-android" },
  { product: "opera/", browser: "opera", android: "opera-android", version: "version/" },
  { product: "samsungbrowser/", browser: "samsung" },
  { product: "firefox/", browser: "firefox", android: "firefox-android" },
  { product: "chrome/", browser: "chrome", android: "chrome-android" },
];

/**
 * Reads a User-Agent header. Searches for fixed words only, so that the time depends on the length
 * alone. A client that is not recognised for certain is `unknown`, which costs it a legacy format at most.
 */
export function readUserAgent(header: string): UserAgent {
  if (header.length > maxUserAgentLength) return unknown;
  const text = header.toLowerCase();
  const mentions = (mark: string): boolean => text.includes(mark);
  if (mailMarks.some(mentions)) return { kind: "mail" };
  if (botMarks.some(mentions) && !mentions(notBot)) return { kind: "bot" };
  if (impostorMarks.some(mentions)) return unknown;
  return (
    readIos(text) ?? readInternetExplorer(text) ?? readProduct(text) ?? readAndroidBrowser(text) ?? readSafari(text)
  );
}

/** Every browser on iOS is WebKit of the system, whatever version its brand has (CriOS, FxiOS, EdgiOS, apps). */
function readIos(text: string): UserAgent | undefined {
  if (!text.includes(" like mac os x") || !text.includes("applewebkit/")) return undefined;
  const system = versionAfter(text, "iphone os ") ?? versionAfter(text, "cpu os ");
  if (system === undefined) return unknown;
  // Since Safari 26 the system's token stays at 18, and only `Version/` goes on.
  const safari = versionAfter(text, "version/");
  const isFrozen = system[0] === 18 && safari?.[0] !== undefined && safari[0] > 18;
  return {
    kind: text.includes(" safari/") ? "browser" : "web-view",
    browser: "ios",
    version: isFrozen ? safari : system,
  };
}

/** In compatibility view `MSIE` is the imitated version and `Trident/` the real one. The imitated version counts. */
function readInternetExplorer(text: string): UserAgent | undefined {
  if (!text.includes("trident/") || !text.includes("windows nt")) return undefined;
  const version = versionAfter(text, "msie ") ?? versionAfter(text, "rv:");
  if (version === undefined || text.includes("xbox")) return unknown;
  return { kind: kindOf(text), browser: "ie", version };
}

function readProduct(text: string): UserAgent | undefined {
  const row = products.find(({ product }) => text.includes(product));
  if (row === undefined) return undefined;
  const version = versionAfter(text, row.version ?? row.product);
  if (version === undefined) return unknown;
  const isAndroid = text.includes("android");
  if (row.browser === "chrome" && isAndroid && (text.includes("; wv)") || text.includes("version/4.0 "))) {
    // The first web views with Chromium came with Android 4.4, which is their row's version.
    const isCountedByAndroid = (version[0] ?? 0) < 37;
    const counted = isCountedByAndroid ? versionAfter(text, "android ") : version;
    return counted === undefined ? unknown : { kind: "web-view", browser: "android-webview", version: counted };
  }
  return { kind: kindOf(text), browser: isAndroid ? (row.android ?? row.browser) : row.browser, version };
}

function kindOf(text: string): "browser" | "web-view" {
  return embeddedMarks.some((mark) => text.includes(mark)) ? "web-view" : "browser";
}

/** The browser of Android before Chrome; it says Safari with `Version/4.0`. */
function readAndroidBrowser(text: string): UserAgent | undefined {
  const version = versionAfter(text, "android ");
  if (version === undefined) return undefined;
  return text.includes("version/4.0 ") ? { kind: "browser", browser: "android-webview", version } : unknown;
}

/**
 * Safari on macOS, and on an iPad that requests desktop sites, where versions mean the same. Other brands on such an
 * iPad write a `Version/` of their own choice. Safari for Windows lacks the system's decoders.
 */
function readSafari(text: string): UserAgent {
  const isOther = ["crios/", "fxios/", "edgios/", "opios/", "chromium/"].some((brand) => text.includes(brand));
  if (isOther || !text.includes("(macintosh;") || !text.includes(" safari/")) return unknown;
  const version = versionAfter(text, " version/");
  return version === undefined ? unknown : { kind: "browser", browser: "safari", version };
}

/**
 * The version after a mark's first appearance: up to three numbers of up to five digits, divided by dots or, as Apple
 * writes them, underscores. Undefined when there is none.
 */
function versionAfter(text: string, mark: string): Version | undefined {
  const start = text.indexOf(mark);
  if (start < 0) return undefined;
  const numbers: number[] = [];
  let at = start + mark.length;
  while (numbers.length < 3) {
    const from = at;
    let value = 0;
    for (; at - from < 5 && isDigit(text.charCodeAt(at)); at++) value = value * 10 + text.charCodeAt(at) - 0x30;
    if (at === from) break;
    numbers.push(value);
    if (text[at] !== "." && text[at] !== "_") break;
    at++;
  }
  return numbers.length === 0 ? undefined : numbers;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
