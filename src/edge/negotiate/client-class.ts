import { type FormatId, formats } from "../../imaging/model/formats.ts";
import { legacyTargets, modernTargets, mediaTypeOf, type NegotiatedTarget } from "../targets.ts";
import { maxRememberedAccepts } from "../limits.ts";
import { isListed, type MediaRange, parseAccept } from "./accept.ts";
import { dependsOnUserAgent, misdeclaredFormats, readLegacySupport } from "./legacy-support.ts";
import type { NetworkClass } from "./network.ts";
import { readUserAgent } from "./user-agent.ts";

/** What a client has proved to show: targets that need proof, and TIFF, which is never made but may be kept. */
type Proved = NegotiatedTarget | "tiff";

/**
 * What a client can be sent, normalised. All that a plan knows of the client is in here, and `token` is in the cache
 * key: a plan cannot read what the key does not cover.
 */
export interface ClientClass {
  /** Beyond the universal formats. */
  readonly formats: readonly Proved[];
  /** A slow connection gets smaller files. */
  readonly network: NetworkClass;
  /** The same as one word, e.g. `jxl+avif+webp`, `avif+webp.slow`, or `baseline`. */
  readonly token: string;
}

/** What one Accept header says; the raw header is not needed after this. */
export interface AcceptFacts {
  readonly clientClass: ClientClass;
  /** An image type is requested and a page is not: the request of an `<img>`, not of a navigation. */
  readonly wantsImage: boolean;
  /** Media ranges to judge with the User-Agent, where that can add a format; undefined elsewhere. */
  readonly legacyRanges: readonly MediaRange[] | undefined;
}

const allClasses = [
  ...subsetsOf([...modernTargets, "tiff"] as const),
  ...legacyTargets.map((target) => [target]),
].flatMap((set: readonly Proved[]) =>
  (["fast", "slow"] as const).map((network) => ({ formats: set, network, token: tokenOf(set, network) })),
);
/**
 * Nothing is proved, and the User-Agent has no say, since Accept lists a modern format that the client does not show. The
 * same files as for `baseline` under another token: a stored answer has one `Vary`, and that one names no User-Agent.
 */
const declined = "baseline-by-accept";
const declinedClasses = (["fast", "slow"] as const).map((network): ClientClass => ({
  formats: [],
  network,
  token: network === "slow" ? `${declined}.slow` : declined,
}));
const everyClass: readonly ClientClass[] = [...allClasses, ...declinedClasses];
const byToken = new Map(everyClass.map((clientClass) => [clientClass.token, clientClass]));

/** Every class there is: one per set of formats and kind of network. A purge walks through them. */
export function listClasses(): readonly ClientClass[] {
  return everyClass;
}

function subsetsOf<Item>(all: readonly Item[]): readonly (readonly Item[])[] {
  return all.reduce<Item[][]>((subsets, item) => [...subsets, ...subsets.map((subset) => [...subset, item])], [[]]);
}

function tokenOf(set: readonly Proved[], network: NetworkClass): string {
  const name = set.length === 0 ? "baseline" : set.join("+");
  return network === "slow" ? `${name}.slow` : name;
}

/**
 * The class of a client with these formats on this kind of network.
 * @internal exported for tests
 */
export function classOf(set: readonly Proved[], network: NetworkClass): ClientClass {
  return classNamed(tokenOf(set, network));
}

/** The same client on a slow connection. */
export function slowed({ token, network }: ClientClass): ClientClass {
  return classNamed(network === "slow" ? token : `${token}.slow`);
}

function classNamed(token: string): ClientClass {
  const known = byToken.get(token);
  if (known === undefined) throw new Error(`There is no class ${token}.`);
  return known;
}

/**
 * The class that Accept leads to, with what the User-Agent adds for browsers that show JPEG 2000 or JPEG XR and do not
 * say so.
 */
export function classifyClient(accept: AcceptFacts, userAgent: string | null): ClientClass {
  const { clientClass, legacyRanges } = accept;
  if (legacyRanges === undefined || clientClass.formats.length > 0) return clientClass;
  const [legacy] = readLegacySupport(legacyRanges, readUserAgent(userAgent ?? ""));
  if (legacy === undefined) return clientClass;
  if (legacy.format === "jp2") return classOf(["jp2"], "fast");
  if (legacy.container === "hd-photo") return classOf(["jxr-hd"], "fast");
  return classOf([legacy.mediaType === "image/jxr" ? "jxr" : "jxr-ms"], "fast");
}

/** Named by these clients beside JPEG 2000 and JPEG XR, where both may be listed: the first one counts. */
const listableLegacy = ["jp2", "jxr", "jxr-ms"] as const;

function readRanges(ranges: readonly MediaRange[], misdeclared: readonly FormatId[]): AcceptFacts {
  const isNamed = (format: FormatId): boolean =>
    formats[format].mediaTypes.some((type) => isListed(ranges, type)) && !misdeclared.includes(format);
  const modern = modernTargets.filter(isNamed);
  // They are larger than anything newer: not worth a class for each combination.
  const legacy = modern.length > 0 ? [] : listableLegacy.filter((target) => isListed(ranges, mediaTypeOf(target)));
  const listed = [
    ...modern,
    ...legacy.slice(0, 1),
    ...(legacy.length === 0 && isNamed("tiff") ? ["tiff" as const] : []),
  ];
  const wantsImage =
    ranges.some((range) => range.type === "image" && range.q > 0) && !ranges.some((range) => range.subtype === "html");
  const legacyRanges = dependsOnUserAgent(ranges) ? ranges : undefined;
  const isDeclined = listed.length === 0 && legacyRanges === undefined;
  return { clientClass: isDeclined ? classNamed(declined) : classOf(listed, "fast"), wantsImage, legacyRanges };
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
