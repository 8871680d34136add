import { type FormatId, formats, negotiatedFormats, type NegotiatedFormat } from "../formats/formats.ts";
import { maxRememberedAccepts } from "../limits.ts";
import { isListed, type MediaRange, parseAccept } from "./accept.ts";
import { misdeclaredFormats } from "./legacy-support.ts";
import type { NetworkClass } from "./network.ts";

/**
 * What a client can be sent, normalised. All that a plan knows of the client is in here, and `token` is in the cache
 * key: a plan cannot read what the key does not cover.
 */
export interface ClientClass {
  /** Formats beyond the universal ones that the client has proved to show. */
  readonly formats: readonly NegotiatedFormat[];
  /** A slow connection gets smaller files. */
  readonly network: NetworkClass;
  /** The same as one word, e.g. `jxl+avif+webp`, `avif+webp.slow`, or `baseline`. */
  readonly token: string;
}

/** What one Accept header says; the raw header is not needed after this. */
export interface AcceptFacts {
  readonly clientClass: ClientClass;
  /** An image type is asked for and a page is not: the request of an `<img>`, not of a navigation. */
  readonly wantsImage: boolean;
}

const allClasses = classesOf(negotiatedFormats);
const byToken = new Map(allClasses.map((clientClass) => [clientClass.token, clientClass]));

/** Every class there is: one per set of formats and kind of network. A purge walks through them. */
export function listClasses(): readonly ClientClass[] {
  return allClasses;
}

function classesOf(all: readonly NegotiatedFormat[]): readonly ClientClass[] {
  const sets = all.reduce<NegotiatedFormat[][]>(
    (subsets, format) => [...subsets, ...subsets.map((subset) => [...subset, format])],
    [[]],
  );
  return sets.flatMap((set) =>
    (["fast", "slow"] as const).map((network) => ({ formats: set, network, token: tokenOf(set, network) })),
  );
}

function tokenOf(set: readonly NegotiatedFormat[], network: NetworkClass): string {
  const name = set.length === 0 ? "baseline" : set.join("+");
  return network === "slow" ? `${name}.slow` : name;
}

/** The class of a client with these formats on this kind of network. */
export function classOf(set: readonly NegotiatedFormat[], network: NetworkClass): ClientClass {
  const known = byToken.get(tokenOf(set, network));
  if (known === undefined) throw new Error(`There is no class for ${set.join(", ")}.`);
  return known;
}

function readRanges(ranges: readonly MediaRange[], misdeclared: readonly FormatId[]): AcceptFacts {
  const declared = negotiatedFormats.filter((format) =>
    formats[format].mediaTypes.some((type) => isListed(ranges, type)),
  );
  const listed = declared.filter((format) => !misdeclared.includes(format));
  const wantsImage =
    ranges.some((range) => range.type === "image" && range.q > 0) && !ranges.some((range) => range.subtype === "html");
  return { clientClass: classOf(listed, "fast"), wantsImage };
}

/** Characters; a browser's header has about 100, and a long one must not fill the memory. */
const maxRememberedLength = 1024;

const remembered = new Map<string, AcceptFacts>();

/** Reads an Accept header; the result is remembered, oldest forgotten first. A missing header proves nothing. */
export function readAccept(header: string | null): AcceptFacts {
  const text = header ?? "";
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const facts = readRanges(parseAccept(text), misdeclaredFormats(text));
  if (text.length > maxRememberedLength) return facts;
  if (remembered.size >= maxRememberedAccepts) {
    const oldest = remembered.keys().next();
    if (oldest.done !== true) remembered.delete(oldest.value);
  }
  remembered.set(text, facts);
  return facts;
}
