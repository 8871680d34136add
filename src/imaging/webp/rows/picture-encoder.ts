import { releaseBuffers } from "../../bytes/release.ts";
import { contextTableSize, extraCosts, tokenOfLevel, updateTokenCosts } from "./costs.ts";
import { chromaModeCosts, lumaModeCosts, subblockModeCosts, subblocksCost } from "./mode-costs.ts";
import type { Steps } from "../../steps.ts";
import { updateProbabilities } from "./probabilities.ts";
import { defaultProbabilities } from "./probability-tables.ts";
import { createQuantiser, type StepSizes } from "./quantisers.ts";
import { RowPlanes } from "./row-planes.ts";
import { chooseSegmentIndices, segmentCount } from "./segments.ts";

/** A global that says where something is in the kernel's memory. */
interface Address {
  readonly value: number;
}

/** What `kernel/index.ts` exports; the meaning of each is said there. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly begin: (macroblocksWide: number, macroblocksHigh: number, modesBudget: number) => void;
  readonly encodeMacroblocks: (count: number) => number;
  readonly modeBytes: () => number;
  readonly levelBytes: () => number;
  readonly tokenOfLevel: Address;
  readonly extraCosts: Address;
  readonly lumaModeCosts: Address;
  readonly chromaModeCosts: Address;
  readonly subblockModeCosts: Address;
  readonly segments: Address;
  readonly tokenCosts: Address;
  readonly tokenCounts: Address;
  readonly segmentCounts: Address;
  readonly skippedCount: Address;
  readonly lumaPlane: Address;
  readonly uPlane: Address;
  readonly vPlane: Address;
  readonly rowModes: Address;
  readonly rowLevels: Address;
}

/** The first partition's size has 19 bits (RFC 6386 §9.1). */
const maxFirstPartitionBytes = (1 << 19) - 1;

/** Macroblocks that are coded in one piece, and what they take: each of them, and each byte of what is kept of them. */
const macroblocksPerPiece = 64;
const nanosecondsPerMacroblock = 8000;
const nanosecondsPerLevelByte = 160;

/** Kept free in the first partition for its header, and for what the estimate of modes may miss. */
const spareBytes = 2048;

const none = new Uint8Array(0);

/**
 * Codes a picture as a VP8 key frame (RFC 6386), macroblock row by macroblock row, and keeps modes and levels until
 * `writePicture()` writes them. Each picture has an instance of the kernel, whose memory goes with it.
 */
export class PictureEncoder {
  readonly macroblocksWide: number;
  readonly macroblocksHigh: number;
  readonly baseIndex: number;
  readonly segmentIndices: readonly number[];
  readonly maxFirstPartitionBytes: number;
  /** The row that comes in; after `encodeRow()`, what decoders show of it. */
  readonly planes: RowPlanes;
  /** By row, as the kernel writes them. */
  readonly modes: Uint8Array[] = [];
  readonly levels: Uint8Array[] = [];
  /** Of tokens, from all rows so far. */
  readonly probabilities = new Uint8Array(defaultProbabilities);
  /** Macroblocks of each segment. */
  readonly segmentCounts: Uint32Array;
  readonly #skippedCount: Uint32Array;
  readonly #kernel: Kernel;
  readonly #tokenCosts: Int32Array;
  readonly #tokenCounts: Uint32Array;
  #heldBytes = 0;

  /**
   * `baseIndex` is the quantiser index of busy areas, 0–127; flat ones get a finer one. Modes are chosen so that the first
   * partition does not exceed its bytes.
   */
  constructor(
    module: WebAssembly.Module,
    macroblocksWide: number,
    macroblocksHigh: number,
    baseIndex: number,
    firstPartitionBytes = maxFirstPartitionBytes,
  ) {
    this.macroblocksWide = macroblocksWide;
    this.macroblocksHigh = macroblocksHigh;
    this.baseIndex = baseIndex;
    this.segmentIndices = chooseSegmentIndices(baseIndex);
    this.maxFirstPartitionBytes = firstPartitionBytes;
    const kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
    // Memory grows here and never again: arrays that are views of it stay valid.
    kernel.begin(macroblocksWide, macroblocksHigh, (firstPartitionBytes - spareBytes) * 8 * 256);
    this.#kernel = kernel;
    const { buffer } = kernel.memory;
    this.planes = new RowPlanes(
      macroblocksWide,
      new Uint8Array(buffer, kernel.lumaPlane.value, 256 * macroblocksWide),
      new Uint8Array(buffer, kernel.uPlane.value, 64 * macroblocksWide),
      new Uint8Array(buffer, kernel.vPlane.value, 64 * macroblocksWide),
    );
    this.segmentCounts = new Uint32Array(buffer, kernel.segmentCounts.value, segmentCount);
    this.#skippedCount = new Uint32Array(buffer, kernel.skippedCount.value, 1);
    this.#tokenCosts = new Int32Array(buffer, kernel.tokenCosts.value, contextTableSize);
    this.#tokenCounts = new Uint32Array(buffer, kernel.tokenCounts.value, contextTableSize);
    this.#writeTables(buffer, kernel);
    updateTokenCosts(this.#tokenCosts, this.probabilities);
  }

  #writeTables(buffer: ArrayBuffer, kernel: Kernel): void {
    const segments = this.segmentIndices.flatMap(describeSegment);
    const writeInts = (at: Address, values: ArrayLike<number>): void => {
      new Int32Array(buffer, at.value, values.length).set(values);
    };
    new Uint8Array(buffer, kernel.tokenOfLevel.value, tokenOfLevel.length).set(tokenOfLevel);
    new Uint16Array(buffer, kernel.subblockModeCosts.value, subblockModeCosts.length).set(subblockModeCosts);
    writeInts(kernel.extraCosts, extraCosts);
    writeInts(kernel.lumaModeCosts, [...lumaModeCosts, subblocksCost]);
    writeInts(kernel.chromaModeCosts, chromaModeCosts);
    writeInts(kernel.segments, segments);
  }

  /** Macroblocks without a level that is not 0. */
  get skippedCount(): number {
    return this.#skippedCount[0];
  }

  /** Bytes of modes and levels that are kept. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Codes the row that is in `planes`. */
  *encodeRow(): Steps<void> {
    const kernel = this.#kernel;
    const { macroblocksWide } = this;
    let [coded, bytes, hasEnded] = [0, 0, false];
    do {
      hasEnded = kernel.encodeMacroblocks(macroblocksPerPiece) !== 0;
      const [codedBefore, bytesBefore] = [coded, bytes];
      coded = Math.min(coded + macroblocksPerPiece, macroblocksWide);
      bytes = kernel.levelBytes();
      yield (coded - codedBefore) * nanosecondsPerMacroblock + (bytes - bytesBefore) * nanosecondsPerLevelByte;
    } while (!hasEnded);
    this.#keep(this.modes, kernel.rowModes, kernel.modeBytes());
    this.#keep(this.levels, kernel.rowLevels, kernel.levelBytes());
    updateProbabilities(this.probabilities, this.#tokenCounts);
    updateTokenCosts(this.#tokenCosts, this.probabilities);
  }

  #keep(rows: Uint8Array[], at: Address, length: number): void {
    rows.push(new Uint8Array(this.#kernel.memory.buffer, at.value, length).slice());
    this.#heldBytes += length;
  }

  /** Forgets the modes and the levels of a row. */
  release(row: number): void {
    this.#heldBytes -= this.modes[row].length + this.levels[row].length;
    releaseBuffers([this.modes[row], this.levels[row]]);
    this.modes[row] = none;
    this.levels[row] = none;
  }
}

/** A segment as the kernel reads it, 16 numbers. */
function describeSegment(index: number): number[] {
  const { luma, y2, chroma, lambda, chromaLambda } = createQuantiser(index);
  const list = ({ dc, ac, dcReciprocal, acReciprocal }: StepSizes): number[] => [dc, ac, dcReciprocal, acReciprocal];
  return [...list(luma), ...list(y2), ...list(chroma), lambda, chromaLambda, 0, 0];
}
