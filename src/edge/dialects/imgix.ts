/**
 * imgix Rendering API: modifiers in the query, names and values in lower case, values percent-decoded. The origin renders
 * all of them, so none is taken out. What a repeated parameter means is not documented by the vendor except for `auto`,
 * which combines; the last one is taken.
 * Source: https://docs.imgix.com/apis/rendering (auto, format, size, pixel density).
 */
import { formatOfExtension } from "../../imaging/model/formats.ts";
import { type Draft, integerOf, maxStatedSide, type ModifierRow, pixelRatioOf } from "./modifier.ts";
import type { ParsedUrl } from "./parsed-url.ts";
import { imagingRow } from "./plain.ts";
import { parseByQuery, queryGrammar } from "./query.ts";

const autoValues = new Set(["format", "compress", "enhance", "redeye"]);
const otherFormats = new Set(["json", "mp4", "webm", "blurhash"]);
/** Formats whose name is not their file name extension. */
const renamedFormats: Readonly<Record<string, string>> = { pjpg: "jpg", png8: "png", png32: "png" };
const imageFormats = new Set(["avif", "gif", "jp2", "jpg", "jxr", "pjpg", "png", "png8", "png32", "webp"]);

function readFormat(value: string): Partial<Draft> | undefined {
  if (otherFormats.has(value)) return { formatIsImage: false, requestedFormat: undefined };
  if (!imageFormats.has(value)) return undefined;
  return { formatIsImage: true, requestedFormat: formatOfExtension(renamedFormats[value] ?? value) };
}

/** Whole numbers above 1 are pixels; up to 1 a value is a share of the source's side. */
function readSide(value: string, side: "width" | "height"): Partial<Draft> | undefined {
  const pixels = integerOf(value, 2, maxStatedSide);
  if (pixels !== undefined) return { [side]: pixels };
  return /^(?:0?\.\d{1,6}|1(?:\.0{1,6})?)$/.test(value) ? { isSizeFixed: true } : undefined;
}

export const imgixRows: readonly ModifierRow[] = [
  {
    name: "auto",
    accepts: "a list of `format`, `compress`, `enhance`, `redeye`; repeating it adds to it",
    meaning:
      "`format` asks for the format that suits the client, and makes `fm` a mere fallback; the rest is rendered by the origin",
    combines: true,
    read: (value) => {
      const values = value.split(",");
      if (!values.some((item) => autoValues.has(item))) return undefined;
      return values.includes("format") ? { optimise: true } : {};
    },
    example: { url: "/shoe.jpg?auto=compress,format", reads: { optimise: true } },
  },
  {
    name: "fm",
    accepts:
      "`avif`, `gif`, `jp2`, `jpg`, `jxr`, `pjpg`, `png`, `png8`, `png32`, `webp`; or `json`, `mp4`, `webm`, `blurhash`, which are no pictures",
    meaning:
      "the format that the origin renders. A client that cannot show it gets it all the same, unless `auto=format`; what is no picture goes through untouched",
    read: readFormat,
    example: { url: "/shoe.png?fm=pjpg&w=300", reads: { requestedFormat: "jpeg", width: 300 } },
  },
  {
    name: "q",
    accepts: "1 to 100",
    meaning: "quality of the rendering, the input of the quality map of every other format",
    read: (value) => {
      const quality = integerOf(value, 1, 100);
      return quality === undefined ? undefined : { quality };
    },
    example: { url: "/shoe.jpg?auto=format&q=60", reads: { optimise: true, quality: 60 } },
  },
  {
    name: "lossless",
    accepts: "`1`, `true`, `0` or `false`",
    meaning: "whether formats that can be exact must be",
    read: (value) => {
      if (value === "1" || value === "true") return { lossless: true };
      return value === "0" || value === "false" ? { lossless: false } : undefined;
    },
    example: { url: "/logo.png?auto=format&lossless=1", reads: { optimise: true, lossless: true } },
  },
  {
    name: "w",
    accepts: `2 to ${maxStatedSide}, or a share from 0 to 1`,
    meaning: "width in pixels, rendered by the origin",
    read: (value) => readSide(value, "width"),
    otherwise: { isSizeFixed: true },
    example: { url: "/shoe.jpg?auto=format&w=400", reads: { optimise: true, width: 400 } },
  },
  {
    name: "h",
    accepts: `2 to ${maxStatedSide}, or a share from 0 to 1`,
    meaning: "height in pixels, as `w`",
    read: (value) => readSide(value, "height"),
    otherwise: { isSizeFixed: true },
    example: { url: "/shoe.jpg?auto=format&h=0.5", reads: { optimise: true, isSizeFixed: true } },
  },
  {
    name: "dpr",
    accepts: "1 to 5 with at most three decimals",
    meaning:
      "the pixel ratio that the origin renders for. Where it is missing and the setting is on, the client's own is added as `dpr`",
    read: (value) => {
      const ratio = pixelRatioOf(value);
      return ratio === undefined ? undefined : { dpr: { allowed: false, value: ratio } };
    },
    otherwise: { dpr: { allowed: false, value: undefined } },
    example: {
      url: "/shoe.jpg?fm=jpg&w=400&dpr=2",
      reads: { requestedFormat: "jpeg", width: 400, dpr: { allowed: false, value: 2 } },
    },
  },
  {
    name: "s",
    accepts: "anything",
    meaning: "the signature of a secured URL: nothing may be added to it",
    read: () => ({ isSizeFixed: true }),
    example: { url: "/shoe.jpg?w=400&s=0123456789abcdef", reads: { width: 400, isSizeFixed: true } },
  },
  imagingRow,
];

export const imgixGrammar = queryGrammar(imgixRows, { ignoresCase: false, decodesValues: true, nests: false });

export function parseImgix(pathname: string, search: string): ParsedUrl {
  return parseByQuery("imgix", pathname, search, imgixGrammar);
}

/** The path, which has a query with a size in it, with the ratio added as `dpr`: the origin multiplies every size alike. */
export function scaleImgix(path: string, ratio: number): string {
  return `${path}&dpr=${ratio}`;
}

// A question mark inside of the query belongs to a value.
const sdkMark = /(?:^\?|&)ixlib=/;
const autoMark = /(?:^\?|&)auto=([^&]*)/;
const formatMark = new RegExp(`(?:^\\?|&)fm=(?:${[...imageFormats].join("|")})(?:&|$)`);
const companionMark = /(?:^\?|&)(?:w|h|q|dpr)=[\d.]/;

/** Whether a query carries the marks of imgix; a size or a quality alone is too common to be one. */
export function looksLikeImgix(search: string): boolean {
  if (search === "") return false;
  if (sdkMark.test(search)) return true;
  const auto = autoMark.exec(search)?.[1];
  if (auto?.split(/,|%2c/i).some((item) => autoValues.has(item)) === true) return true;
  return formatMark.test(search) && companionMark.test(search);
}
