import { joinBytes, u24LittleEndian, u32LittleEndian } from "../../bytes/join-bytes.ts";
import { releaseBuffers } from "../../bytes/release.ts";
import { ImagingError } from "../../model/error.ts";
import { allBlocks, BlockContexts, firstOfBlock, typeOfBlock, y2Block } from "./block-contexts.ts";
import { BooleanEncoder } from "./boolean-encoder.ts";
import { chooseModeProbabilities, type ModeProbabilities, writeFrameHeader, writeModes } from "./first-partition.ts";
import { LevelReader } from "./level-reader.ts";
import { ModeReader } from "./mode-reader.ts";
import type { Steps } from "../../steps.ts";
import type { PictureEncoder } from "./picture-encoder.ts";
import { typeNodes, writeTokens } from "./tokens.ts";

/** Macroblocks that are written in one piece, and what they take: each of them, and each byte that was kept of them. */
const macroblocksPerPiece = 128;
const nanosecondsPerMacroblock = 1000;
const nanosecondsPerLevelByte = 45;

/** What comes before the first partition in a VP8 chunk: tag and sizes (RFC 6386 §9.1). */
const frameHeaderBytes = 10;

/**
 * Writes the file of a picture whose rows are all coded (RFC 9649 §2.5), and releases them on the way.
 *
 * @throws ImagingError of the kind `limit` where the modes do not fit into the first partition
 */
export function* writePicture(picture: PictureEncoder, width: number, height: number): Steps<Uint8Array<ArrayBuffer>> {
  const writer = new PictureWriter(picture);
  for (let row = 0; row < picture.macroblocksHigh; row++) {
    yield* writer.writeRow(row);
  }
  const first = writer.modes.finish();
  const tokens = writer.tokens.finish();
  if (first.length > picture.maxFirstPartitionBytes) throw new ImagingError("limit", "webp", "too many modes");
  const size = frameHeaderBytes + first.length + tokens.length;
  const file = joinBytes([
    "RIFF",
    u32LittleEndian(size + (size & 1) + 12),
    "WEBPVP8 ",
    u32LittleEndian(size),
    // A key frame, version 0, shown.
    u24LittleEndian((first.length << 5) | 0x10),
    [0x9d, 0x01, 0x2a, width & 255, width >> 8, height & 255, height >> 8],
    ...first.pages(),
    ...tokens.pages(),
    new Uint8Array(size & 1),
  ]);
  releaseBuffers([...first.pages(), ...tokens.pages()]);
  return file;
}

/** Writes both partitions, which are streams of their own, row by row. */
class PictureWriter {
  readonly modes = new BooleanEncoder();
  readonly tokens = new BooleanEncoder();
  readonly #picture: PictureEncoder;
  readonly #modeProbabilities: ModeProbabilities;
  readonly #modeReader = new ModeReader();
  readonly #levelReader = new LevelReader();
  readonly #modesAbove: Uint8Array;
  readonly #modesLeft = new Uint8Array(4);
  readonly #contexts: BlockContexts;

  constructor(picture: PictureEncoder) {
    const { macroblocksWide, baseIndex, segmentIndices, probabilities } = picture;
    this.#picture = picture;
    this.#modeProbabilities = chooseModeProbabilities(picture.segmentCounts, picture.skippedCount);
    this.#modesAbove = new Uint8Array(4 * macroblocksWide);
    this.#contexts = new BlockContexts(macroblocksWide);
    writeFrameHeader(this.modes, { baseIndex, segmentIndices, probabilities, modes: this.#modeProbabilities });
  }

  *writeRow(row: number): Steps<void> {
    const { macroblocksWide, probabilities } = this.#picture;
    const contexts = this.#contexts;
    const reader = this.#levelReader;
    const { levels, ends } = reader;
    const modesLeft = this.#modesLeft.fill(0);
    contexts.beginRow();
    const work =
      nanosecondsPerMacroblock + (nanosecondsPerLevelByte * this.#picture.levels[row].length) / macroblocksWide;
    this.#modeReader.begin(this.#picture.modes[row]);
    reader.begin(this.#picture.levels[row]);
    for (let column = 0; column < macroblocksWide; column++) {
      const modes = this.#modeReader.next();
      const hasY2 = !modes.subblocks;
      writeModes(this.modes, modes, this.#modeProbabilities, this.#modesAbove, 4 * column, modesLeft);
      if (modes.skipped) ends.fill(0);
      else reader.next(hasY2);
      contexts.resolve(column, ends, hasY2);
      if (!modes.skipped) writeMacroblock(this.tokens, probabilities, contexts.contexts, levels, ends, hasY2);
      const done = (column % macroblocksPerPiece) + 1;
      if (done === macroblocksPerPiece || column === macroblocksWide - 1) yield done * work;
    }
    this.#picture.release(row);
  }
}

/** Tokens of Y2 come first (RFC 6386 §13). */
function writeMacroblock(
  encoder: BooleanEncoder,
  probabilities: Uint8Array,
  contexts: Uint8Array,
  levels: Int16Array,
  ends: Uint8Array,
  hasY2: boolean,
): void {
  for (let i = hasY2 ? -1 : 0; i < allBlocks - 1; i++) {
    const block = i < 0 ? y2Block : i;
    const type = typeOfBlock(block, hasY2) * typeNodes;
    const first = firstOfBlock(block, hasY2);
    writeTokens(encoder, probabilities, type, contexts[block], levels, 16 * block, first, ends[block]);
  }
}
