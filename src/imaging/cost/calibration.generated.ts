/**
 * Made by `node scripts/calibrate-quality.ts` on 2026-11-29; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
  "webp": [[50, 76], [60, 77], [70, 77], [76, 79], [82, 81], [86, 83], [90, 85], [95, 90], [100, 96]],
  "webp rows": [[50, 66], [60, 70], [70, 74], [76, 77], [82, 79], [86, 82], [90, 85], [95, 90], [100, 100]],
  "avif full chroma": [[50, 41], [60, 42], [70, 44], [76, 47], [82, 50], [86, 54], [90, 59], [95, 72], [100, 88]],
  "avif halved chroma": [[50, 41], [60, 43], [70, 45], [76, 47], [82, 51], [86, 56], [90, 60], [95, 73], [100, 90]],
  "avif full chroma, slow": [[50, 39], [60, 40], [70, 43], [76, 45], [82, 48], [86, 52], [90, 57], [95, 71], [100, 87]],
  "avif full chroma, 10 bits": [[50, 40], [60, 42], [70, 44], [76, 46], [82, 49], [86, 52], [90, 57], [95, 68], [100, 83]],
  "avif halved chroma, 10 bits": [[50, 40], [60, 42], [70, 44], [76, 47], [82, 50], [86, 54], [90, 58], [95, 69], [100, 83]],
  "avif full chroma, slow, 10 bits": [[50, 39], [60, 40], [70, 42], [76, 45], [82, 48], [86, 51], [90, 56], [95, 68], [100, 82]],
  "jp2": [[50, 53], [60, 53], [70, 53], [75, 54], [80, 62], [82, 66], [85, 71], [90, 80], [92, 84], [95, 89], [100, 95]],
  "jxr": [[50, 77], [60, 78], [70, 80], [75, 82], [80, 84], [82, 84], [85, 86], [90, 88], [92, 90], [95, 93], [100, 97]],
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;

/** SSIMULACRA 2 is 100 − factor × dissimilarity ^ power; and that of a typical picture by quality, from an arbitrary zero. */
// prettier-ignore
export const calibratedScore = {
  "webp": { factor: 156.390, power: 0.520, typical: [[40, 0.0], [75, 11.7], [100, 31.3]] },
  "avif full chroma": { factor: 124.299, power: 0.480, typical: [[40, 0.0], [48, 7.7], [60, 16.7], [100, 31.7]] },
  "avif halved chroma": { factor: 130.195, power: 0.483, typical: [[40, 0.0], [48, 8.1], [60, 17.0], [100, 33.8]] },
  "webp rows": { factor: 121.380, power: 0.460, typical: [[40, 0.0], [75, 12.5], [100, 33.4]] },
} as const;
