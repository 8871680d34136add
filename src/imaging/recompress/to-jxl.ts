import { releaseBuffers } from "../bytes/release.ts";
import { estimatePackedMemory, type PackedCoefficients } from "../jpeg/decode/packed-coefficients.ts";
import { readPacked, streamBands } from "../jpeg/decode/read-coefficients.ts";
import type { BandConsumer, JpegFrame } from "../jpeg/frame.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { checkRequantisable } from "../jpeg/requantise/check.ts";
import { samplePacked, sampleStreamed } from "../jpeg/requantise/luma-sample.ts";
import type { ChosenStrength } from "../jpeg/requantise/choose-strength.ts";
import { Requantiser } from "../jpeg/requantise/requantiser.ts";
import { noJxlForm } from "../jpeg-xl/error.ts";
import { chooseJxlStrength, lossyQuantisation } from "../jpeg-xl/lossy.ts";
import { writeJxl } from "../jpeg-xl/write.ts";
import type { Steps } from "../steps.ts";
import type { RecompressRecipe } from "../model/recipe.ts";
import type { RecompressedFile } from "./recompressed-file.ts";

type JxlRecipe =
  | Extract<RecompressRecipe, { readonly format: "jxl" }>
  | Extract<RecompressRecipe, { readonly exact: false }>;

/** Writes the coefficients of a JPEG as JPEG XL. Throws an `ImagingError` for what has no such form. */
export function* recompressToJxl(bytes: Uint8Array, recipe: JxlRecipe): Steps<RecompressedFile> {
  const frame = readJpegFrame(bytes);
  if (!recipe.exact) checkRequantisable(frame);
  const packed = frame.shape === "dense" ? yield* readPacked(bytes, frame) : undefined;
  const chosen = recipe.exact ? undefined : yield* chooseStrength(bytes, frame, packed, recipe.targetScore);
  const quantisation = chosen && frame.components.map((_, index) => lossyQuantisation(frame, index, chosen.strength));
  const requantiser =
    quantisation &&
    new Requantiser(
      frame,
      quantisation.map(({ steps }) => steps),
    );
  if (packed !== undefined && requantiser !== undefined) yield* packed.requantiseDc(requantiser);
  const limits = frame.components.map((component, index) =>
    mostDc((quantisation?.[index]?.steps ?? component.quantisation)[0] ?? 1),
  );
  const checked = (consume: BandConsumer): BandConsumer => checkMeans(limits, consume);
  const source = {
    frame,
    sourceBytes: bytes.length,
    ...(packed === undefined
      ? { stream: (consume: BandConsumer) => streamBands(bytes, frame, checked(consume), requantiser) }
      : {
          stream: (consume: BandConsumer) => packed.takeBands(checked(consume), requantiser),
          dcPlanes: packed.dc,
          held: { bytes: () => packed.heldBytes, most: estimatePackedMemory(frame).kept },
        }),
  };
  const file = yield* writeJxl(source, {
    exact: recipe.exact && recipe.unbiased,
    iccProfile: frame.iccProfile,
    orientation: frame.orientation,
    ...(quantisation && { quantisation }),
  });
  return { bytes: file as Uint8Array<ArrayBuffer>, ...(chosen && { score: chosen.score }) };
}

/** Levels by which the mean of a block may leave the range of 8 bits beyond what rounding does. */
const overshoot = 8;

/** DC of such a block, where it is a multiple of `step`: eight times the mean (T.81 §A.3.3). */
function mostDc(step: number): number {
  return (8 * (128 + overshoot) + step) / step;
}

/**
 * Decoders of JPEG clip each component to 8 bits before they convert colours, those of JPEG XL do not: where whole blocks are
 * beyond, which no encoder makes, they would show other colours.
 */
function checkMeans(limits: readonly number[], consume: BandConsumer): BandConsumer {
  return function* (bandIndex, firstBlockRow, planes) {
    for (const [index, limit] of limits.entries()) {
      const plane = planes[index];
      for (let at = 0; at < plane.length; at += 64)
        if (Math.abs(plane[at]) > limit) throw noJxlForm("coefficient-range");
    }
    yield* consume(bandIndex, firstBlockRow, planes);
  };
}

function* chooseStrength(
  bytes: Uint8Array,
  frame: JpegFrame,
  packed: PackedCoefficients | undefined,
  targetScore: number,
): Steps<ChosenStrength> {
  // What is streamed is read twice, which takes less than to keep it.
  const sample = packed === undefined ? yield* sampleStreamed(bytes, frame) : yield* samplePacked(frame, packed);
  const chosen = yield* chooseJxlStrength(sample, targetScore);
  releaseBuffers([sample.coefficients]);
  return chosen;
}
