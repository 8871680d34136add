/**
 * Adobe Dynamic Media (Scene7) Image Serving. Names are case-insensitive, values are percent-decoded, a later modifier
 * overrides an earlier one, and a command macro (`$preset$`) overrides everything before it.
 * Source: Dynamic Media Image Serving API, HTTP protocol reference: basic syntax, command macros, request nesting.
 */
import type { FormatId } from "../../imaging/model/formats.ts";
import { type Draft, integerOf, maxStatedSide, type ModifierRow, pixelRatioOf, switchOf } from "./modifier.ts";
import type { ParsedUrl } from "./parsed-url.ts";
import { imagingRow } from "./plain.ts";
import { joinQuery, nameAndValue, parseByQuery, queryGrammar, splitQuery } from "./query.ts";

/** Names of `fmt=` without the suffix `-alpha`. */
const imageFormats: ReadonlyMap<string, FormatId> = new Map([
  ["jpeg", "jpeg"],
  ["jpg", "jpeg"],
  ["pjpeg", "jpeg"],
  ["png", "png"],
  ["png8", "png"],
  ["gif", "gif"],
  ["tif", "tiff"],
  ["webp", "webp"],
  ["web", "webp"],
  ["avif", "avif"],
  ["heic", "heic"],
  ["jpeg2000", "jp2"],
  ["jpegxr", "jxr"],
]);
const otherFormats = new Set(["pdf", "eps", "swf", "swf3", "f4m", "m3u8"]);
const pixelTypes = new Set(["", "rgb", "gray", "cmyk"]);
const compressions = new Set(["", "none", "lzw", "zip", "jpeg", "lossy", "lossless"]);

function readFormat(value: string): Partial<Draft> | undefined {
  const [name = "", pixelType = "", compression = "", ...rest] = value.toLowerCase().split(",");
  if (rest.length > 0 || !pixelTypes.has(pixelType) || !compressions.has(compression)) return undefined;
  const base = name.endsWith("-alpha") ? name.slice(0, -"-alpha".length) : name;
  const lossless = compression === "lossless" ? true : compression === "lossy" ? false : undefined;
  if (otherFormats.has(base)) return { formatIsImage: false, requestedFormat: undefined, lossless };
  const requestedFormat = imageFormats.get(base);
  return requestedFormat && { formatIsImage: true, requestedFormat, lossless };
}

function readQuality(value: string): Partial<Draft> | undefined {
  const [quality = "", chroma = "", ...rest] = value.split(",");
  const parsed = integerOf(quality, 1, 100);
  if (parsed === undefined || rest.length > 0 || !["", "0", "1"].includes(chroma)) return undefined;
  return { quality: parsed, chromaSubsampling: chroma === "" ? undefined : chroma === "0" };
}

function readRatio(value: string): Partial<Draft> | undefined {
  const [state = "", ratio, ...rest] = value.split(",");
  const allowed = switchOf(state);
  if (allowed === undefined || rest.length > 0) return undefined;
  if (ratio === undefined) return { dpr: { allowed, value: undefined } };
  const stated = pixelRatioOf(ratio);
  return allowed && stated !== undefined ? { dpr: { allowed, value: stated } } : undefined;
}

/** Modifiers in output pixels or as a factor: with them a larger `wid` shows more of the picture instead of more detail. */
function fixesSize(name: string, accepts: string, meaning: string, value: string): ModifierRow {
  return {
    name,
    accepts,
    meaning: `${meaning}; rendered by the origin, and never combined with a pixel ratio`,
    read: () => ({ isSizeFixed: true }),
    example: { url: `/is/image/Shop/shoe?${name}=${value}`, reads: { isSizeFixed: true } },
  };
}

const always = (): boolean => true;

const presetRow: ModifierRow = {
  name: "$preset$",
  accepts: "a name between dollar signs",
  meaning:
    "an image preset: passed on. What it contains is the origin's knowledge, so quality, format and size count only after it",
  read: (name) => ({
    preset: name,
    quality: undefined,
    chromaSubsampling: undefined,
    lossless: undefined,
    requestedFormat: undefined,
    formatIsImage: true,
    width: undefined,
    height: undefined,
  }),
  example: { url: "/is/image/Shop/shoe?qlt=70&$zoom$&wid=900", reads: { preset: "zoom", width: 900 } },
};

export const scene7Rows: readonly ModifierRow[] = [
  {
    name: "fmt",
    accepts:
      "`jpeg`, `jpg`, `pjpeg`, `png`, `png8`, `gif`, `tif`, `webp`, `avif`, `heic`, `jpeg2000`, `jpegxr`, each also with `-alpha`, then optionally `,rgb|gray|cmyk` and `,none|lzw|zip|jpeg|lossy|lossless`; or `pdf`, `eps`, `swf`, `swf3`, `f4m`, `m3u8`, which are no pictures",
    meaning:
      "the format that the origin renders. A client that cannot show it gets it all the same, unless `bfc=on`; what is no picture goes through untouched",
    read: readFormat,
    example: {
      url: "/is/image/Shop/shoe?fmt=webp-alpha,rgb,lossless",
      reads: { requestedFormat: "webp", lossless: true },
    },
  },
  {
    name: "qlt",
    accepts: "1 to 100, then optionally `,0` or `,1`",
    meaning:
      "JPEG quality, the input of the quality map of every other format; 100 asks for lossless. `,1` asks for full chroma resolution",
    read: readQuality,
    example: { url: "/is/image/Shop/shoe?qlt=85,1", reads: { quality: 85, chromaSubsampling: false } },
  },
  {
    name: "wid",
    accepts: `1 to ${maxStatedSide}`,
    meaning: "width in pixels, rendered by the origin; multiplied by the pixel ratio where that is on",
    read: (value) => {
      const width = integerOf(value, 1, maxStatedSide);
      return width === undefined ? undefined : { width };
    },
    otherwise: { isSizeFixed: true },
    example: { url: "/is/image/Shop/shoe?wid=400", reads: { width: 400 } },
  },
  {
    name: "hei",
    accepts: `1 to ${maxStatedSide}`,
    meaning: "height in pixels, as `wid`",
    read: (value) => {
      const height = integerOf(value, 1, maxStatedSide);
      return height === undefined ? undefined : { height };
    },
    otherwise: { isSizeFixed: true },
    example: { url: "/is/image/Shop/shoe?wid=400&hei=300", reads: { width: 400, height: 300 } },
  },
  fixesSize("scl", "a number", "inverse scale factor", "2"),
  fixesSize("scale", "a number", "scale factor", "0.5"),
  fixesSize("rect", "four numbers", "a part of the rendering, in output pixels", "0,0,200,200"),
  fixesSize("rgn", "four numbers", "a region of the picture, in pixels of the view", "0,0,200,200"),
  presetRow,
  {
    name: "bfc",
    accepts: "`on` or `off`",
    meaning: "`off` answers with the original; `on` lets a named format that the client cannot show be replaced",
    isTakenOut: always,
    read: (value) => {
      const optimise = switchOf(value);
      return optimise === undefined ? undefined : { optimise };
    },
    example: {
      url: "/is/image/Shop/shoe?fmt=tif&bfc=on",
      origin: "/is/image/Shop/shoe?fmt=tif",
      reads: { requestedFormat: "tiff", optimise: true },
    },
  },
  {
    name: "dpr",
    accepts: "`off`, `on`, or `on,` and a ratio from 1 to 5 with at most three decimals",
    meaning: "whether `wid` and `hei` may be multiplied by the client's pixel ratio, or by the one stated here",
    isTakenOut: always,
    read: readRatio,
    example: {
      url: "/is/image/Shop/shoe?wid=400&dpr=on,2",
      origin: "/is/image/Shop/shoe?wid=400",
      reads: { width: 400, dpr: { allowed: true, value: 2 } },
    },
  },
  {
    name: "network",
    accepts: "`on` or `off`",
    meaning: "whether the quality may follow the client's connection",
    isTakenOut: always,
    read: (value) => {
      const network = switchOf(value);
      return network === undefined ? undefined : { network };
    },
    example: { url: "/is/image/Shop/shoe?network=off", origin: "/is/image/Shop/shoe", reads: { network: false } },
  },
  {
    name: "cache",
    accepts: "`update`; `on`, `off`, `validate` and pairs of `on` and `off` belong to the origin and stay",
    meaning: "`update` makes every variant of this URL again; only with the admin token",
    isTakenOut: (value) => value.toLowerCase() === "update",
    read: (value) => {
      if (value.toLowerCase() === "update") return { refresh: true };
      return /^(?:validate|(?:on|off)(?:,(?:on|off))?)$/i.test(value) ? {} : undefined;
    },
    example: {
      url: "/is/image/Shop/shoe?cache=update&wid=90",
      origin: "/is/image/Shop/shoe?wid=90",
      reads: { refresh: true, width: 90 },
    },
  },
  {
    name: "req",
    accepts: "`img`, or another request type",
    meaning: "anything but `img` is not a request for the picture: through untouched",
    read: (value) => (value === "" ? undefined : { isImageRequest: /^img(?:,|$)/i.test(value) }),
    example: { url: "/is/image/Shop/shoe?req=imageprops,json&bfc=on", reads: { isImageRequest: false } },
  },
  imagingRow,
];

export const scene7Grammar = queryGrammar(scene7Rows, {
  ignoresCase: true,
  decodesValues: true,
  nests: true,
  macro: presetRow,
});

/** `qlt=100` requests lossless unless `fmt` names a compression itself. */
function settle(draft: Draft): void {
  if (draft.quality === 100) draft.lossless ??= true;
}

export function parseScene7(pathname: string, search: string): ParsedUrl {
  return parseByQuery("scene7", pathname, search, scene7Grammar, settle);
}

/** Whether a larger rendering shows the same picture: after a preset only when both sides are stated. */
export function canScaleScene7({ preset, width, height }: ParsedUrl): boolean {
  return preset === undefined || (width !== undefined && height !== undefined);
}

/** The path with `wid` and `hei` multiplied, rounded to whole pixels. */
export function scaleScene7(path: string, ratio: number): string {
  const question = path.indexOf("?");
  if (question < 0) return path;
  const parameters = splitQuery(path.slice(question + 1), scene7Grammar.nests).map((parameter) => {
    const [name, value] = nameAndValue(parameter, scene7Grammar);
    if (name !== "wid" && name !== "hei") return parameter;
    const side = integerOf(value, 1, maxStatedSide);
    return side === undefined ? parameter : `${parameter.slice(0, name.length)}=${Math.round(side * ratio)}`;
  });
  return path.slice(0, question) + joinQuery(parameters);
}
