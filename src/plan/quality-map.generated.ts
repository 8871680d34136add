/**
 * Made by `node scripts/calibrate-quality.ts` on 2026-11-22; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
  "webp": [[50, 68], [60, 68], [70, 71], [75, 76], [80, 79], [82, 80], [85, 82], [90, 84], [92, 87], [95, 90], [100, 98]],
  "avif full chroma": [[50, 51], [60, 52], [70, 54], [75, 55], [80, 58], [82, 59], [85, 61], [90, 65], [92, 70], [95, 77], [100, 90]],
  "avif halved chroma": [[50, 52], [60, 55], [70, 57], [75, 58], [80, 61], [82, 62], [85, 64], [90, 70], [92, 74], [95, 81], [100, 92]],
  "avif full chroma, slow": [[50, 47], [60, 49], [70, 51], [75, 51], [80, 55], [82, 56], [85, 58], [90, 62], [92, 68], [95, 75], [100, 89]],
  "jp2": [[50, 38], [60, 41], [70, 45], [75, 52], [80, 62], [82, 66], [85, 71], [90, 80], [92, 84], [95, 89], [100, 95]],
  "jxr": [[50, 71], [60, 73], [70, 77], [75, 79], [80, 82], [82, 84], [85, 85], [90, 88], [92, 90], [95, 93], [100, 97]],
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;
