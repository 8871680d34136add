import { decodeText } from "./decode-text.ts";
import type { FoundRights, Rights } from "./rights.ts";
import { escapeXml, xmlTokens } from "./xml-tokens.ts";

/** A packet with a long editing history has a few hundred kilobytes. */
const maxXmpBytes = 4 << 20;

/** Nesting: real packets reach about ten. */
const maxDepth = 64;

const namespaces = {
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
  dc: "http://purl.org/dc/elements/1.1/",
  photoshop: "http://ns.adobe.com/photoshop/1.0/",
  xmpRights: "http://ns.adobe.com/xap/1.0/rights/",
  plus: "http://ns.useplus.org/ldf/xmp/1.0/",
  Iptc4xmpExt: "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
} as const;

const usualPrefixes = new Map<string, string>(Object.entries(namespaces).map(([prefix, uri]) => [uri, prefix]));

const arrays = ["rdf:Alt", "rdf:Bag", "rdf:Seq"];
const licensor = "plus:Licensor";
const licensorUrl = "plus:LicensorURL";

/** The property (ISO 16684-1 §8, IPTC Photo Metadata Standard) that each field is kept in. */
const properties = {
  creators: "dc:creator",
  copyright: "dc:rights",
  credit: "photoshop:Credit",
  usageTerms: "xmpRights:UsageTerms",
  webStatement: "xmpRights:WebStatement",
  licensorUrl,
  digitalSourceType: "Iptc4xmpExt:DigitalSourceType",
} as const satisfies Record<keyof Rights, string>;

interface Value {
  readonly text: string;
  readonly language: string | undefined;
}

/**
 * The rights that an XMP packet states (ISO 16684-1, any of its ways to write a property in RDF). Only properties of the
 * picture itself count, not those of pictures that were placed in it. Nothing when the packet cannot be understood.
 */
export function readXmpRights(xmp: Uint8Array): FoundRights {
  const scan = new RightsScan();
  for (const token of xmlTokens(decodeText(xmp.subarray(0, maxXmpBytes)))) {
    if (token.kind === "text") scan.text(token.text);
    else if (token.kind === "close") scan.close(token.name);
    else if (!scan.open(token.name, token.attributes)) break;
  }
  const values = (field: keyof Rights) => scan.values.get(properties[field]) ?? [];
  /** Of a text in several languages, the default one (ISO 16684-1 §8.2.2.4). */
  const text = (field: keyof Rights) =>
    (values(field).find(({ language }) => language === "x-default") ?? values(field)[0])?.text;
  return {
    creators: values("creators").map((value) => value.text),
    copyright: text("copyright"),
    credit: text("credit"),
    usageTerms: text("usageTerms"),
    webStatement: text("webStatement"),
    licensorUrl: text("licensorUrl"),
    digitalSourceType: text("digitalSourceType"),
  };
}

/**
 * An XMP packet that states these rights and nothing else, in UTF-8 without wrapper and padding: about 400 bytes, and
 * what the texts need.
 */
export function writeXmp(rights: Rights): Uint8Array {
  const simple = (field: "credit" | "webStatement" | "digitalSourceType") => element(properties[field], rights[field]);
  const alternative = (field: "copyright" | "usageTerms") =>
    element(
      properties[field],
      rights[field],
      (text) => `<rdf:Alt><rdf:li xml:lang="x-default">${text}</rdf:li></rdf:Alt>`,
    );
  const creators = rights.creators.map((name) => `<rdf:li>${escapeXml(name)}</rdf:li>`).join("");
  const body = [
    creators === "" ? "" : `<dc:creator><rdf:Seq>${creators}</rdf:Seq></dc:creator>`,
    alternative("copyright"),
    simple("credit"),
    alternative("usageTerms"),
    simple("webStatement"),
    element(licensor, rights.licensorUrl, (url) => {
      const entry = `<${licensorUrl}>${url}</${licensorUrl}>`;
      return `<rdf:Seq><rdf:li rdf:parseType="Resource">${entry}</rdf:li></rdf:Seq>`;
    }),
    simple("digitalSourceType"),
  ].join("");
  const declarations = Object.entries(namespaces)
    .filter(([prefix]) => prefix !== "rdf" && body.includes(`<${prefix}:`))
    .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`);
  const packet =
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${namespaces.rdf}">` +
    `<rdf:Description rdf:about=""${declarations.join("")}>${body}</rdf:Description></rdf:RDF></x:xmpmeta>`;
  return new TextEncoder().encode(packet);
}

/** `tiff:Orientation` as attribute or element, with the one digit that it has. */
const orientationPattern = /:Orientation(?:\s*=\s*["']|>)([2-8])(?=["'<])/g;

/** The packet with every orientation in it set to upright: the pixels have been turned. Its length stays. */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  // One character per byte, so that places in the text are places in the packet.
  const text = new TextDecoder("windows-1252").decode(xmp);
  const found = [...text.matchAll(orientationPattern)];
  if (found.length === 0) return xmp;
  const copy = xmp.slice();
  for (const match of found) copy[match.index + match[0].length - 1] = 0x31;
  return copy;
}

function element(name: string, text: string | undefined, wrap = (escaped: string) => escaped): string {
  return text === undefined ? "" : `<${name}>${wrap(escapeXml(text))}</${name}>`;
}

/** Follows the elements from the root down and collects the values of the wanted properties. */
class RightsScan {
  readonly values = new Map<string, Value[]>();
  private readonly path: string[] = [];
  private readonly prefixes = new Map<string, string>();
  /** Place in `path` of the description of the picture, while inside of it. */
  private description = -1;
  private buffer = "";
  private language: string | undefined;

  /** False when the packet is too deep to go on. */
  open(name: string, attributes: ReadonlyMap<string, string>): boolean {
    // Declarations hold for the rest of the packet here: no writer gives a prefix a second meaning.
    for (const [attribute, uri] of attributes)
      if (attribute.startsWith("xmlns:")) this.prefixes.set(attribute.slice(6), usualPrefixes.get(uri) ?? "other");
    this.path.push(this.qualify(name));
    if (this.path.length > maxDepth) return false;
    this.buffer = "";
    this.language = attributes.get("xml:lang")?.toLowerCase();
    const depth = this.path.length - 1;
    if (this.description < 0 && this.path[depth] === "rdf:Description" && this.path[depth - 1] === "rdf:RDF")
      this.description = depth;
    if (this.description < 0) return true;
    for (const [attribute, value] of attributes) {
      const property = this.qualify(attribute);
      if (depth === this.description) this.add(property, value);
      else if (property === "rdf:resource") this.add(this.path[depth] ?? "", value, depth);
      else if (property === licensorUrl && this.path[this.description + 1] === licensor) this.add(property, value);
    }
    return true;
  }

  text(text: string): void {
    this.buffer += text;
  }

  close(name: string): void {
    const depth = this.path.lastIndexOf(this.qualify(name));
    if (depth < 0) return;
    if (depth === this.path.length - 1 && this.description >= 0) this.addElement(depth);
    this.path.length = depth;
    if (depth <= this.description) this.description = -1;
    this.buffer = "";
    this.language = undefined;
  }

  /** The text of a property's own element, of an entry in its array, or of a licensor's address at any depth. */
  private addElement(depth: number): void {
    const [property = "", array = ""] = this.path.slice(this.description + 1);
    const levels = depth - this.description;
    if (property === licensor && this.path[depth] === licensorUrl) this.add(licensorUrl, this.buffer);
    else if (levels === 1 || (levels === 3 && arrays.includes(array) && this.path[depth] === "rdf:li"))
      this.add(property, this.buffer);
  }

  private add(property: string, text: string, depth = this.description + 1): void {
    if (depth !== this.description + 1 || text.trim() === "") return;
    const values = this.values.get(property);
    if (values === undefined) this.values.set(property, [{ text, language: this.language }]);
    else if (values.length < maxDepth) values.push({ text, language: this.language });
  }

  /** The name with the usual prefix of its namespace; without a declaration, as it is. */
  private qualify(name: string): string {
    const colon = name.indexOf(":");
    if (colon < 0) return name;
    const prefix = name.slice(0, colon);
    return `${this.prefixes.get(prefix) ?? prefix}:${name.slice(colon + 1)}`;
  }
}
