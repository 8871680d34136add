/**
 * Made by `node scripts/calibrate-quality.ts` on 2026-11-23; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
  "webp": [[50, 76], [60, 77], [70, 77], [76, 79], [82, 81], [86, 83], [90, 85], [95, 90], [100, 96]],
  "avif full chroma": [[50, 54], [60, 54], [70, 55], [75, 56], [80, 58], [82, 59], [85, 61], [90, 65], [92, 70], [95, 77], [100, 90]],
  "avif halved chroma": [[50, 55], [60, 57], [70, 57], [75, 59], [80, 61], [82, 63], [85, 65], [90, 71], [92, 75], [95, 81], [100, 92]],
  "avif full chroma, slow": [[50, 51], [60, 52], [70, 52], [75, 54], [80, 56], [82, 57], [85, 59], [90, 63], [92, 68], [95, 75], [100, 89]],
  "avif full chroma, 10 bits": [[50, 51], [60, 53], [70, 53], [76, 56], [82, 58], [86, 61], [90, 64], [95, 75], [100, 85]],
  "avif halved chroma, 10 bits": [[50, 54], [60, 56], [70, 58], [76, 59], [82, 62], [86, 64], [90, 68], [95, 77], [100, 87]],
  "avif full chroma, slow, 10 bits": [[50, 50], [60, 50], [70, 52], [76, 54], [82, 56], [86, 58], [90, 61], [95, 73], [100, 84]],
  "jp2": [[50, 53], [60, 53], [70, 53], [75, 54], [80, 62], [82, 66], [85, 71], [90, 80], [92, 84], [95, 89], [100, 95]],
  "jxr": [[50, 77], [60, 78], [70, 80], [75, 82], [80, 84], [82, 84], [85, 86], [90, 88], [92, 90], [95, 93], [100, 97]],
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;

/** SSIMULACRA 2 is 100 − factor × dissimilarity ^ power; and that of a typical picture by quality, from an arbitrary zero. */
// prettier-ignore
export const calibratedScore = {
  "webp": { factor: 156.390, power: 0.520, typical: [[40, 0.0], [75, 11.7], [100, 31.3]] },
  "avif full chroma": { factor: 136.110, power: 0.520, typical: [[40, 0.0], [48, 9.5], [60, 21.0], [100, 41.3]] },
  "avif halved chroma": { factor: 142.200, power: 0.500, typical: [[40, 0.0], [48, 9.4], [60, 22.6], [100, 45.7]] },
} as const;
