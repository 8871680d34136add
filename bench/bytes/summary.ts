import { spreadOf, type Spread } from "../hit/statistics.ts";
import type { ClientName } from "./clients.ts";
import type { MeasuredPicture, PeerResult, Served } from "./measure.ts";
import { geometricMeanOf, meanOf, savedPercent } from "./statistics.ts";

/** What the clients of a class get of a group of pictures. */
export interface ClassSummary {
  readonly group: string;
  readonly client: ClientName;
  readonly pictures: number;
  /** Percent of the source's bytes, over all pictures, also those that are left alone. */
  readonly meanSaving: number;
  readonly medianSaving: number;
  readonly score: { readonly median: number; readonly lowest: number } | null;
  /** The 3-norm of Butteraugli, where less is better. */
  readonly distance?: { readonly median: number; readonly highest: number };
  readonly formats: Readonly<Record<string, number>>;
  /** Pictures sent as they are, by reason. */
  readonly leftAlone: Readonly<Record<string, number>>;
  /** Variants of PNGs whose pixels are the source's, of how many. */
  readonly samePixels: readonly [same: number, of: number] | null;
}

interface Pair {
  readonly picture: MeasuredPicture;
  readonly served: Served;
}

function pairsOf(pictures: readonly MeasuredPicture[], client: ClientName): Pair[] {
  return pictures.flatMap((picture) => {
    const served = picture.served.find((answer) => answer.client === client);
    return served === undefined ? [] : [{ picture, served }];
  });
}

const savingOf = ({ picture, served }: Pair): number => savedPercent(picture.bytes, served.bytes);

export function summariseClass(
  group: string,
  pictures: readonly MeasuredPicture[],
  client: ClientName,
): ClassSummary | undefined {
  const pairs = pairsOf(pictures, client);
  if (pairs.length === 0) return undefined;
  const savings = pairs.map(savingOf);
  const scores = pairs.flatMap(({ served }) => served.score ?? []);
  const compared = pairs.flatMap(({ served }) => served.hasSamePixels ?? []);
  const { median, lowest } = spreadOf(scores);
  const distances = pairs.flatMap(({ served }) => served.distance ?? []);
  const distance = spreadOf(distances);
  return {
    group,
    client,
    pictures: pairs.length,
    meanSaving: meanOf(savings),
    medianSaving: spreadOf(savings).median,
    score: scores.length === 0 ? null : { median, lowest },
    ...(distances.length > 0 && { distance: { median: distance.median, highest: distance.highest } }),
    formats: countBy(pairs, ({ served }) => served.format),
    leftAlone: countBy(
      pairs.filter(({ served }) => served.isUntouched),
      ({ served }) => served.reason,
    ),
    samePixels: compared.length === 0 ? null : [compared.filter(Boolean).length, compared.length],
  };
}

function countBy(pairs: readonly Pair[], keyOf: (pair: Pair) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const pair of pairs) counts[keyOf(pair)] = (counts[keyOf(pair)] ?? 0) + 1;
  return counts;
}

/** The variants of one format, without the pictures of which none was made. */
export interface FormatSummary {
  readonly format: "webp" | "avif";
  readonly variants: number;
  readonly withoutVariant: readonly string[];
  readonly meanSaving: number;
  readonly medianSaving: number;
  readonly score: { readonly median: number; readonly lowest: number };
  readonly lowestScored: string;
}

export function summariseFormat(pictures: readonly MeasuredPicture[], format: "webp" | "avif"): FormatSummary {
  const pairs = pairsOf(pictures, format);
  const variants = pairs.filter(({ served }) => served.format === format);
  const savings = variants.map(savingOf);
  const scores = variants.flatMap(({ served }) => served.score ?? []);
  const { median, lowest } = spreadOf(scores);
  return {
    format,
    variants: variants.length,
    withoutVariant: pairs
      .filter(({ served }) => served.format !== format)
      .map(({ picture, served }) => `${picture.path} (${served.reason})`),
    meanSaving: meanOf(savings),
    medianSaving: spreadOf(savings).median,
    score: { median, lowest },
    lowestScored: variants.find(({ served }) => served.score === lowest)?.picture.path ?? "",
  };
}

/** A peer at its defaults, and its bytes at our score. */
export interface PeerSummary {
  readonly peer: string;
  readonly pictures: number;
  readonly meanSaving: number;
  readonly score: { readonly median: number; readonly lowest: number };
  /** Files that are larger than the source, which the peer answers with all the same. */
  readonly larger: number;
  /** Of the Worker's variants of the same pictures. */
  readonly ours: { readonly meanSaving: number; readonly medianScore: number };
  /** Our bytes over the peer's at our score, picture by picture. */
  readonly ratio: Spread & { readonly geometricMean: number; readonly pictures: number };
}

export function summarisePeer(peer: string, all: readonly PeerResult[]): PeerSummary | undefined {
  const results = all.filter((result) => result.peer === peer);
  if (results.length === 0) return undefined;
  const scores = spreadOf(results.map(({ atDefault }) => atDefault.score));
  const ratios = results.flatMap(({ ours, bytesAtOurScore }) =>
    bytesAtOurScore === undefined ? [] : [ours.bytes / bytesAtOurScore],
  );
  return {
    peer,
    pictures: results.length,
    meanSaving: meanOf(results.map(({ sourceBytes, atDefault }) => savedPercent(sourceBytes, atDefault.bytes))),
    score: { median: scores.median, lowest: scores.lowest },
    larger: results.filter(({ sourceBytes, atDefault }) => atDefault.bytes >= sourceBytes).length,
    ours: {
      meanSaving: meanOf(results.map(({ sourceBytes, ours }) => savedPercent(sourceBytes, ours.bytes))),
      medianScore: spreadOf(results.map(({ ours }) => ours.score)).median,
    },
    ratio: { ...spreadOf(ratios), geometricMean: geometricMeanOf(ratios), pictures: ratios.length },
  };
}

/** A point of a peer's curve: all pictures at one quality. */
export interface CurvePoint {
  readonly peer: string;
  readonly quality: number;
  /** Mean, in percent of the source's bytes. */
  readonly size: number;
  readonly medianScore: number;
}

export function summariseCurve(peer: string, all: readonly PeerResult[]): CurvePoint[] {
  const results = all.filter((result) => result.peer === peer);
  const qualities = results[0]?.curve.map(({ quality }) => quality) ?? [];
  return qualities.map((quality, index) => {
    const samples = results.flatMap(({ curve, sourceBytes }) => {
      const sample = curve[index];
      return sample === undefined ? [] : [{ size: (sample.bytes / sourceBytes) * 100, score: sample.score }];
    });
    return {
      peer,
      quality,
      size: meanOf(samples.map(({ size }) => size)),
      medianScore: spreadOf(samples.map(({ score }) => score)).median,
    };
  });
}
