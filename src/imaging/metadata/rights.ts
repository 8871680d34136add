/**
 * The author of a picture and the terms of its use: the fields that search engines and libraries show (IPTC Photo
 * Metadata Standard 2023.2, "quick guide to licensable images"). Nothing in it says where or when. Every field is
 * free of controls and bounded in length.
 */
export interface Rights {
  /** dc:creator, Exif Artist, IIM 2:80. */
  readonly creators: readonly string[];
  /** dc:rights, Exif Copyright, IIM 2:116. */
  readonly copyright: string | undefined;
  /** photoshop:Credit, IIM 2:110. */
  readonly credit: string | undefined;
  /** xmpRights:UsageTerms. */
  readonly usageTerms: string | undefined;
  /** xmpRights:WebStatement: the address of the licence. */
  readonly webStatement: string | undefined;
  /** plus:LicensorURL: where a licence can be had. */
  readonly licensorUrl: string | undefined;
  /** Iptc4xmpExt:DigitalSourceType: says, for example, that a picture was generated. */
  readonly digitalSourceType: string | undefined;
}

/** What a reader found, in whatever length. */
export type FoundRights = { readonly [Field in keyof Rights]?: Rights[Field] };

/** Bounds of what is kept, in characters: the metadata of a thumbnail must not outweigh it. */
const maxCreators = 8;
const maxNameLength = 120;
const maxTextLength = 300;
const maxUrlLength = 300;

/** Controls, halves of surrogate pairs, and what XML 1.0 §2.2 forbids; runs of white space are one blank. */
const unwanted = /[\s\p{Cc}\p{Cs}\uFFFE\uFFFF]+/gu;

/** The first finding of each field, cleaned; undefined when nothing was found at all. */
export function mergeRights(findings: readonly (FoundRights | undefined)[]): Rights | undefined {
  const first = (field: Exclude<keyof Rights, "creators">, clean: (text: string) => string | undefined) => {
    for (const found of findings) {
      const text = clean(found?.[field] ?? "");
      if (text !== undefined) return text;
    }
    return undefined;
  };
  const rights: Rights = {
    creators: findings.map((found) => cleanNames(found?.creators ?? [])).find((names) => names.length > 0) ?? [],
    copyright: first("copyright", cleanText),
    credit: first("credit", cleanText),
    usageTerms: first("usageTerms", cleanText),
    webStatement: first("webStatement", cleanUrl),
    licensorUrl: first("licensorUrl", cleanUrl),
    digitalSourceType: first("digitalSourceType", cleanUrl),
  };
  const { creators, ...texts } = rights;
  return creators.length === 0 && Object.values(texts).every((text) => text === undefined) ? undefined : rights;
}

function cleanNames(names: readonly string[]): string[] {
  const cleaned = names.slice(0, maxCreators).map((name) => shorten(collapse(name, maxNameLength), maxNameLength));
  return [...new Set(cleaned.filter((name) => name !== ""))];
}

function cleanText(text: string): string | undefined {
  return shorten(collapse(text, maxTextLength), maxTextLength) || undefined;
}

/** A shortened address leads elsewhere. */
function cleanUrl(text: string): string | undefined {
  const url = collapse(text, maxUrlLength);
  return url === "" || url.length > maxUrlLength || url.includes(" ") ? undefined : url;
}

/** Looks at no more than is needed to know that the text is too long. */
function collapse(text: string, maxLength: number): string {
  return text
    .slice(0, 4 * maxLength)
    .replaceAll(unwanted, " ")
    .trim();
}

function shorten(text: string, maxLength: number): string {
  const characters = [...text];
  return characters.length <= maxLength ? text : `${characters.slice(0, maxLength - 1).join("")}…`;
}
