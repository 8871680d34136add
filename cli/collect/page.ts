import { Parser } from "htmlparser2";
import { parseSrcset } from "srcset";

/** What a page refers to; absolute URLs without a fragment, each once, in the order of the page. */
export interface PageLinks {
  readonly images: readonly string[];
  readonly styleSheets: readonly string[];
  readonly pages: readonly string[];
}

/** Reads an HTML page: `img`, `srcset`, `picture`, `video`'s poster, preloads, inline styles, style sheets and links. */
export function readPage(html: string, address: string): PageLinks {
  const [images, styleSheets, pages] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let base = address;
  let isStyle = false;
  const add = (to: Set<string>, reference: string | undefined): void => {
    const url = resolve(reference, base);
    if (url !== undefined) to.add(url);
  };
  const addAll = (references: readonly string[]): void => {
    for (const reference of references) add(images, reference);
  };
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === "base") base = resolve(attributes["href"], base) ?? base;
      if (name === "img") add(images, attributes["src"]);
      if (name === "img" || name === "source") addAll(readSrcset(attributes["srcset"]));
      if (name === "video") add(images, attributes["poster"]);
      if (name === "input" && attributes["type"] === "image") add(images, attributes["src"]);
      if (name === "a") add(pages, attributes["href"]);
      if (name === "link") addLink(attributes);
      addAll(readStyle(attributes["style"] ?? ""));
      isStyle = name === "style";
    },
    ontext(text) {
      if (isStyle) addAll(readStyle(text));
    },
    onclosetag() {
      isStyle = false;
    },
  });
  const addLink = (attributes: Readonly<Record<string, string>>): void => {
    const relations = (attributes["rel"] ?? "").toLowerCase().split(/\s+/);
    if (relations.includes("stylesheet")) add(styleSheets, attributes["href"]);
    if (!relations.includes("preload") || attributes["as"] !== "image") return;
    add(images, attributes["href"]);
    addAll(readSrcset(attributes["imagesrcset"]));
  };
  parser.end(html);
  return { images: [...images], styleSheets: [...styleSheets], pages: [...pages] };
}

/** Images that a style sheet names, as absolute URLs. */
export function readStyleSheet(css: string, address: string): readonly string[] {
  return readStyle(css).flatMap((reference) => resolve(reference, address) ?? []);
}

/** References in `url()`; what is not an image is found out when it is asked for. */
function readStyle(css: string): readonly string[] {
  const withoutComments = css.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return [...withoutComments.matchAll(/url\(\s*(?:"([^"]*)"|'([^']*)'|([^)\s]*))\s*\)/gi)]
    .map(([, double, single, bare]) => double ?? single ?? bare ?? "")
    .filter((reference) => !/\.(?:woff2?|ttf|otf|eot|css)(?:[?#]|$)/i.test(reference));
}

function readSrcset(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  try {
    return parseSrcset(text).map(({ url }) => url);
  } catch {
    return [];
  }
}

/** Undefined for what is in no other file (`data:`), or cannot be asked for over HTTP. */
function resolve(reference: string | undefined, base: string): string | undefined {
  if (reference === undefined || reference.trim() === "" || !URL.canParse(reference, base)) return undefined;
  const url = new URL(reference, base);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  url.hash = "";
  return url.href;
}
