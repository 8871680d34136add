import { array, assert, constantFrom, integer, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { formats } from "../../../../src/imaging/model/formats.ts";
import { parseAccept } from "../../../../src/edge/negotiate/accept.ts";
import {
  dependsOnUserAgent,
  type LegacySupport,
  misdeclaredFormats,
  readLegacySupport,
} from "../../../../src/edge/negotiate/legacy-support.ts";
import { readUserAgent } from "../../../../src/edge/negotiate/user-agent.ts";

function legacy(accept: string, userAgent: string): readonly LegacySupport[] {
  return readLegacySupport(parseAccept(accept), readUserAgent(userAgent));
}

/** Image Accept headers as the browsers send them. */
const oldSafari = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5";
const webpSafari = `image/webp,${oldSafari}`;
const ieAccept = "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5";
const jxrAccept = "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5";
const edge18Accept = "image/webp,image/png,image/svg+xml,image/jxr,image/*;q=0.8,*/*;q=0.5";

const webKit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const safari = (version: string): string =>
  `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webKit} Version/${version} Safari/605.1.15`;
const ios = (os: string, rest = `Version/${os.replaceAll("_", ".")} Mobile/15E148 Safari/604.1`): string =>
  `Mozilla/5.0 (iPhone; CPU iPhone OS ${os} like Mac OS X) ${webKit} ${rest}`;
const edge = (version: string, platform = "Windows NT 10.0; Win64; x64"): string =>
  `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/58.0.3029.110 Safari/537.36 Edge/${version}`;
const ie9 = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)";
const ie10 = "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)";
const ie11 = (windows: string): string => `Mozilla/5.0 (Windows NT ${windows}; WOW64; Trident/7.0; rv:11.0) like Gecko`;

describe("readLegacySupport()", () => {
  const jp2 = [{ format: "jp2", mediaType: "image/jp2" }];
  const jxr = (mediaType: string, container: string): unknown => [{ format: "jxr", mediaType, container }];

  it.each([
    ["Safari 5", "*/*", safari("5.0.5"), jp2],
    ["Safari 9.1", "*/*", safari("9.1"), jp2],
    ["Safari 11.1", oldSafari, safari("11.1"), jp2],
    ["Safari 13.1", oldSafari, safari("13.1"), jp2],
    ["Safari 14.1 on Catalina, which has no WebP", oldSafari, safari("14.1"), jp2],
    ["Safari 15.6 on Catalina", oldSafari, safari("15.6"), jp2],
    ["iOS 9.3", "*/*", ios("9_3"), jp2],
    ["iOS 13.7", oldSafari, ios("13_7"), jp2],
    ["Chrome on iOS 13", oldSafari, ios("13_7", "CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1"), jp2],
    ["an app's web view on iOS 12", oldSafari, ios("12_5", "Mobile/15E148 [FBAN/FBIOS;FBSV/12.5]"), jp2],
    ["Internet Explorer 9", ieAccept, ie9, jxr("image/vnd.ms-photo", "hd-photo")],
    ["Internet Explorer 10", ieAccept, ie10, jxr("image/vnd.ms-photo", "jpeg-xr")],
    [
      "Internet Explorer 11 on Windows 7, with its space before q",
      "image/png, image/svg+xml, image/*; q=0.8, */*; q=0.5",
      ie11("6.1"),
      jxr("image/vnd.ms-photo", "jpeg-xr"),
    ],
    ["Internet Explorer 11 on Windows 10", jxrAccept, ie11("10.0"), jxr("image/jxr", "jpeg-xr")],
    ["Edge 12", jxrAccept, edge("12.10240"), jxr("image/jxr", "jpeg-xr")],
    ["Edge 17", jxrAccept, edge("17.17134"), jxr("image/jxr", "jpeg-xr")],
    ["Edge 16 that lists no name for it", ieAccept, edge("16.16299"), jxr("image/jxr", "jpeg-xr")],
    ["Edge 18 that does not list WebP", jxrAccept, edge("18.17763"), jxr("image/jxr", "jpeg-xr")],
  ])("gives %s what it shows", (_, accept, userAgent, expected) => {
    expect(legacy(accept, userAgent)).toEqual(expected);
  });

  const anything = `${jxrAccept}, image/jp2`;
  it.each([
    ["Safari 4", "*/*", safari("4.1")],
    ["Safari 18", oldSafari, safari("18.0")],
    ["Safari 27", oldSafari, safari("27.2")],
    ["iOS 18", oldSafari, ios("18_2")],
    ["iOS 26 with the system's token frozen", oldSafari, ios("18_7", "Version/26.4 Mobile/15E148 Safari/604.1")],
    ["Chrome on iOS 26", oldSafari, ios("18_7", "CriOS/150.0.7499.34 Mobile/15E148 Safari/604.1")],
    [
      "a brand on iOS 18 with an old Version/",
      oldSafari,
      ios("18_2", "Version/15.0 EdgiOS/120.0 Mobile/15E148 Safari/604.1"),
    ],
    ["iOS 17 in Lockdown Mode, if it listed no WebP", oldSafari, ios("17_4")],
    ["Safari 16 in Lockdown Mode, if it listed no WebP", oldSafari, safari("16.6")],
    ["Safari 14 on Big Sur", webpSafari, safari("14.1")],
    ["iOS 15", webpSafari, ios("15_8")],
    ["iOS 9 with an Accept that lists AVIF", `image/avif,${oldSafari}`, ios("9_3")],
    ["Safari that refuses it", `${oldSafari},image/jp2;q=0`, safari("13.1")],
    ["Safari that takes JPEG only", "image/jpeg", safari("13.1")],
    ["Safari without Accept", "", safari("9.1")],
    ["a script in Safari 13", "*/*", safari("13.1")],
    ["a web view that does not ask for an image, such as Mail", "*/*", ios("9_3", "Mobile/13E233")],
    [
      "Safari for Windows",
      "*/*",
      "Mozilla/5.0 (Windows; U; Windows NT 6.1) AppleWebKit/533.19.4 (KHTML, like Gecko) Version/5.0.3 Safari/533.19.4",
    ],
    ["Internet Explorer 8", ieAccept, "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"],
    ["compatibility view", jxrAccept, "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0)"],
    ["compatibility view of 8", jxrAccept, "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/7.0)"],
    ["a page or a script in Internet Explorer 11", "text/html, application/xhtml+xml, */*", ie11("6.1")],
    ["Internet Explorer that refuses it", `${ieAccept}, image/vnd.ms-photo;q=0`, ie9],
    ["Edge 18 as it lists WebP", edge18Accept, edge("18.17763")],
    ["Edge 79", anything, edge("18.17763").replace("Edge/18.17763", "Edg/79.0.309.43")],
    ["EdgeHTML inside of a program", anything, edge("17.17134", "Windows NT 10.0; Win64; x64; WebView/3.0")],
    ["MSHTML inside of a program", anything, ie10.replace("Trident/6.0", "Trident/6.0; MSAppHost/1.0")],
    ["Chrome, whose token Edge has as well", anything, edge("16.16299").replace(/ Edge\/.*/, "")],
    [
      "Outlook",
      "*/*",
      "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; Microsoft Outlook 16.0.5071; ms-office; MSOffice 16)",
    ],
    ["Outlook with a browser's Accept", anything, ie11("10.0").replace("rv:11.0", "rv:11.0; Microsoft Outlook 16.0")],
    ["Office", anything, ie9.replace("Trident/5.0", "Trident/5.0; MSOffice 14")],
    [
      "Gmail's proxy",
      anything,
      "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ],
    [
      "Pale Moon",
      anything,
      "Mozilla/5.0 (Windows NT 10.0; rv:102.0) Gecko/20100101 Goanna/6.5 Firefox/102.0 PaleMoon/33.0.0",
    ],
    [
      "a Tizen television",
      anything,
      "Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36",
    ],
    [
      "the Android Browser",
      anything,
      "Mozilla/5.0 (Linux; U; Android 4.1.2; en-us) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
    ],
    [
      "IE Mobile, which says iPhone",
      anything,
      "Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537",
    ],
    ["Applebot", anything, `${safari("13.1")} (Applebot/0.1; +http://www.apple.com/go/applebot)`],
    ["Googlebot on an iPhone", anything, `${ios("9_3")} (compatible; Googlebot/2.1)`],
    ["an unknown client", anything, "Mozilla/5.0"],
    ["nobody", anything, ""],
  ])("gives nothing to %s", (_, accept, userAgent) => {
    expect(legacy(accept, userAgent)).toEqual([]);
  });

  const ranges = constantFrom(
    "*/*",
    "image/*",
    "image/png",
    "image/jp2",
    "image/jxr",
    "image/vnd.ms-photo",
    "image/jp2;q=0",
    "image/*;q=0",
    "image/webp",
    "image/avif",
    "text/html",
    "*/*;q=0.1",
    "image/webp;q=0",
    "*; q=.2",
  );
  const accepts = array(ranges, { maxLength: 6 }).map((parts) => parts.join(","));
  const newest = tuple(integer({ min: 18, max: 99 }), integer({ min: 0, max: 9 }));

  it("never gives JPEG 2000 to Safari or iOS from 18 on, whatever they accept", () => {
    assert(
      property(accepts, newest, integer({ min: 5, max: 99 }), (accept, [major, minor], other) => {
        expect(legacy(accept, safari(`${major}.${minor}`))).toEqual([]);
        expect(legacy(accept, ios(`${major}_${minor}`))).toEqual([]);
        expect(legacy(accept, ios(`${major}_${minor}`, `Version/${other}.0 Mobile/15E148 Safari/604.1`))).toEqual([]);
        expect(legacy(accept, ios(`${major}_${minor}`, `CriOS/${other}.0 Mobile/15E148 Safari/604.1`))).toEqual([]);
      }),
    );
  });

  const everyone = constantFrom(safari("9.1"), safari("13.1"), ios("12_5"), ie9, ie10, ie11("10.0"), edge("16.16299"));

  it("gives nothing that Accept refuses, and nothing where it lists WebP or AVIF", () => {
    assert(
      property(accepts, everyone, (accept, userAgent) => {
        for (const { format, mediaType } of legacy(accept, userAgent)) {
          expect(formats[format].mediaTypes).toContain(mediaType);
          expect(accept.split(",")).not.toContain(`${mediaType};q=0`);
          expect(accept.split(",")).not.toContain("image/avif");
          // Listed and refused is refused.
          const parts = accept.split(",");
          expect(!parts.includes("image/webp") || parts.includes("image/webp;q=0")).toBe(true);
        }
      }),
    );
  });

  it("is asked for nothing where dependsOnUserAgent() is false, so that Vary need not name the User-Agent", () => {
    assert(
      property(accepts, everyone, (accept, userAgent) => {
        const isAsked = dependsOnUserAgent(parseAccept(accept));
        expect(isAsked || legacy(accept, userAgent).length === 0).toBe(true);
      }),
    );
  });
});

describe("dependsOnUserAgent()", () => {
  it.each([
    ["image/webp,*/*", false],
    ["image/avif", false],
    [edge18Accept, false],
    [jxrAccept, true],
    ["*/*", true],
    ["", true],
    // Refusing is not listing.
    ["image/webp;q=0,*/*", true],
  ])("says of %j: %s", (accept, expected) => {
    expect(dependsOnUserAgent(parseAccept(accept))).toBe(expected);
  });
});

describe("misdeclaredFormats()", () => {
  const rows = [
    { client: "an example", accept: ["image/webp, */*", "image/webp"], formats: ["webp"], source: "none" },
  ] as const;

  it("removes formats from every client that sends exactly the same value, and from no other", () => {
    expect(misdeclaredFormats("image/webp, */*", rows)).toEqual(["webp"]);
    expect(misdeclaredFormats("image/webp", rows)).toEqual(["webp"]);
    expect(misdeclaredFormats("image/webp,*/*", rows)).toEqual([]);
    expect(misdeclaredFormats("", rows)).toEqual([]);
  });

  it("takes nothing from browsers of today", () => {
    expect(misdeclaredFormats("image/avif,image/webp,*/*")).toEqual([]);
  });

  it("removes WebP from Opera 12, which shows no animation, and not from clients that list it among other types", () => {
    const opera =
      "text/html, application/xml;q=0.9, application/xhtml+xml, image/png, image/webp, image/jpeg, image/gif, image/x-xbitmap, */*;q=0.1";
    expect(misdeclaredFormats(opera)).toEqual(["webp"]);
    expect(misdeclaredFormats(opera.replace(", */*;q=0.1", ""))).toEqual([]);
  });
});
