/**
 * Made by `node scripts/calibrate-quality.ts` on 2026-11-22; see docs/decisions/011. Encoder quality by JPEG source
 * quality, as support points of a line: by encoder, its chroma, and its speed where that matters.
 */
// prettier-ignore
export const calibratedQuality = {
  "webp": [[50, 77], [60, 77], [70, 77], [75, 78], [80, 80], [82, 81], [85, 82], [90, 85], [92, 87], [95, 90], [100, 97]],
  "avif full chroma": [[50, 54], [60, 54], [70, 55], [75, 56], [80, 58], [82, 59], [85, 61], [90, 65], [92, 70], [95, 77], [100, 90]],
  "avif halved chroma": [[50, 55], [60, 57], [70, 57], [75, 59], [80, 61], [82, 63], [85, 65], [90, 71], [92, 75], [95, 81], [100, 92]],
  "avif full chroma, slow": [[50, 51], [60, 52], [70, 52], [75, 54], [80, 56], [82, 57], [85, 59], [90, 63], [92, 68], [95, 75], [100, 89]],
  "jp2": [[50, 53], [60, 53], [70, 53], [75, 54], [80, 62], [82, 66], [85, 71], [90, 80], [92, 84], [95, 89], [100, 95]],
  "jxr": [[50, 77], [60, 78], [70, 80], [75, 82], [80, 84], [82, 84], [85, 86], [90, 88], [92, 90], [95, 93], [100, 97]],
  "avif full chroma, 10 bits": [[50, 52], [60, 52], [70, 53], [75, 54], [80, 56], [82, 57], [85, 59], [90, 63], [92, 68], [95, 75], [100, 88]],
  "avif halved chroma, 10 bits": [[50, 53], [60, 55], [70, 55], [75, 57], [80, 59], [82, 61], [85, 63], [90, 69], [92, 73], [95, 79], [100, 90]],
  "avif full chroma, slow, 10 bits": [[50, 49], [60, 50], [70, 50], [75, 52], [80, 54], [82, 55], [85, 57], [90, 61], [92, 66], [95, 73], [100, 87]],
} as const satisfies Record<string, readonly (readonly [sourceQuality: number, encoderQuality: number])[]>;
