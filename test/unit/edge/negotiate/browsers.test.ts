/// <reference types="node" />
/** Every client of the shared list, with what it truly decodes, against the capability table and the legacy rules. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formats } from "../../../../src/imaging/model/formats.ts";
import { isListed, parseAccept } from "../../../../src/edge/negotiate/accept.ts";
import { type Support, supportOf, type TableFormat } from "../../../../src/edge/negotiate/client-support.ts";
import { misdeclaredFormats, readLegacySupport } from "../../../../src/edge/negotiate/legacy-support.ts";
import { readUserAgent } from "../../../../src/edge/negotiate/user-agent.ts";

interface Row {
  readonly id: string;
  readonly group: string;
  readonly ua: string | null;
  readonly accept: string | null;
  /** 1, 0, `lossy-only`, `still-only` or `partial` per format; `webpAnim` and `avifAnim` for their animations. */
  readonly decode: Readonly<Record<string, number | string>>;
}

const path = fileURLToPath(new URL("../../../../../shared/browsers.json", import.meta.url));
const isPresent = existsSync(path);
const rows = isPresent ? (JSON.parse(readFileSync(path, "utf8")) as { entries: readonly Row[] }).entries : [];
const tableFormats = ["webp", "avif", "jxl", "heic", "jp2", "jxr"] as const satisfies readonly TableFormat[];

/** Where table and list differ: `id format: list, table`, and why that is right. */
const disagreements: Readonly<Record<string, string>> = {
  "chrome-01 webp: lossy-only, still-only": "both sources date lossless and alpha to Chrome 23; the list rounds down",
  "opera-01 webp: partial, still-only": "the list does not say which part; both sources say animation",
  "safari-mac-07 webp: no, partial": "one User-Agent on Catalina (no) and Big Sur (yes): only Accept says it",
  "safari-mac-09 avif: yes, partial": "one User-Agent on Monterey (no) and Ventura (yes): only Accept says it",
};

/** Rows whose `decode` restates an invented Accept; their User-Agent is that of Chrome 156, which has rows of its own. */
const isInvented = ({ group }: Row): boolean => group === "accept-edge";

function listed({ decode }: Row, format: TableFormat): Support {
  const value = decode[format] ?? 0;
  if (value === 1) return decode[`${format}Anim`] === 0 ? "still-only" : "yes";
  return value === 0 ? "no" : (value as Support);
}

// The list may be absent; the other tests of this folder do not need it.
describe.skipIf(!isPresent)("each client of ../shared/browsers.json", () => {
  it("is in the list", () => {
    expect(rows.length).toBeGreaterThanOrEqual(98);
  });

  it("decodes what the capability table says, but for the differences explained here", () => {
    const differences = rows
      .filter((row) => !isInvented(row))
      .flatMap((row) => {
        const userAgent = readUserAgent(row.ua ?? "");
        if (!("browser" in userAgent)) return [];
        return tableFormats.flatMap((format) => {
          const says = supportOf(format, userAgent.browser, userAgent.version);
          return says === listed(row, format) ? [] : [`${row.id} ${format}: ${listed(row, format)}, ${says}`];
        });
      });
    expect(differences.toSorted()).toEqual(Object.keys(disagreements).toSorted());
  });

  it("is identified, unless it is no browser or its pictures are made elsewhere", () => {
    const groups = new Set(["tool", "bot", "mail", "feed", "tv", "opera-mini"]);
    const anonymous = rows.filter(({ ua, group }) => !groups.has(group) && !("browser" in readUserAgent(ua ?? "")));
    expect(anonymous.map(({ id }) => id)).toEqual([]);
    const mistaken = rows.filter(
      ({ ua, group }) => ["tool", "bot", "mail", "feed"].includes(group) && "browser" in readUserAgent(ua ?? ""),
    );
    expect(mistaken.map(({ id }) => id)).toEqual([]);
  });

  it("gets no legacy format that it cannot decode", () => {
    const given = rows.flatMap((row) =>
      readLegacySupport(parseAccept(row.accept ?? ""), readUserAgent(row.ua ?? "")).map(({ format }) => ({
        row,
        format,
      })),
    );
    expect(given.filter(({ row, format }) => row.decode[format] !== 1).map(({ row }) => row.id)).toEqual([]);
    // Or the test would pass with nothing given at all.
    expect(given.length).toBeGreaterThanOrEqual(10);
  });

  it("gets the legacy format that it decodes, unless it lists a modern one", () => {
    const missed = rows.filter((row) => {
      const accept = parseAccept(row.accept ?? "");
      const isModern = ["image/webp", "image/avif"].some((mediaType) => isListed(accept, mediaType));
      const decodes = row.decode["jp2"] === 1 || row.decode["jxr"] === 1;
      return decodes && !isModern && readLegacySupport(accept, readUserAgent(row.ua ?? "")).length === 0;
    });
    expect(missed.map(({ id }) => id)).toEqual([]);
  });

  it("declares in Accept only what it decodes whole, but for one", () => {
    const overstated = rows.flatMap((row) => {
      const accept = parseAccept(row.accept ?? "");
      return tableFormats
        .filter(
          (format) =>
            formats[format].mediaTypes.some((mediaType) => isListed(accept, mediaType)) &&
            row.decode[format] !== 1 &&
            row.decode[format] !== "still-only",
        )
        .map((format) => `${row.id} ${format}`);
    });
    // Opera 12: all of WebP but animation.
    expect(overstated).toEqual(["opera-01 webp"]);
  });

  it("is not sent by its Accept what it only says that it decodes", () => {
    const opera = rows.find(({ id }) => id === "opera-01");
    expect(misdeclaredFormats(opera?.accept ?? "")).toEqual(["webp"]);
    const others = rows.filter(({ accept }) => accept !== opera?.accept);
    expect(others.filter(({ accept }) => misdeclaredFormats(accept ?? "").length > 0)).toEqual([]);
  });
});
