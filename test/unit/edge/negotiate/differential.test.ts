/// <reference types="node" />
/** Our reading of Accept against that of the npm packages `negotiator` and `accepts`, which most Node servers use. */
import type { IncomingMessage } from "node:http";
import accepts from "accepts";
import { array, assert, constantFrom, integer, property, tuple, uniqueArray } from "fast-check";
import Negotiator from "negotiator";
import { describe, expect, it } from "vitest";
import { isListed, parseAccept, qualityOf } from "../../../../src/edge/negotiate/accept.ts";

const offered = ["image/avif", "image/webp", "image/jpeg", "image/svg+xml", "text/html"] as const;

function ourWeight(header: string, mediaType: string): number {
  return qualityOf(parseAccept(header), mediaType);
}

function rankedByNegotiator(header: string, mediaTypes: readonly string[]): readonly string[] {
  return new Negotiator({ headers: { accept: header } }).mediaTypes(mediaTypes);
}

function chosenByAccepts(header: string, mediaTypes: readonly string[]): unknown {
  return accepts({ headers: { accept: header } } as IncomingMessage).types([...mediaTypes]);
}

/** Thousandths; above what any row here makes of a weight, so that weights above 1 are seen as such. */
const largestWeight = 4000;

/**
 * The weight that negotiator gives a type, down to three decimals. It gives only an order, so the type is compared with
 * one of our own whose weight lies half a step beside, by bisection.
 */
function theirWeight(header: string, mediaType: string): number {
  if (rankedByNegotiator(header, [mediaType]).length === 0) return 0;
  let [low, high] = [0, largestWeight];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // In front, since an unclosed quote would swallow what comes after it.
    const compared = `x-ruler/x;q=${((middle - 0.5) / 1000).toFixed(4)},${header}`;
    if (rankedByNegotiator(compared, ["x-ruler/x", mediaType])[0] === mediaType) low = middle;
    else high = middle - 1;
  }
  return low / 1000;
}

const weights = ["", "q=0", "q=0.0", "q=0.000", "q=0.001", "q=0.25", "Q=0.5", "q=0.999", "q=1", "q=1.000"] as const;

/** Headers on which all three read the grammar of RFC 9110 §12.5.1: each range once, no parameters but the weight. */
const wellFormed = tuple(
  uniqueArray(
    tuple(
      constantFrom(...offered, "image/*", "text/*", "*/*", "video/mp4", "application/x.y+z"),
      constantFrom(...weights),
      constantFrom(";", "; ", " ;\t"),
      constantFrom(false, true),
    ),
    { selector: ([range]) => range, minLength: 1, maxLength: 10 },
  ),
  array(constantFrom(",", ", ", "\t,", ", , "), { minLength: 10, maxLength: 10 }),
).map(([ranges, commas]) =>
  ranges
    .map(([range, weight, semicolon, isUpperCase], index) => {
      const text = weight === "" ? range : `${range}${semicolon}${weight}`;
      return (isUpperCase ? text.toUpperCase() : text) + (index < ranges.length - 1 ? commas[index] : "");
    })
    .join(""),
);

describe("parseAccept() and qualityOf(), where the semantics agree", () => {
  it("give each type the same weight as negotiator does", () => {
    assert(
      property(wellFormed, constantFrom(...offered), (header, mediaType) => {
        expect(ourWeight(header, mediaType)).toBe(theirWeight(header, mediaType));
      }),
      { numRuns: 1000 },
    );
  });

  it("accept what negotiator accepts, in the order in which it ranks", () => {
    assert(
      property(wellFormed, (header) => {
        const ranked = rankedByNegotiator(header, offered);
        expect(offered.filter((type) => ourWeight(header, type) > 0)).toEqual(
          offered.filter((type) => ranked.includes(type)),
        );
        const ours = ranked.map((type) => ourWeight(header, type));
        expect(ours).toEqual(ours.toSorted((a, b) => b - a));
      }),
      { numRuns: 500 },
    );
  });

  it("give the highest weight to the type that accepts would send", () => {
    assert(
      property(wellFormed, (header) => {
        const chosen = chosenByAccepts(header, offered);
        const highest = Math.max(...offered.map((type) => ourWeight(header, type)));
        expect(chosen === false ? 0 : ourWeight(header, String(chosen))).toBe(highest);
      }),
      { numRuns: 500 },
    );
  });

  it("agree on every weight with three decimals", () => {
    assert(
      property(integer({ min: 0, max: 1000 }), (thousandths) => {
        const header = `*/*,image/webp;q=${(thousandths / 1000).toFixed(3)}`;
        expect([ourWeight(header, "image/webp"), theirWeight(header, "image/webp")]).toEqual(
          Array(2).fill(thousandths / 1000),
        );
      }),
    );
  });

  it.each([
    // What other libraries get wrong: a refusal counts although a wildcard would accept.
    ["image/webp;q=0, image/*, */*", 0],
    ["*/*, image/*;q=0", 0],
    ["*/*;q=0, image/webp;q=0.1", 0.1],
    // A kind of the type that is not made here.
    ["image/webp;level=1", 0],
    ["image/webp;level=1, */*;q=0.2", 0.2],
    // RFC 9110 §5.6.4: a comma, a semicolon and a weight inside of quotes are content.
    ['text/plain;a="x,image/webp;q=1", */*;q=0.1', 0.1],
    ['text/plain;a="never closed, image/webp', 0],
    // RFC 9110 §5.6.1.2 and §5.6.6: empty elements and parameters.
    [",, image/webp;;q=0.4 ,,", 0.4],
    // No media range each, but all else stays.
    ["image/webp/x, image /webp, image/web(p), */*;q=0.1", 0.1],
    ["*; q=.2, image/webp;q=0.1", 0.1],
    // The first weight counts.
    ["image/webp;q=0.5;q=0.1", 0.5],
  ])("read %j alike", (header, weight) => {
    expect([ourWeight(header, "image/webp"), theirWeight(header, "image/webp")]).toEqual([weight, weight]);
  });
});

/** A header on which we and they differ about `image/webp`, and what the RFC says. */
interface Disagreement {
  readonly header: string;
  readonly ours: number;
  /** Of negotiator; accepts sends the type if and only if this is above 0, unless `accepts` says otherwise. */
  readonly theirs: number;
  readonly accepts?: boolean;
  /** Clause of RFC 9110. */
  readonly clause: string;
  readonly because: string;
}

const badWeight = {
  clause: "§12.4.2",
  because: "no qvalue (0 to 1, a leading digit, at most three decimals): the range says nothing certain and is dropped",
};
const leniency = {
  clause: "§5.6.3",
  because: "white space is SP and HTAB only; ours trims more, theirs is the RFC's answer, no client sends it",
};

const disagreements: readonly Disagreement[] = [
  { header: "image/webp;q=.9", ours: 0, theirs: 0.9, ...badWeight },
  { header: "image/webp;q=1.001", ours: 0, theirs: 1.001, ...badWeight },
  { header: "image/webp;q=2", ours: 0, theirs: 2, ...badWeight },
  { header: "image/webp;q=0.1234", ours: 0, theirs: 0.123, ...badWeight },
  { header: "image/webp;q=00.5", ours: 0, theirs: 0.5, ...badWeight },
  { header: "image/webp;q=0.5x", ours: 0, theirs: 0.5, ...badWeight },
  { header: 'image/webp;q="0.5"', ours: 0, theirs: 0.5, ...badWeight },
  { header: "image/webp;q=, */*;q=0.8", ours: 0.8, theirs: 1, ...badWeight },
  // Theirs takes these for refusals; with ours the wildcard remains, which proves no format and so sends none.
  { header: "image/webp;q=-1, */*;q=0.8", ours: 0.8, theirs: 0, ...badWeight },
  { header: "image/webp;q=high, */*;q=0.8", ours: 0.8, theirs: 0, ...badWeight },
  {
    header: "image/webp;q, */*;q=0.8",
    ours: 0.8,
    theirs: 1,
    clause: "§5.6.6",
    because: "a parameter has a value; what is there instead may mean anything",
  },
  {
    header: "image/webp;animated",
    ours: 0,
    theirs: 1,
    clause: "§5.6.6",
    because: "a parameter has a value; what is there instead may mean anything",
  },
  {
    header: "image/webp;q=0.5;level=1",
    ours: 0.5,
    theirs: 0,
    clause: "§12.5.1",
    because:
      "a parameter after the weight belongs to the range as well, theirs is the RFC's answer; ours takes it for an extension as RFC 7231 §5.3.2 did",
  },
  {
    header: "image/webp;level=*",
    ours: 0,
    theirs: 1,
    clause: "§12.5.1",
    because: "only type and subtype have wildcards; theirs lets a parameter's value be one",
  },
  {
    header: 'image/webp;level=""',
    ours: 0,
    theirs: 1,
    clause: "§12.5.1",
    because: "a range with a parameter is more specific than the type without; theirs takes empty for missing",
  },
  {
    header: "*/webp",
    ours: 0,
    theirs: 1,
    clause: "§12.5.1",
    because: "a media range has a wildcard for the type only together with one for the subtype",
  },
  {
    header: "*/webp;q=0, */*;q=0.8",
    ours: 0.8,
    theirs: 0,
    clause: "§12.5.1",
    because: "a media range has a wildcard for the type only together with one for the subtype",
  },
  {
    header: "image/webp, image/webp;q=0",
    ours: 0,
    theirs: 1,
    clause: "§12.5.1",
    because: "the RFC does not say what duplicates mean: ours lets the lowest weight count, theirs the highest",
  },
  {
    header: "image/webp;q=0.2, image/webp;q=0.9",
    ours: 0.2,
    theirs: 0.9,
    clause: "§12.5.1",
    because: "the RFC does not say what duplicates mean: ours lets the lowest weight count, theirs the highest",
  },
  {
    header: "",
    ours: 0,
    theirs: 0,
    accepts: true,
    clause: "§12.5.1",
    because: "an empty field lists nothing; accepts takes it for a missing one, which accepts anything",
  },
  {
    header: `${"image/png,".repeat(900)}image/webp`,
    ours: 0,
    theirs: 1,
    clause: "§5.4",
    because:
      "what is larger than a server processes gets a 4xx; an image must not fail, so here it is read as proving nothing",
  },
  { header: "\u00A0image/webp", ours: 1, theirs: 0, ...leniency },
  { header: "image/webp\u00A0;q=0.5", ours: 0.5, theirs: 0, ...leniency },
];

describe("parseAccept() and qualityOf(), where the semantics differ", () => {
  it.each(disagreements.map((row) => ({ ...row, shown: row.header.slice(-40) })))(
    "weigh image/webp $ours in …$shown, where negotiator says $theirs ($clause)",
    ({ header, ours, theirs, accepts: isAccepted = theirs > 0 }) => {
      expect(ourWeight(header, "image/webp")).toBe(ours);
      expect(theirWeight(header, "image/webp")).toBe(theirs);
      expect(chosenByAccepts(header, ["image/webp"])).toBe(isAccepted ? "image/webp" : false);
      // Or the row would be no disagreement.
      expect(ours === theirs && isAccepted === ours > 0).toBe(false);
    },
  );

  it("never send more than negotiator accepts, except where a row says so", () => {
    const bolder = disagreements.filter(
      ({ header, theirs }) => isListed(parseAccept(header), "image/webp") && theirs === 0,
    );
    expect(bolder.map(({ clause }) => clause)).toEqual(["§12.5.1", "§5.6.3", "§5.6.3"]);
  });
});

describe("isListed()", () => {
  // RFC 9110 §12.5.1 makes these acceptable, and both packages would send WebP; but a wildcard, or no header at all,
  // comes from clients that show nothing newer than GIF, so it proves nothing.
  it.each([undefined, "*/*", "image/*", "image/*, */*;q=0.8", "image/jpeg, */*"])(
    "does not take %j for a proof, although both packages accept",
    (header) => {
      const request = { headers: header === undefined ? {} : { accept: header } };
      expect(new Negotiator(request).mediaType(["image/webp"])).toBe("image/webp");
      expect(accepts(request as IncomingMessage).types(["image/webp"])).toBe("image/webp");
      expect(isListed(parseAccept(header ?? ""), "image/webp")).toBe(false);
    },
  );

  it("is true only for types that negotiator accepts", () => {
    assert(
      property(wellFormed, constantFrom(...offered), (header, mediaType) => {
        const isProved = isListed(parseAccept(header), mediaType);
        expect(isProved && !rankedByNegotiator(header, [mediaType]).includes(mediaType)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
