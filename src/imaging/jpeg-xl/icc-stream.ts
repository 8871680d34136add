import { AnsScratch, writeAnsStream } from "./ans-encoder.ts";
import { readProfileHeader } from "../colour/icc-header.ts";
import type { JpegFrame } from "../jpeg/frame.ts";
import { writeU64 } from "./bit-writer.ts";
import type { BitWriter } from "./bit-writer.ts";
import { createHistograms } from "./context-histograms.ts";
import { buildEntropyCode, writeEntropyCode } from "./entropy-code.ts";
import { predictProfile } from "./icc-prediction.ts";
import type { Steps } from "../steps.ts";

/** Contexts of the bytes of a transformed profile (ISO/IEC 18181-1 §E.4.2). */
const iccContexts = 41;

/** Time to predict a byte of a profile. */
const nanosecondsPerByte = 20;

/** Bytes of a profile's header (ICC.1 §7.2). */
const headerBytes = 128;

/** Larger profiles take long to predict, and are those of presses. */
export const maxCarriedBytes = 1 << 20;

/**
 * Whether a JPEG has no profile, or one that JPEG XL can carry: one that every decoder takes for pictures of as many
 * components. Decoders refuse the whole file for others. A gray JPEG with an RGB profile, whose tone curve browsers
 * apply, has no equal form, because that profile does not describe a gray JPEG XL.
 */
export function canCarryProfile(
  frame: Pick<JpegFrame, "components" | "hasIcc">,
  profile: Uint8Array | undefined,
): boolean {
  if (profile === undefined) return !frame.hasIcc;
  const space = frame.components.length === 1 ? "gray" : "rgb";
  return profile.length <= maxCarriedBytes && readProfileHeader(profile)?.space === space;
}

/** Writes an ICC profile so that a decoder gets it back byte by byte (ISO/IEC 18181-1 §E.4). */
export function* writeIccStream(writer: BitWriter, profile: Uint8Array): Steps<void> {
  const bytes = predictProfile(profile);
  yield bytes.length * nanosecondsPerByte;
  const contexts = new Uint16Array(bytes.length);
  for (let i = headerBytes + 1; i < bytes.length; i++) {
    contexts[i] = 1 + lastByteKind[bytes[i - 1]] + 8 * byteBeforeKind[bytes[i - 2]];
  }
  const stream = { length: bytes.length, contexts, values: Uint16Array.from(bytes) };
  const histograms = createHistograms(iccContexts, 256);
  for (let i = 0; i < bytes.length; i++) histograms.counts[contexts[i] * 256 + bytes[i]]++;
  const code = yield* buildEntropyCode(histograms, { bytes: true });
  writeU64(writer, bytes.length);
  writeEntropyCode(writer, code);
  yield* writeAnsStream(writer, code, stream, new AnsScratch());
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** Digits, full stop and comma. */
function isNumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2c;
}

const lastByteKind = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isLetter(byte)) return 0;
  if (isNumeric(byte)) return 1;
  if (byte <= 1) return 2 + byte;
  if (byte < 16) return 4;
  if (byte === 255) return 6;
  return byte > 240 ? 5 : 7;
});

const byteBeforeKind = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isLetter(byte)) return 0;
  if (isNumeric(byte)) return 1;
  if (byte < 16) return 2;
  return byte > 240 ? 3 : 4;
});
