/**
 * Cloudinary: modifiers in path segments between the delivery type and the public ID, items separated by commas, name and
 * value by the first underscore. Chained segments apply one after the other, so the last format and quality count.
 * Source: https://cloudinary.com/documentation/transformation_reference
 */
import { formatOfExtension } from "../../imaging/model/formats.ts";
import {
  applyModifier,
  decodeValue,
  type Draft,
  integerOf,
  maxStatedSide,
  type ModifierRow,
  pixelRatioOf,
} from "./modifier.ts";
import { type ParsedUrl, untouchedUrl } from "./parsed-url.ts";
import { imagingRow } from "./plain.ts";
import { finishUrl, newDraft, queryGrammar, readQuery } from "./query.ts";

const otherFormats = new Set(["mp4", "webm", "mov", "pdf", "m3u8", "mpd", "eps", "ai", "psd", "glb", "usdz"]);
/** Values of a side that are not whole pixels: `auto`, shares, expressions, variables, the source's own side. */
const relativeSide = /^(?:auto(?::.*)?|\d{0,5}\.\d{1,6}|1|i?[wh](?:_.*)?|\$.*)$/;

function readFormat(value: string): Partial<Draft> | undefined {
  const isVideo = value === "auto:video" || otherFormats.has(value);
  if (isVideo) return { formatIsImage: false, requestedFormat: undefined, optimise: undefined };
  if (/^auto(?::|$)/.test(value)) return { formatIsImage: true, requestedFormat: undefined, optimise: true };
  const requestedFormat = formatOfExtension(value);
  return requestedFormat && { formatIsImage: true, requestedFormat, optimise: undefined };
}

function readQuality(value: string): Partial<Draft> | undefined {
  if (/^(?:auto(?::[a-z]+)*|jpegmini)(?::\d)?$/.test(value))
    return { quality: undefined, chromaSubsampling: undefined };
  const [number = "", chroma = "", ...rest] = value.split(":");
  const quality = integerOf(number, 1, 100);
  if (quality === undefined || rest.length > 0 || !["", "420", "444"].includes(chroma)) return undefined;
  return { quality, chromaSubsampling: chroma === "" ? undefined : chroma === "420" };
}

function readSide(value: string, side: "width" | "height"): Partial<Draft> | undefined {
  const pixels = integerOf(value, 2, maxStatedSide);
  if (pixels !== undefined) return { [side]: pixels };
  return relativeSide.test(value) ? { isSizeFixed: true } : undefined;
}

const cloudinaryPathRows: readonly ModifierRow[] = [
  {
    name: "f",
    accepts: "`auto` or a file name extension of a picture; `auto:video` and video or document formats are no pictures",
    meaning:
      "`f_auto` asks for the format that suits the client; a client that cannot show a named one gets it all the same",
    read: readFormat,
    example: { url: "/demo/image/upload/f_auto/v1/shoe.jpg", reads: { optimise: true } },
  },
  {
    name: "q",
    accepts: "`auto`, `auto:best|good|eco|low|sensitive`, `jpegmini`, or 1 to 100, then optionally `:420` or `:444`",
    meaning:
      "quality of the rendering, the input of the quality map of every other format; where it is automatic, quality is read from the file",
    read: readQuality,
    example: {
      url: "/demo/image/upload/f_auto,q_80:444/shoe.jpg",
      reads: { optimise: true, quality: 80, chromaSubsampling: false },
    },
  },
  {
    name: "w",
    accepts: `2 to ${maxStatedSide}, a share, \`auto\` or an expression`,
    meaning: "width in pixels, rendered by the origin",
    read: (value) => readSide(value, "width"),
    otherwise: { isSizeFixed: true },
    example: { url: "/demo/image/upload/c_fill,w_300/shoe.jpg", reads: { width: 300 } },
  },
  {
    name: "h",
    accepts: `2 to ${maxStatedSide}, a share, \`auto\` or an expression`,
    meaning: "height in pixels, as `w_`",
    read: (value) => readSide(value, "height"),
    otherwise: { isSizeFixed: true },
    example: { url: "/demo/image/upload/c_fill,w_300,h_200/shoe.jpg", reads: { width: 300, height: 200 } },
  },
  {
    name: "dpr",
    accepts: "`auto`, or 1 to 5 with at most three decimals",
    meaning: "a number is rendered by the origin; `dpr_auto` is replaced by the client's ratio where the setting is on",
    read: (value) => {
      if (value === "auto") return { dpr: { allowed: true, value: undefined } };
      const ratio = pixelRatioOf(value);
      return ratio === undefined ? undefined : { dpr: { allowed: false, value: ratio } };
    },
    otherwise: { dpr: { allowed: false, value: undefined } },
    example: {
      url: "/demo/image/upload/w_300,dpr_2.0/shoe.jpg",
      reads: { width: 300, dpr: { allowed: false, value: 2 } },
    },
  },
  {
    name: "c",
    accepts: "a crop mode",
    meaning: "`c_crop` counts in pixels of the source, so its size is never multiplied",
    read: (value) => (value === "crop" ? { isSizeFixed: true } : {}),
    example: { url: "/demo/image/upload/c_crop,w_300/shoe.jpg", reads: { width: 300, isSizeFixed: true } },
  },
  {
    name: "fl",
    accepts: "flags separated by dots",
    meaning: "`fl_lossy` permits loss where the source has none",
    read: (value) => (value.split(".").includes("lossy") ? { lossless: false } : {}),
    example: { url: "/demo/image/upload/f_auto,fl_lossy/logo.png", reads: { optimise: true, lossless: false } },
  },
  {
    name: "t",
    accepts: "a name",
    meaning:
      "a named transformation: passed on. What it contains is the origin's knowledge, so its size is never multiplied and earlier values do not count",
    read: (name) => ({
      preset: name,
      isSizeFixed: true,
      quality: undefined,
      chromaSubsampling: undefined,
      requestedFormat: undefined,
      optimise: undefined,
    }),
    example: {
      url: "/demo/image/upload/q_50/t_card/f_auto/shoe.jpg",
      reads: { preset: "card", isSizeFixed: true, optimise: true },
    },
  },
];

const pathRows: ReadonlyMap<string, ModifierRow> = new Map(cloudinaryPathRows.map((row) => [row.name, row]));

export const cloudinaryRows: readonly ModifierRow[] = [...cloudinaryPathRows, imagingRow];

export const cloudinaryGrammar = queryGrammar([imagingRow], { ignoresCase: false, decodesValues: true, nests: false });

const delivery =
  /\/(?:image\/(?:upload|fetch|private|authenticated|sprite|multi|facebook|twitter|gravatar|youtube|vimeo)|images)\//;
const signature = /^s--[\w-]{6,44}--$/;
/** Names of the items of a transformation; a segment is one only if every item of it has such a name. */
const item =
  /^(?:(?:a|ac|af|ar|b|bo|br|c|co|cs|d|dl|dn|dpr|du|e|eo|f|fl|fn|fps|g|h|if|ki|l|o|p|pg|q|r|so|sp|t|u|vc|vs|w|x|y|z)_|\$[a-zA-Z])/;
/** Items that are unlikely as the name of a folder after a delivery type. */
const decidingItem =
  /^(?:f_auto|q_auto|f_(?:jpg|png|webp|avif|jxl|gif|jp2)|q_\d{1,3}|[wh]_(?:\d{1,5}|auto)|dpr_(?:auto|\d(?:\.\d+)?)|c_(?:fill|fit|limit|scale|pad|crop|thumb|lfill|mfit|lpad))(?:$|:)/;

/** After `/images/`, which is a common folder, only these will do: `/images/w_300/` may hold thumbnails. */
const automaticItem = /^[fq]_auto(?:$|:)/;

/** A transformation segment: its place in the path, and its items. */
interface Component {
  readonly start: number;
  readonly end: number;
  readonly items: readonly string[];
}

interface Transformation {
  readonly components: readonly Component[];
  readonly isSigned: boolean;
}

/** Finds the transformation after the delivery type; without one, after at most one segment (the account). */
function findTransformation(pathname: string): Transformation {
  const marker = delivery.exec(pathname);
  const components: Component[] = [];
  let isSigned = false;
  let mayBeAccount = marker === null;
  let start = marker === null ? 1 : marker.index + marker[0].length;
  for (;;) {
    const end = pathname.indexOf("/", start);
    if (end < 0) break;
    const segment = pathname.slice(start, end);
    const items = segment.split(",");
    if (items.every((text) => item.test(text))) components.push({ start, end, items });
    else if (components.length === 0 && signature.test(segment)) isSigned = true;
    else if (mayBeAccount) mayBeAccount = false;
    else break;
    start = end + 1;
  }
  return { components, isSigned };
}

/** Layers have sizes of their own, and what a condition guards may not apply. */
function isOfItsOwn(component: Component): boolean {
  return component.items.some((text) => /^(?:l|u|if)_/.test(text));
}

function isSizing(component: Component): boolean {
  return component.items.some((text) => /^[wh]_/.test(text));
}

export function parseCloudinary(pathname: string, search: string): ParsedUrl {
  const { components, isSigned } = findTransformation(pathname);
  if (components.length === 0 && !cloudinaryGrammar.marks.test(search))
    return untouchedUrl("cloudinary", pathname + search);
  const draft = newDraft();
  const notes: string[] = [];
  let sizings = 0;
  for (const component of components) {
    if (isOfItsOwn(component)) {
      draft.isSizeFixed = true;
      continue;
    }
    if (isSizing(component)) sizings += 1;
    for (const text of component.items) {
      const underscore = text.indexOf("_");
      const row = pathRows.get(text.slice(0, underscore));
      if (row !== undefined) applyModifier(row, decodeValue(text.slice(underscore + 1)), draft, notes);
    }
  }
  if (isSigned || sizings > 1) draft.isSizeFixed = true;
  return finishUrl("cloudinary", pathname, search, draft, readQuery(search, cloudinaryGrammar, draft, notes), notes);
}

/** The path with `dpr_auto` replaced by the ratio, or with the ratio added to the segment that states the size. */
export function scaleCloudinary(path: string, ratio: number): string {
  const { components } = findTransformation(path.split("?", 1)[0] ?? "");
  const target = components.find(isSizing);
  if (target === undefined) return path;
  const items = components.flatMap((component) => component.items);
  if (items.includes("dpr_auto")) return path.replace(/(?<=[/,])dpr_auto(?=[/,])/g, `dpr_${ratio}`);
  return `${path.slice(0, target.end)},dpr_${ratio}${path.slice(target.end)}`;
}

/** Whether a path has a delivery type followed by an unmistakable transformation. */
export function looksLikeCloudinary(pathname: string): boolean {
  const marker = delivery.exec(pathname);
  if (marker === null) return false;
  const deciding = marker[0] === "/images/" ? automaticItem : decidingItem;
  return findTransformation(pathname).components.some(({ items }) => items.some((text) => deciding.test(text)));
}
