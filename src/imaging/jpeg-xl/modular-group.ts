import { AnsScratch, type TokenStream, writeAnsStream } from "./ans-encoder.ts";
import { releaseBuffers } from "../bytes/release.ts";
import { ImagingError } from "../model/error.ts";
import type { BitWriter } from "./bit-writer.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import { binOf, binsPerChannel, buildChannelTree } from "./error-bins.ts";
import type { SampleDepth } from "./header.ts";
import { codableValues, codableWideValues, finestWideTokens, listTokens } from "./hybrid-uint.ts";
import { type MaTree, property, writeMaTree } from "./ma-tree.ts";
import type { Steps } from "../steps.ts";

/** Rows of a picture in channels, of which groups are rectangles. */
export interface Band {
  readonly width: number;
  readonly rows: number;
  /** `width × rows` samples each. */
  readonly channels: readonly Samples[];
}

/** 8 bits and their differences have room in 16; those of 16 bits do not. */
export type Samples = Int16Array | Int32Array;

/** Sides of groups are 128 × 2^1: larger ones take four times the memory and save 0.2 per cent. */
export const groupSizeShift = 1;
export const modularGroupSide = 128 << groupSizeShift;

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

/** Contexts of four channels. */
const mostContexts = 4 * binsPerChannel;

/** Time to predict a sample and to count its token. */
const nanosecondsPerSample = 25;

/** Rows that are predicted in one piece. */
const rowsPerPiece = 16;

/** A global that says where something is in the kernel's memory. */
interface Address {
  readonly value: number;
}

/** What `kernel/index.ts` exports; the meaning of each is said there. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly begin: (mostSamples: number) => void;
  readonly beginGroup: () => void;
  readonly tokeniseRow: (width: number, y: number, firstContext: number, errorShift: number, next: number) => void;
  readonly largestValue: () => number;
  readonly row: Address;
  readonly errorBins: Address;
  readonly counts: Address;
  readonly contexts: Address;
  readonly values: Address;
}

/** Errors of samples with 16 bits are so much larger, as a power of two, where they are to choose a context. */
const wideErrorShift = 4;

/**
 * Writes groups of a modular frame, each with a tree and distributions of its own, so that nothing has to be known of those after
 * it (ISO/IEC 18181-1 §H). Every sample has the weighted predictor; the errors around it choose its distribution.
 */
export class ModularGroupWriter {
  readonly #scratch = new AnsScratch();
  readonly #kernel: Kernel;
  readonly #row: Int32Array;
  readonly #contexts: Uint16Array;
  readonly #values: Uint32Array;
  readonly #counts: Uint32Array;
  readonly #errorShift: number;
  /** Of values that are larger than usual. */
  readonly #tokenOf: Uint8Array | undefined;
  readonly #codableValues: number;

  /**
   * @param module the compiled kernel, of which this takes an instance
   * @param mostSamples of a group, in all channels, whose rows have 256 samples at most
   */
  constructor(module: WebAssembly.Module, mostSamples: number, bitDepth: SampleDepth) {
    const kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
    // Memory grows here and never again: arrays that are views of it stay valid.
    kernel.begin(mostSamples);
    const { buffer } = kernel.memory;
    this.#kernel = kernel;
    this.#row = new Int32Array(buffer, kernel.row.value, modularGroupSide);
    this.#contexts = new Uint16Array(buffer, kernel.contexts.value, mostSamples);
    this.#values = new Uint32Array(buffer, kernel.values.value, mostSamples);
    this.#counts = new Uint32Array(buffer, kernel.counts.value, mostContexts * finestWideTokens);
    new Uint8Array(buffer, kernel.errorBins.value, binOf.length).set(binOf);
    const isWide = bitDepth > 8;
    this.#errorShift = isWide ? wideErrorShift : 0;
    this.#tokenOf = isWide ? listTokens(codableWideValues) : undefined;
    this.#codableValues = isWide ? codableWideValues : codableValues;
  }

  /**
   * The group of columns `left` to `left + width` of a band. `transforms`: a whole picture's, which is a single group.
   * @throws ImagingError `limit` for samples that no predictor comes near to
   */
  *write(writer: BitWriter, band: Band, left: number, width: number, transforms: Transforms = "none"): Steps<void> {
    const stream = yield* this.#tokenise(band, left, width);
    const contexts = band.channels.length * binsPerChannel;
    const counts = this.#counts.subarray(0, contexts * finestWideTokens);
    const code = yield* buildEntropyCode(
      { contexts, bins: finestWideTokens, counts },
      { maxClusters: maxDistributions, tokenOf: this.#tokenOf },
    );
    writeModularHeader(writer, "own tree", transforms);
    const leaves = writeMaTree(writer, buildTree(band.channels.length, code.distributionOf, this.#errorShift));
    writeEntropyCode(writer, {
      ...code,
      contexts: leaves.length,
      distributionOf: Uint8Array.from(leaves, (context) => code.distributionOf[context]),
    });
    yield* writeAnsStream(writer, code, stream, this.#scratch);
    releaseBuffers([code.tables.slots]);
  }

  /** Releases everything but the kernel's instance. */
  close(): void {
    releaseBuffers([
      this.#scratch.fields,
      this.#scratch.widths,
      ...(this.#tokenOf === undefined ? [] : [this.#tokenOf]),
    ]);
  }

  *#tokenise({ width: stride, rows, channels }: Band, left: number, width: number): Steps<TokenStream> {
    const [kernel, row] = [this.#kernel, this.#row];
    kernel.beginGroup();
    let next = 0;
    for (const [channel, samples] of channels.entries()) {
      for (let y = 0; y < rows; y++) {
        const start = y * stride + left;
        row.set(samples.subarray(start, start + width));
        kernel.tokeniseRow(width, y, channel * binsPerChannel, this.#errorShift, next);
        next += width;
        if (y % rowsPerPiece === rowsPerPiece - 1) yield rowsPerPiece * width * nanosecondsPerSample;
      }
    }
    if (kernel.largestValue() >= this.#codableValues) throw new ImagingError("limit", "jxl", "differences");
    return { length: next, contexts: this.#contexts, values: this.#values };
  }
}

/** One channel after the other. */
function buildTree(channels: number, distributionOf: Uint8Array, errorShift: number): MaTree {
  const build = (channel: number): MaTree => {
    const own = buildChannelTree(channel * binsPerChannel, distributionOf, errorShift);
    if (channel === channels - 1) return own;
    return { property: property.channel, threshold: channel, above: build(channel + 1), notAbove: own };
  };
  return build(0);
}
