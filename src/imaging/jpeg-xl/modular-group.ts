import { AnsScratch, type TokenStream, writeAnsStream } from "./ans-encoder.ts";
import { releaseBuffers } from "../bytes/release.ts";
import { type BitWriter, packSigned } from "./bit-writer.ts";
import { countTokens, createHistograms } from "./context-histograms.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import { binsPerChannel, buildChannelTree, errorBinOf } from "./error-bins.ts";
import { type MaTree, property, writeMaTree } from "./ma-tree.ts";
import { WeightedPredictor } from "./predictor.ts";
import type { Steps } from "../steps.ts";

/** Rows of a picture in channels, of which groups are rectangles. */
export interface Band {
  readonly width: number;
  readonly rows: number;
  /** `width × rows` samples each. */
  readonly channels: readonly Int16Array[];
}

/** What was done with the channels: nothing, or red, green and blue made luma and two differences. */
export type Transforms = "none" | "YCoCg";

/** The header of a modular stream, with default parameters of the predictor (ISO/IEC 18181-1 §H.2). */
export function writeModularHeader(writer: BitWriter, tree: "own tree" | "global tree", transforms: Transforms): void {
  writer.write(1, tree === "global tree" ? 1 : 0);
  writer.write(1, 1);
  if (transforms === "none") {
    writer.write(2, 0);
    return;
  }
  // One; of colours, from the first channel on; the sixth kind.
  writer.write(2, 1);
  writer.write(2, 0);
  writer.write(2, 0);
  writer.write(3, 0);
  writer.write(2, 0);
}

/** Distributions of a group at most: more would cost more to write than they save. */
const maxDistributions = 40;

/** Time to predict a sample, and to count its token. */
const nanosecondsPerSample = 70;
const nanosecondsPerCount = 5;

/**
 * Writes groups of a modular frame, each with a tree and distributions of its own, so that nothing has to be known of those after
 * it (ISO/IEC 18181-1 §H). Every sample has the weighted predictor; the errors around it choose its distribution.
 */
export class ModularGroupWriter {
  readonly #scratch = new AnsScratch();
  readonly #contexts: Uint16Array;
  readonly #values: Uint16Array;

  /** @param mostSamples of a group, in all channels */
  constructor(mostSamples: number) {
    this.#contexts = new Uint16Array(mostSamples);
    this.#values = new Uint16Array(mostSamples);
  }

  /** The group of columns `left` to `left + width` of a band. `transforms`: a whole picture's, which is a single group. */
  *write(writer: BitWriter, band: Band, left: number, width: number, transforms: Transforms = "none"): Steps<void> {
    const stream = yield* this.#tokenise(band, left, width);
    const histograms = createHistograms(band.channels.length * binsPerChannel);
    countTokens(histograms, stream);
    yield stream.length * nanosecondsPerCount;
    const code = yield* buildEntropyCode(histograms, { maxClusters: maxDistributions });
    writeModularHeader(writer, "own tree", transforms);
    const leaves = writeMaTree(writer, buildTree(band.channels.length, code.distributionOf));
    writeEntropyCode(writer, {
      ...code,
      contexts: leaves.length,
      distributionOf: Uint8Array.from(leaves, (context) => code.distributionOf[context]),
    });
    yield* writeAnsStream(writer, code, stream, this.#scratch);
    releaseBuffers([histograms.counts, code.tables.slots]);
  }

  /** Releases everything. */
  close(): void {
    releaseBuffers([this.#contexts, this.#values, this.#scratch.fields, this.#scratch.widths]);
  }

  *#tokenise({ width: stride, rows, channels }: Band, left: number, width: number): Steps<TokenStream> {
    const [contexts, values] = [this.#contexts, this.#values];
    let next = 0;
    for (const [channel, samples] of channels.entries()) {
      const weighted = new WeightedPredictor(width);
      for (let y = 0; y < rows; y++) {
        tokeniseRow(
          samples,
          y * stride + left,
          stride,
          width,
          y,
          channel * binsPerChannel,
          weighted,
          contexts,
          values,
          next,
        );
        next += width;
        yield width * nanosecondsPerSample;
      }
    }
    return { length: next, contexts, values };
  }
}

function tokeniseRow(
  samples: Int16Array,
  start: number,
  stride: number,
  width: number,
  y: number,
  firstContext: number,
  weighted: WeightedPredictor,
  contexts: Uint16Array,
  values: Uint16Array,
  first: number,
): void {
  for (let x = 0, at = start, next = first; x < width; x++, at++, next++) {
    const west = x > 0 ? samples[at - 1] : y > 0 ? samples[at - stride] : 0;
    const north = y > 0 ? samples[at - stride] : west;
    const northEast = y > 0 && x + 1 < width ? samples[at - stride + 1] : north;
    const value = samples[at];
    values[next] = packSigned(value - weighted.predict(x, y, north, west, northEast));
    weighted.update(value, x, y);
    contexts[next] = firstContext + errorBinOf(weighted.maxError);
  }
}

/** One channel after the other. */
function buildTree(channels: number, distributionOf: Uint8Array): MaTree {
  const build = (channel: number): MaTree => {
    const own = buildChannelTree(channel * binsPerChannel, distributionOf);
    if (channel === channels - 1) return own;
    return { property: property.channel, threshold: channel, above: build(channel + 1), notAbove: own };
  };
  return build(0);
}
