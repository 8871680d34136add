import type { TiffLayout } from "./layout.ts";

/** Samples of a row, channels interleaved, in their own range: 0 to 2^bits − 1. */
export type Samples = Uint8Array | Uint16Array;

type SampleFormat = Pick<TiffLayout, "bits" | "directory">;

/** Bytes of a row of `count` samples: rows begin at whole bytes (TIFF 6.0 §3). */
export function rowBytes(count: number, bits: number): number {
  return Math.ceil((count * bits) / 8);
}

/** Numbers from the bytes of a row. 8-bit samples are the bytes themselves, not a copy. */
export function readSamples(bytes: Uint8Array, target: Samples, { bits, directory }: SampleFormat): Samples {
  if (bits === 8) return bytes;
  if (bits < 8) unpackBits(bytes, target, bits);
  else {
    // Kept apart from the loop, which runs for every sample.
    const low = directory.structure.reader.littleEndian ? 0 : 1;
    const high = 1 - low;
    for (let i = 0, at = 0; i < target.length; i++, at += 2) {
      target[i] = (bytes[at + low] ?? 0) | ((bytes[at + high] ?? 0) << 8);
    }
  }
  return target;
}

function unpackBits(bytes: Uint8Array, target: Samples, bits: number): void {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (let i = 0; i < target.length; i++) {
    const shift = 8 - bits * ((i % perByte) + 1);
    target[i] = ((bytes[Math.floor(i / perByte)] ?? 0) >> shift) & mask;
  }
}

/**
 * Predictor 2 (TIFF 6.0 §14): samples are differences from the same channel of the pixel before, modulo the range of a
 * sample, which the array's own type takes care of. Differences are of numbers, so the byte order is undone before.
 */
export function undoDifferences(samples: Samples, channels: number): void {
  for (let i = channels; i < samples.length; i++) {
    samples[i] = (samples[i] ?? 0) + (samples[i - channels] ?? 0);
  }
}

/** Puts the samples of one channel into their places among all channels. */
export function interleave(plane: Samples, target: Samples, channel: number, channels: number): void {
  for (let i = 0, at = channel; i < plane.length; i++, at += channels) target[at] = plane[i] ?? 0;
}
