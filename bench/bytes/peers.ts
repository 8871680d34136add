import sharp from "sharp";
import type { Scorer } from "./score.ts";

/** An encoder of another program, as people set it. */
export interface Peer {
  readonly name: string;
  readonly format: "webp" | "avif";
  /** What it uses when one states none. */
  readonly defaultQuality: number;
  /** Qualities of the second plot. */
  readonly curve: readonly number[];
  encode(source: Uint8Array, quality: number): Promise<Buffer>;
}

/**
 * `sharp` as it comes. `ipx`, an image server, hands its pictures to sharp without a quality unless the URL states one:
 * with the same sharp it answers the same bytes (checked with ipx 3.1.1 by hand), so that sharp's defaults are its.
 */
export const peers = [
  {
    name: "sharp webp",
    format: "webp",
    defaultQuality: 80,
    curve: [50, 60, 70, 80, 90],
    encode: (source, quality) => sharp(source).webp({ quality }).toBuffer(),
  },
  {
    name: "sharp avif",
    format: "avif",
    defaultQuality: 50,
    curve: [35, 50, 65, 80],
    encode: (source, quality) => sharp(source).avif({ quality }).toBuffer(),
  },
] as const satisfies readonly Peer[];

/** Sharp's AVIF encoder at the speed that the Worker has time for: its effort is 9 − speed. */
export const fastAvif: Peer = {
  name: "sharp avif, speed 8",
  format: "avif",
  defaultQuality: 50,
  curve: [60],
  encode: (source, quality) => sharp(source).avif({ quality, effort: 1, chromaSubsampling: "4:2:0" }).toBuffer(),
};

/** Neighbouring qualities this near to each other are not searched between: a line does as well. */
const maxGap = 2;

export interface Sample {
  readonly quality: number;
  readonly bytes: number;
  readonly score: number;
}

/** A peer's files of one picture, each made once. */
export interface PeerSamples {
  at(quality: number): Promise<Sample>;
  /** Bytes at this score, between two neighbouring qualities; undefined when no quality reaches it. */
  bytesAtScore(score: number): Promise<number | undefined>;
}

export function samplePeer(peer: Peer, source: Uint8Array, scorer: Scorer): PeerSamples {
  const samples = new Map<number, Promise<Sample>>();
  const at = (quality: number): Promise<Sample> => {
    const known = samples.get(quality) ?? sample(peer, source, scorer, quality);
    samples.set(quality, known);
    return known;
  };
  return {
    at,
    async bytesAtScore(score) {
      let low = { quality: 0, sample: undefined as Sample | undefined };
      let high = { quality: 101, sample: undefined as Sample | undefined };
      for (const quality of samples.keys()) {
        const known = await at(quality);
        if (known.score <= score && quality > low.quality) low = { quality, sample: known };
        if (known.score > score && quality < high.quality) high = { quality, sample: known };
      }
      while (high.quality - low.quality > maxGap) {
        const quality = nextQuality(low, high, score);
        const tried = await at(quality);
        if (tried.score <= score) low = { quality, sample: tried };
        else high = { quality, sample: tried };
      }
      if (low.sample === undefined || high.sample === undefined) return undefined;
      const share = (score - low.sample.score) / (high.sample.score - low.sample.score);
      return Math.exp(Math.log(low.sample.bytes) * (1 - share) + Math.log(high.sample.bytes) * share);
    },
  };
}

interface End {
  readonly quality: number;
  readonly sample: Sample | undefined;
}

/** Where a straight line between the ends meets the score, but not so near to an end that the search would creep. */
function nextQuality(low: End, high: End, score: number): number {
  const span = high.quality - low.quality;
  const share =
    low.sample === undefined || high.sample === undefined
      ? 1 / 2
      : (score - low.sample.score) / (high.sample.score - low.sample.score);
  return low.quality + Math.round(span * Math.min(0.8, Math.max(0.2, share)));
}

async function sample(peer: Peer, source: Uint8Array, scorer: Scorer, quality: number): Promise<Sample> {
  const file = await peer.encode(source, quality);
  return { quality, bytes: file.length, score: await scorer.score(file, peer.format) };
}
