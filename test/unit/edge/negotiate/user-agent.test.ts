import { array, assert, constantFrom, oneof, property, sample, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import type { BrowserId } from "../../../../src/edge/negotiate/client-support.ts";
import { readUserAgent } from "../../../../src/edge/negotiate/user-agent.ts";
import { expectLinear } from "../../../support/expect-linear.ts";

/** Browser and version as one word, or the kind. */
function name(header: string): string {
  const userAgent = readUserAgent(header);
  if (!("browser" in userAgent)) return userAgent.kind;
  const { kind, browser, version } = userAgent;
  return `${browser} ${version.join(".")}${kind === "web-view" ? " web-view" : ""}`;
}

const webKit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const blink = "AppleWebKit/537.36 (KHTML, like Gecko)";
const mac = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webKit}`;
const iphone = (os: string): string => `Mozilla/5.0 (iPhone; CPU iPhone OS ${os} like Mac OS X) ${webKit}`;
const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";

describe("readUserAgent()", () => {
  it.each([
    // Chromium and those that name it too.
    ["chrome 131.0.0", `${windows} ${blink} Chrome/131.0.0.0 Safari/537.36`],
    ["chrome 156.0.0", `Mozilla/5.0 (X11; Linux x86_64) ${blink} HeadlessChrome/156.0.0.0 Safari/537.36`],
    ["chrome-android 144.0.0", `Mozilla/5.0 (Linux; Android 10; K) ${blink} Chrome/144.0.0.0 Mobile Safari/537.36`],
    ["edge 12.10240", `${windows} ${blink} Chrome/42.0.2311.135 Safari/537.36 Edge/12.10240`],
    ["edge 18.17763", `${windows} ${blink} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763`],
    ["edge 114.0.0", `${windows} ${blink} Chrome/114.0.0.0 Safari/537.36 Edg/114.0.0.0`],
    ["opera 72.0.0", `${windows} ${blink} Chrome/86.0.4240.183 Safari/537.36 OPR/72.0.0.0`],
    [
      "opera-android 60.3.3004",
      `Mozilla/5.0 (Linux; Android 10) ${blink} Chrome/85.0.4183.81 Mobile Safari/537.36 OPR/60.3.3004.55692`,
    ],
    ["opera 12.18", "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18"],
    [
      "samsung 13.2",
      `Mozilla/5.0 (Linux; Android 10; K) ${blink} SamsungBrowser/13.2 Chrome/83.0.0.0 Mobile Safari/537.36`,
    ],
    [
      "android-webview 104.0.5112 web-view",
      `Mozilla/5.0 (Linux; Android 12; SM-A525F Build/SP1A; wv) ${blink} Version/4.0 Chrome/104.0.5112.97 Mobile Safari/537.36 [FB_IAB/FB4A;]`,
    ],
    [
      "android-webview 4.4.2 web-view",
      `Mozilla/5.0 (Linux; Android 4.4.2; Nexus 5 Build/KOT49H) ${blink} Version/4.0 Chrome/30.0.0.0 Mobile Safari/537.36`,
    ],
    [
      "edge 18.17763 web-view",
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64; WebView/3.0) ${blink} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763`,
    ],
    // The phone's maker is not a crawler.
    [
      "chrome-android 91.0.4472",
      `Mozilla/5.0 (Linux; Android 9; CUBOT X19) ${blink} Chrome/91.0.4472.120 Mobile Safari/537.36`,
    ],
    // Gecko.
    ["firefox 112.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/112.0"],
    ["firefox-android 158.0", "Mozilla/5.0 (Android 13; Mobile; rv:158.0) Gecko/158.0 Firefox/158.0"],
    ["firefox 48.0", "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"],
    // Safari and WebKit on iOS.
    ["safari 9.1", `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) ${webKit} Version/9.1 Safari/603.3.8`],
    ["safari 27.2", `${mac} Version/27.2 Safari/605.1.15`],
    ["ios 9.3", `${iphone("9_3")} Version/9.3 Mobile/15E148 Safari/604.1`],
    [
      "ios 12.5.7",
      `Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) ${webKit} Version/12.1.2 Mobile/15E148 Safari/604.1`,
    ],
    ["ios 18.2", `${iphone("18_2")} Version/18.2 Mobile/15E148 Safari/604.1`],
    ["ios 26.4", `${iphone("18_7")} Version/26.4 Mobile/15E148 Safari/604.1`],
    ["ios 13.7", `${iphone("13_7")} CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1`],
    ["ios 15.8", `${iphone("15_8")} FxiOS/128.0 Mobile/15E148 Safari/605.1.15`],
    // The brand's own Version/ is older than the system that decides.
    ["ios 18.1", `${iphone("18_1")} Version/16.0 EdgiOS/120.0.2210.126 Mobile/15E148 Safari/604.1`],
    ["ios 13.7", `${iphone("13_7")} Version/26.0 Mobile/15E148 Safari/604.1`],
    ["ios 12.5 web-view", `${iphone("12_5")} Mobile/15E148 [FBAN/FBIOS;FBDV/iPhone7,2;FBSN/iOS;FBSV/12.5]`],
    ["ios 15.8 web-view", `${iphone("15_8")} Mobile/15E148`],
    // Internet Explorer.
    ["ie 9.0", "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)"],
    ["ie 10.0", "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)"],
    ["ie 11.0", "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"],
    ["ie 8.0", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"],
    ["ie 7.0", "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C)"],
    ["ie 10.0 web-view", "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0; Touch; MSAppHost/1.0)"],
    // The Android Browser, which says Safari.
    [
      "android-webview 4.1.2",
      "Mozilla/5.0 (Linux; U; Android 4.1.2; en-us; GT-I9300) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
    ],
  ])("reads %s", (expected, header) => {
    expect(name(header)).toBe(expected);
  });

  it.each([
    ["bot", `${mac} Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)`],
    [
      "bot",
      `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) ${blink} Chrome/131.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
    ],
    ["bot", `Mozilla/5.0 ${blink.replace(")", "; compatible; bingbot/2.0)")} Chrome/116.0.1938.76 Safari/537.36`],
    ["bot", "Googlebot-Image/1.0"],
    ["bot", "TelegramBot (like TwitterBot)"],
    ["bot", "facebookexternalhit/1.1"],
    ["mail", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"],
    ["mail", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"],
    [
      "mail",
      "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; Microsoft Outlook 16.0.5071; ms-office; MSOffice 16)",
    ],
    // The version of Trident alone would make it Internet Explorer 11.
    ["mail", "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0; Microsoft Outlook 16.0.5071) like Gecko"],
    ["mail", "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; ms-office)"],
    ["mail", "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.0"],
    ["unknown", "Mozilla/5.0 (Windows NT 10.0; rv:102.0) Gecko/20100101 Goanna/6.5 Firefox/102.0 PaleMoon/33.0.0"],
    ["unknown", "Mozilla/5.0 (X11; Linux x86_64; rv:91.0) Gecko/20100101 Firefox/91.0 SeaMonkey/2.53.18"],
    [
      "unknown",
      "Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36",
    ],
    [
      "unknown",
      "Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537",
    ],
    ["unknown", "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; en) Presto/2.12.423 Version/12.16"],
    ["unknown", "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; Xbox)"],
    // Safari for Windows has no JPEG 2000.
    [
      "unknown",
      "Mozilla/5.0 (Windows; U; Windows NT 6.1; en-US) AppleWebKit/533.19.4 (KHTML, like Gecko) Version/5.0.3 Safari/533.19.4",
    ],
    // Chrome on an iPad that asks for desktop sites: its Version/ means nothing.
    ["unknown", `${mac} CriOS/120 Version/11.1.1 Safari/605.1.15`],
    // Apple Mail and other programs with the system's WebKit.
    ["unknown", mac],
    [
      "unknown",
      "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.35+ (KHTML, like Gecko) Version/10.3.3 Mobile Safari/537.35+",
    ],
    ["unknown", "Mozilla/5.0 (PlayStation 4 3.11) AppleWebKit/537.73 (KHTML, like Gecko)"],
    ["unknown", "Mozilla/5.0"],
    ["unknown", "curl/8.5.0"],
    ["unknown", "Roku/DVP-12.5 (12.5.5.4174-46)"],
    ["unknown", "Chrome/"],
    ["unknown", ""],
  ])("takes for %s: %s", (expected, header) => {
    expect(name(header)).toBe(expected);
  });

  it("does not care about case", () => {
    for (const header of [
      `${windows} ${blink} Chrome/131.0.0.0 Safari/537.36`,
      `${mac} Version/17.4 Safari/605.1.15`,
    ]) {
      expect(readUserAgent(header.toUpperCase())).toEqual(readUserAgent(header));
    }
  });

  it("does not read beyond its bound", () => {
    const header = `${windows} ${blink} Chrome/131.0.0.0 Safari/537.36`;
    expect(name(header.padEnd(2048))).toBe("chrome 131.0.0");
    expect(name(header.padEnd(2049))).toBe("unknown");
  });

  const words = [
    ..."Chrome/ Version/ Safari/ Firefox/ Trident/ Edge/ OPR/ MSIE rv: Macintosh; (Macintosh; Android CPU".split(" "),
    ..."iPhone OS like Mac OS X AppleWebKit/605 Outlook bot/ Windows NT 10.0 99999999 1.2.3 _ . ; wv) -1 0x1".split(
      " ",
    ),
    ..."İ ſ 💥 1e9 …".split(" "),
    "9".repeat(400),
  ];
  const known = constantFrom(
    `${windows} ${blink} Chrome/131.0.0.0`,
    `${mac} Version/17.4 Safari/605.1.15`,
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
  );
  const anyHeader = oneof(
    tuple(known, array(constantFrom(...words), { maxLength: 6 })).map(([start, rest]) => [start, ...rest].join(" ")),
    string({ minLength: 8192, maxLength: 8192 }),
    string({ maxLength: 2048 }),
    array(constantFrom(...words), { maxLength: 200 }).map((parts) => parts.join(" ")),
    array(constantFrom(...words), { maxLength: 200 }).map((parts) => parts.join("")),
  );
  const browsers = new Set<BrowserId>([
    ...(["chrome", "chrome-android", "edge", "firefox", "firefox-android", "ie"] as const),
    ...(["opera", "opera-android", "safari", "ios", "samsung", "android-webview"] as const),
  ]);

  it("reads any text without failing, and gives a row of the table with sound numbers or none", () => {
    let recognised = 0;
    assert(
      property(anyHeader, (header) => {
        const userAgent = readUserAgent(header);
        if (!("browser" in userAgent)) return;
        recognised++;
        expect(browsers).toContain(userAgent.browser);
        expect(userAgent.version.length).toBeGreaterThan(0);
        expect(userAgent.version.every((value) => Number.isInteger(value) && value >= 0 && value < 100_000)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(recognised).toBeGreaterThan(20);
  });

  it("reads any 8 KB without an error and in linear time", async () => {
    for (const text of sample(string({ minLength: 8192, maxLength: 8192 }), 20))
      expect(() => readUserAgent(text)).not.toThrow();
    for (const word of [
      "chrome/",
      "version/4.0 ",
      "like mac os x applewebkit/ cpu os ",
      "trident/windows nt",
      "(",
      "9.",
      "bo",
    ]) {
      await expectLinear((size) => readUserAgent(word.repeat(size).slice(0, size)), 8192);
    }
  });
});
