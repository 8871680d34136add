import { releaseBuffers } from "../bytes/release.ts";
import { readSparseBlocks } from "../jpeg/decode/read-sparse.ts";
import { chooseJpegStrength, lossyDivisors } from "../jpeg/optimise/lossy.ts";
import type { OptimisedMetadata } from "../jpeg/optimise/metadata.ts";
import { writeOptimised } from "../jpeg/optimise/optimise.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { checkRequantisable } from "../jpeg/requantise/check.ts";
import { sampleSparse } from "../jpeg/requantise/luma-sample.ts";
import { Requantiser } from "../jpeg/requantise/requantiser.ts";
import type { Steps } from "../steps.ts";
import type { RecompressRecipe } from "../model/recipe.ts";
import type { MetadataSetting } from "../model/settings.ts";
import type { RecompressedFile } from "./recompressed-file.ts";

/** What belongs to the picture. */
const parts: OptimisedMetadata = { icc: true, orientation: true, jfif: true, adobe: true };

/** Writes the coefficients of a JPEG as a smaller one. Throws an `ImagingError` for what has no such form. */
export function* recompressToJpeg(
  bytes: Uint8Array,
  recipe: RecompressRecipe,
  keep: MetadataSetting,
): Steps<RecompressedFile> {
  const frame = readJpegFrame(bytes);
  const metadata = keep === "keep" ? "keep" : parts;
  if (recipe.exact) {
    const sparse = yield* readSparseBlocks(bytes, frame);
    return { bytes: yield* writeOptimised(bytes, frame, sparse, metadata) };
  }
  checkRequantisable(frame);
  const sparse = yield* readSparseBlocks(bytes, frame);
  const sample = yield* sampleSparse(frame, sparse);
  const { strength, score } = yield* chooseJpegStrength(sample, recipe.targetScore);
  releaseBuffers([sample.coefficients]);
  const components = frame.components.map((component, index) => ({
    ...component,
    quantisation: lossyDivisors(frame, index, strength),
  }));
  const steps = components.map(({ quantisation }) => quantisation);
  yield* sparse.requantise(new Requantiser(frame, steps));
  return { bytes: yield* writeOptimised(bytes, { ...frame, components }, sparse, metadata), score };
}
