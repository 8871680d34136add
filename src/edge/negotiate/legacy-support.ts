import { type FormatId, formats } from "../../imaging/model/formats.ts";
import type { JxrContainer } from "../../imaging/model/settings.ts";
import { isListed, type MediaRange, qualityOf } from "./accept.ts";
import { type Support, supportOf } from "./client-support.ts";
import type { UserAgent } from "./user-agent.ts";
import { compareVersions } from "./version.ts";

/** A format that a client shows although its Accept does not say so, and how it wants it. */
export type LegacySupport =
  | { readonly format: "jp2"; readonly mediaType: "image/jp2" }
  | {
      readonly format: "jxr";
      readonly mediaType: "image/jxr" | "image/vnd.ms-photo";
      readonly container: JxrContainer;
    };

/** A client that declares what it cannot show. */
export interface Misdeclaration {
  /** The client's name, for the reader: the rule depends on Accept alone. */
  readonly client: string;
  /** The full Accept values that it sends, as they are on the wire. */
  readonly accept: readonly string[];
  readonly formats: readonly FormatId[];
  /** Where this was seen. */
  readonly source: string;
}

/**
 * Clients whose Accept names formats that they do not show. Such a row removes the formats from every client that sends
 * exactly this value: if it read the User-Agent too, two clients with one Accept would get different files, and
 * `Vary: Accept` would be wrong. Similar cases that Accept cannot distinguish: docs/decisions/006-support-from-data.md.
 */
const misdeclarations: readonly Misdeclaration[] = [
  {
    client: "Opera 11.1 to 12, without animation; before 12.1 also without lossless and alpha",
    accept: [
      "text/html, application/xml;q=0.9, application/xhtml+xml, image/png, image/webp, image/jpeg, image/gif, image/x-xbitmap, */*;q=0.1",
    ],
    formats: ["webp"],
    source: "https://caniuse.com/webp and MDN browser-compat-data: animated WebP from Opera 19 on",
  },
];

/** Formats to take from a client that sends this Accept value, although it lists them. */
export function misdeclaredFormats(
  accept: string,
  rows: readonly Misdeclaration[] = misdeclarations,
): readonly FormatId[] {
  return rows.flatMap((row) => (row.accept.includes(accept) ? row.formats : []));
}

/** Safari and iOS before this version request images like everything else, with wildcards only. */
const firstWebKitThatAsksForImages = [11];

/** Formats whose listing ends all guessing: what may be sent then depends on Accept alone, and so does Vary. */
const modern = ["webp", "avif"] as const satisfies readonly FormatId[];

/**
 * Whether the User-Agent has a say for this Accept. `Vary` names it if and only if this is true and JPEG 2000 or
 * JPEG XR could have been sent for the image.
 */
export function dependsOnUserAgent(accept: readonly MediaRange[]): boolean {
  return !modern.some((format) => lists(accept, format));
}

/**
 * JPEG 2000 and JPEG XR for the browsers that show them but have no name for them in Accept. At most one row, since
 * no browser shows both.
 *
 * A client class takes it as one more format: `jp2`, `jxr` or, for the `hd-photo` flavour, a token of its own, since
 * its bytes differ. The same bytes under another `mediaType` are another answer, so that is in the token as well. What
 * Accept lists is in the class without this function. It gives nothing when `dependsOnUserAgent` is false, so that the
 * classes of modern clients stay as few as they are.
 */
export function readLegacySupport(accept: readonly MediaRange[], userAgent: UserAgent): readonly LegacySupport[] {
  if (!dependsOnUserAgent(accept) || !("browser" in userAgent)) return [];
  const { kind, browser, version } = userAgent;
  const shows = (format: "webp" | "jp2" | "jxr"): Support => supportOf(format, browser, version);
  // Mail programs, downloads and scripts send the User-Agent of the browser whose engine they use, but accept any type.
  const asksForImages = accept.some(({ type, q }) => type === "image" && q > 0);
  const asksAsOldSafari = kind === "browser" && compareVersions(version, firstWebKitThatAsksForImages) < 0;

  if (shows("jp2") === "yes" && qualityOf(accept, "image/jp2") > 0 && (asksForImages || asksAsOldSafari)) {
    // A browser that should list WebP and does not has formats switched off (Lockdown Mode, which also switches off
    // JPEG 2000, exists from version 16 on), or it is another program.
    return shows("webp") === "yes" ? [] : [{ format: "jp2", mediaType: "image/jp2" }];
  }

  if (shows("jxr") === "yes" && kind === "browser" && asksForImages) {
    // Internet Explorer before Windows 10 knows the format by the name that it had before it was standardised.
    const isNew = browser === "edge" || lists(accept, "jxr");
    const mediaType = isNew ? "image/jxr" : "image/vnd.ms-photo";
    if (qualityOf(accept, mediaType) === 0) return [];
    const container = browser === "ie" && (version[0] ?? 0) < 10 ? "hd-photo" : "jpeg-xr";
    return [{ format: "jxr", mediaType, container }];
  }
  return [];
}

function lists(accept: readonly MediaRange[], format: FormatId): boolean {
  return formats[format].mediaTypes.some((mediaType) => isListed(accept, mediaType));
}
