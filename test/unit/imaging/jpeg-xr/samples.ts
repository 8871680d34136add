/** Pictures of one, three or four channels, made from a seed. */
import type { Pixels } from "../../../../src/imaging/model/picture.ts";
import type { ColourModel } from "../../../../src/imaging/jpeg-xr/colour-model.ts";

export const samplesPerPixel = { gray: 1, rgb: 3, rgba: 4 } as const satisfies Record<ColourModel, number>;

export interface Samples {
  readonly width: number;
  readonly height: number;
  /** Row by row, as many bytes per pixel as the model has channels. */
  readonly data: Uint8Array;
}

export function toPixels({ data, width, height }: Samples, model: ColourModel): Pixels {
  const rgba = new Uint8ClampedArray(4 * width * height);
  const channels = samplesPerPixel[model];
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[i * channels + (model === "gray" ? 0 : c)] ?? 0;
    rgba[4 * i + 3] = model === "rgba" ? (data[i * channels + 3] ?? 0) : 255;
  }
  return { data: rgba, width, height };
}

/** Numbers from 0 up to but not including 1, the same for the same seed (a 32-bit xorshift). */
export function random(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

type Texture = (x: number, y: number, channel: number, next: () => number) => number;

/** What pictures are made of: from what codes best to what nothing predicts. */
const textures: readonly Texture[] = [
  (_x, _y, _channel, next) => 256 * next(),
  (_x, _y, _channel, next) => (next() < 0.5 ? 0 : 255),
  (_x, _y, channel) => 40 * channel + 17,
  (x, y, channel) => 3 * x + 2 * y + 50 * channel,
  (x, y, channel, next) => 128 + 90 * Math.sin(x / 7 + channel) * Math.cos(y / 5) + 12 * next(),
  (x, y, channel) => (((x >> 3) + (y >> 2) + channel) & 1) * 255,
  (x, y, channel, next) => (next() < 0.01 ? 255 : (x * y + 31 * channel) >> 5),
];

/** A picture of up to `maxSide` pixels a side, whose size and texture follow from the seed. */
export function randomSamples(seed: number, model: ColourModel, maxSide = 90): Samples {
  const next = random(seed);
  const width = 1 + Math.floor(next() * maxSide);
  const height = 1 + Math.floor(next() * maxSide);
  const texture = textures[Math.floor(next() * textures.length)] ?? textures[0];
  const channels = samplesPerPixel[model];
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    data[i] = Math.max(0, Math.min(255, texture?.(pixel % width, Math.floor(pixel / width), i % channels, next) ?? 0));
  }
  return { width, height, data };
}
