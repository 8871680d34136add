import { readSparseBlocks } from "../../../../src/imaging/jpeg/decode/read-sparse.ts";
import type { OptimisedMetadata } from "../../../../src/imaging/jpeg/optimise/metadata.ts";
import { writeOptimised } from "../../../../src/imaging/jpeg/optimise/optimise.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";

/** The same coefficients in fewer bytes, at once. */
export function optimiseJpeg(bytes: Uint8Array, { metadata }: { readonly metadata: OptimisedMetadata }): Uint8Array {
  const frame = readJpegFrame(bytes);
  const sparse = runAtOnce(readSparseBlocks(bytes, frame));
  return runAtOnce(writeOptimised(bytes, frame, sparse, metadata));
}
