import { encodeJpegXr, writeJpegXr } from "../../../../src/imaging/jpeg-xr/encode-jpeg-xr.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";

/** The encoder, run without a pause. */
export function encodeAtOnce(...of: Parameters<typeof encodeJpegXr>): Uint8Array<ArrayBuffer> {
  return runAtOnce(encodeJpegXr(...of));
}

export function writeAtOnce(...of: Parameters<typeof writeJpegXr>): Uint8Array<ArrayBuffer> {
  return runAtOnce(writeJpegXr(...of));
}
