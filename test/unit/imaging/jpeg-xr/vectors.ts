/**
 * What the reference encoder (JxrEncApp of jxrlib, spatial order) writes after the plane header: tile header and
 * macroblocks. SHA-256, first half.
 */
import type { Overlap } from "../../../../src/imaging/jpeg-xr/plane-rows.ts";
import type { QuantiserIndices } from "../../../../src/imaging/jpeg-xr/quantiser.ts";

/** Samples of the vectors' images, of which the low 8 bits count. */
export const vectorImages = {
  slopes: (x: number, y: number, channel: number) => x * 7 + y * 13 + channel * 50 + ((x * y) >> 3),
  curves: (x: number, y: number, channel: number) => (x * x * 3 + y * y * 5 + x * y * 7 + channel * 91) >> 4,
  noise: (x: number, y: number, channel: number) => Math.imul(x * 131 + y * 977 + channel * 7919, 2654435761) >>> 13,
} as const;

export interface PayloadVector {
  readonly image: keyof typeof vectorImages;
  readonly width: number;
  readonly height: number;
  readonly model: "gray" | "rgb";
  readonly overlap: Overlap;
  readonly indices: QuantiserIndices | undefined;
  readonly bytes: number;
  readonly sha256: string;
}

// prettier-ignore
export const payloadVectors: readonly PayloadVector[] = [
  { image: "slopes", width: 16, height: 16, model: "gray", overlap: 0, indices: undefined, bytes: 220, sha256: "19bbc1c2c7d75cdf0d9dde298d8c394d" },
  { image: "slopes", width: 16, height: 16, model: "gray", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 118, sha256: "98d106a57f9305b3c2a5604a890da84d" },
  { image: "slopes", width: 16, height: 16, model: "gray", overlap: 1, indices: undefined, bytes: 288, sha256: "324871a02b6ca457e0de18d44a8daa32" },
  { image: "slopes", width: 16, height: 16, model: "gray", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 82, sha256: "e5e9cff17308f87fa81b0d49a99b7715" },
  { image: "slopes", width: 40, height: 24, model: "rgb", overlap: 0, indices: undefined, bytes: 3343, sha256: "0c54fa92dd52259f9f0d17332b2654ff" },
  { image: "slopes", width: 40, height: 24, model: "rgb", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 2179, sha256: "420ab96e3da8cc14a4f37f1c4604c42e" },
  { image: "slopes", width: 40, height: 24, model: "rgb", overlap: 1, indices: undefined, bytes: 4639, sha256: "33d051c3760e0477666af0d348e6f1ea" },
  { image: "slopes", width: 40, height: 24, model: "rgb", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 1425, sha256: "e35dd4442bded2d5fbd0f8eeda01c7d4" },
  { image: "slopes", width: 300, height: 70, model: "rgb", overlap: 0, indices: undefined, bytes: 69917, sha256: "961b71db0e60c53eaa5bea0a4f8f76f2" },
  { image: "slopes", width: 300, height: 70, model: "rgb", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 48096, sha256: "640b71d21fe450e618df5201c60073e9" },
  { image: "slopes", width: 300, height: 70, model: "rgb", overlap: 1, indices: undefined, bytes: 71094, sha256: "bfba2a9600167148856bfd193a39c662" },
  { image: "slopes", width: 300, height: 70, model: "rgb", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 28439, sha256: "7c748f9f5c7c98cda8d7c645243acac8" },
  { image: "curves", width: 16, height: 16, model: "gray", overlap: 0, indices: undefined, bytes: 167, sha256: "d16852d82f6e9a94ab9dd07a9c6a2624" },
  { image: "curves", width: 16, height: 16, model: "gray", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 59, sha256: "45a725ef61268e641790c8d62ebf66bb" },
  { image: "curves", width: 16, height: 16, model: "gray", overlap: 1, indices: undefined, bytes: 160, sha256: "aaf9ac5661a9175c480649d8026ec7f6" },
  { image: "curves", width: 16, height: 16, model: "gray", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 26, sha256: "b752b66a5837e49b7ba7f01d20a78397" },
  { image: "curves", width: 40, height: 24, model: "rgb", overlap: 0, indices: undefined, bytes: 2749, sha256: "4461550a1b3eee11744c0b10e609041a" },
  { image: "curves", width: 40, height: 24, model: "rgb", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 1451, sha256: "4a8c122e74a8efa67b9fbeb3b6819304" },
  { image: "curves", width: 40, height: 24, model: "rgb", overlap: 1, indices: undefined, bytes: 3584, sha256: "a03e5aa1d33d191409248535b8ca8b28" },
  { image: "curves", width: 40, height: 24, model: "rgb", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 977, sha256: "7cfab73491b96fdb31c96b1c7febcf9d" },
  { image: "curves", width: 300, height: 70, model: "rgb", overlap: 0, indices: undefined, bytes: 66564, sha256: "282d88a3debe0eb85ee58c831ae65063" },
  { image: "curves", width: 300, height: 70, model: "rgb", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 44318, sha256: "ed3c3946f66e6eb9bbfd8e820bf509cd" },
  { image: "curves", width: 300, height: 70, model: "rgb", overlap: 1, indices: undefined, bytes: 69429, sha256: "86d250308a1a92073c008e76de0ffc07" },
  { image: "curves", width: 300, height: 70, model: "rgb", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 27785, sha256: "3659e18331e851b9e7ac2447a0ed9dc9" },
  { image: "noise", width: 16, height: 16, model: "gray", overlap: 0, indices: undefined, bytes: 453, sha256: "12cc1293fb70e4b7d0e17e01b01fc0e0" },
  { image: "noise", width: 16, height: 16, model: "gray", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 294, sha256: "9b1576192be211ea7eff24fe3c28e86c" },
  { image: "noise", width: 16, height: 16, model: "gray", overlap: 1, indices: undefined, bytes: 524, sha256: "fa6ffbc2115f26448d19d7c63d4f6e91" },
  { image: "noise", width: 16, height: 16, model: "gray", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 211, sha256: "28d64a1208455847439676bf3f2954f6" },
  { image: "noise", width: 40, height: 24, model: "rgb", overlap: 0, indices: undefined, bytes: 5435, sha256: "79916a05e3a3be04753c9c06ee8fb7c6" },
  { image: "noise", width: 40, height: 24, model: "rgb", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 3480, sha256: "2c6096ef3acf82c421ab02cbece253b2" },
  { image: "noise", width: 40, height: 24, model: "rgb", overlap: 1, indices: undefined, bytes: 5951, sha256: "5e0cfde87daeee4f93f5b8b5535aad3c" },
  { image: "noise", width: 40, height: 24, model: "rgb", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 2224, sha256: "14f130202e80fb0ba85a07db9629c121" },
  { image: "noise", width: 300, height: 70, model: "rgb", overlap: 0, indices: undefined, bytes: 75320, sha256: "90063e59e8b1b150e84969e88693b740" },
  { image: "noise", width: 300, height: 70, model: "rgb", overlap: 0, indices: { luma: 20, chroma: 20 }, bytes: 52947, sha256: "0618aa95be14c310fc45b9a627ce4c1e" },
  { image: "noise", width: 300, height: 70, model: "rgb", overlap: 1, indices: undefined, bytes: 76379, sha256: "5c139e2aefe308902ef6b4b13aa5887e" },
  { image: "noise", width: 300, height: 70, model: "rgb", overlap: 2, indices: { luma: 45, chroma: 60 }, bytes: 33092, sha256: "4e2e30ea5982472b83c9399c06083225" },
];

/** One pixel, 12 34 56, lossless. */
export const onePixelFile =
  "4949bc012000000024c3dd6f034efe4bb1853d77768dc90c0000000000000000" +
  "080001bc0100100000000800000002bc0400010000000000000080bc04000100" +
  "00000100000081bc0400010000000100000082bc0b00010000000000c04283bc" +
  "0b00010000000000c042c0bc04000100000086000000c1bc0400010000003e00" +
  "000000000000574d50484f544f001100c071000000006000800800800000046f" +
  "ff0001000001005f0201d0000000000000000000000000000000000000000000" +
  "000011c8";

/** 4 × 4 gray, 16y + 8x, lossless. */
export const smallGrayFile =
  "4949bc012000000024c3dd6f034efe4bb1853d77768dc9080000000000000000" +
  "080001bc0100100000000800000002bc0400010000000000000080bc04000100" +
  "00000400000081bc0400010000000400000082bc0b00010000000000c04283bc" +
  "0b00010000000000c042c0bc04000100000086000000c1bc0400010000005300" +
  "000000000000574d50484f544f001100c00100030003008020080000046fff00" +
  "0100000100f10f94e8c87239b0660000000700c09df0902611000663c0d84810" +
  "84c1844109e06c2408426b090200983088213c0861104278b0";
