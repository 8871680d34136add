/** A piece of an XML document, as far as metadata needs it. */
export type XmlToken =
  | { readonly kind: "open"; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: "close"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

/** A tag from its `<` on. Values hold no `<` (XML 1.0 §2.3), which also bounds the search when the end is missing. */
const tagPattern = /<(\/?)([^\s<>/"'=]+)((?:\s+[^\s<>/"'=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const attributePattern = /([^\s<>/"'=]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

/** What is no element: its beginning, its end, and whether it is text. */
const sections = [
  { start: "<!--", end: "-->", isText: false },
  { start: "<![CDATA[", end: "]]>", isText: true },
  { start: "<?", end: "?>", isText: false },
  { start: "<!", end: ">", isText: false },
] as const;

/**
 * The tags and texts of an XML document, in one pass (XML 1.0). A scanner, not a parser: nothing is validated, no
 * document type is read (so that entities cannot grow), and text that is no tag is skipped. An empty element gives
 * `open` and `close`.
 */
export function* xmlTokens(xml: string): Generator<XmlToken> {
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf("<", at);
    const end = next < 0 ? xml.length : next;
    if (end > at) yield { kind: "text", text: unescapeXml(xml.slice(at, end)) };
    if (next < 0) return;
    const section = sections.find(({ start }) => xml.startsWith(start, next));
    if (section !== undefined) {
      const from = next + section.start.length;
      const found = xml.indexOf(section.end, from);
      const to = found < 0 ? xml.length : found;
      if (section.isText) yield { kind: "text", text: xml.slice(from, to) };
      at = to + section.end.length;
      continue;
    }
    tagPattern.lastIndex = next;
    const match = tagPattern.exec(xml);
    if (match === null) {
      at = next + 1;
      continue;
    }
    at = tagPattern.lastIndex;
    const [, slash, name = "", attributes = "", emptySlash] = match;
    if (slash !== "/") yield { kind: "open", name, attributes: readAttributes(attributes) };
    if (slash === "/" || emptySlash === "/") yield { kind: "close", name };
  }
}

/** Escaped for element content and for quoted attribute values (XML 1.0 §2.4). */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const namedEntities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The five predefined entities and character references (§4.1, §4.6); others stay as they are. */
function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));/gi, (whole, hex, decimal, name) => {
    if (typeof name === "string") return namedEntities[name] ?? whole;
    const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(attributePattern))
    attributes.set(name, unescapeXml(double ?? single ?? ""));
  return attributes;
}
