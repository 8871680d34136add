import { tag } from "./directory.ts";
import type { TiffLayout } from "./layout.ts";
import type { Samples } from "./samples.ts";

/** Writes `count` pixels from the start of a row of samples to `target` from byte `at` on, four bytes each. */
export type PaintRow = (samples: Samples, count: number, target: Uint8ClampedArray, at: number) => void;

/**
 * How rows become RGBA (not premultiplied), or CMYK with 0 for no ink. Samples of 16 bits are rounded to the nearest
 * of 8, and those of fewer bits are spread over the whole range, so that black and white stay what they are.
 */
export function rowPainter(layout: TiffLayout): PaintRow {
  switch (layout.kind) {
    case "palette":
      return paletteRows(readPalette(layout));
    case "cmyk":
      return cmykRows(layout.channels, layout.bits);
    default: {
      const isGray = layout.kind === "gray";
      if (layout.alpha === "associated")
        return premultipliedRows(isGray ? 1 : 3, layout.channels, 2 ** layout.bits - 1);
      const levels = levelsOf(layout);
      const hasAlpha = layout.alpha !== "none";
      return isGray ? grayRows(levels, layout.channels, hasAlpha) : colourRows(levels, layout.channels, hasAlpha);
    }
  }
}

/** 8-bit value of every sample value. */
function levelsOf({ bits, whiteIsZero }: TiffLayout): Uint8Array {
  const max = 2 ** bits - 1;
  return Uint8Array.from({ length: max + 1 }, (_, value) =>
    Math.round(((whiteIsZero ? max - value : value) * 255) / max),
  );
}

function grayRows(levels: Uint8Array, channels: number, hasAlpha: boolean): PaintRow {
  return (samples, count, target, at) => {
    for (let i = 0, from = 0, to = at; i < count; i++, from += channels, to += 4) {
      const level = levels[samples[from] ?? 0] ?? 0;
      target[to] = level;
      target[to + 1] = level;
      target[to + 2] = level;
      target[to + 3] = hasAlpha ? (levels[samples[from + 1] ?? 0] ?? 0) : 255;
    }
  };
}

function colourRows(levels: Uint8Array, channels: number, hasAlpha: boolean): PaintRow {
  return (samples, count, target, at) => {
    for (let i = 0, from = 0, to = at; i < count; i++, from += channels, to += 4) {
      target[to] = levels[samples[from] ?? 0] ?? 0;
      target[to + 1] = levels[samples[from + 1] ?? 0] ?? 0;
      target[to + 2] = levels[samples[from + 2] ?? 0] ?? 0;
      target[to + 3] = hasAlpha ? (levels[samples[from + 3] ?? 0] ?? 0) : 255;
    }
  };
}

/** Associated alpha (TIFF 6.0 §18): the colours are multiplied with it. What is more than full colour is cut by the array's type. */
function premultipliedRows(colours: 1 | 3, channels: number, max: number): PaintRow {
  const [green, blue] = colours === 1 ? [0, 0] : [1, 2];
  return (samples, count, target, at) => {
    for (let i = 0, from = 0, to = at; i < count; i++, from += channels, to += 4) {
      const alpha = samples[from + colours] ?? 0;
      const scale = alpha === 0 ? 0 : 255 / alpha;
      target[to] = (samples[from] ?? 0) * scale;
      target[to + 1] = (samples[from + green] ?? 0) * scale;
      target[to + 2] = (samples[from + blue] ?? 0) * scale;
      target[to + 3] = (alpha * 255) / max;
    }
  };
}

function paletteRows(palette: Uint8Array): PaintRow {
  return (samples, count, target, at) => {
    for (let i = 0, to = at; i < count; i++, to += 4) {
      const entry = (samples[i] ?? 0) * 3;
      target[to] = palette[entry] ?? 0;
      target[to + 1] = palette[entry + 1] ?? 0;
      target[to + 2] = palette[entry + 2] ?? 0;
      target[to + 3] = 255;
    }
  };
}

function cmykRows(channels: number, bits: number): PaintRow {
  if (channels === 4 && bits === 8)
    return (samples, count, target, at) => target.set(samples.subarray(0, count * 4), at);
  const scale = (2 ** bits - 1) / 255;
  return (samples, count, target, at) => {
    for (let i = 0, from = 0, to = at; i < count; i++, from += channels, to += 4) {
      for (let channel = 0; channel < 4; channel++) target[to + channel] = (samples[from + channel] ?? 0) / scale;
    }
  };
}

/**
 * ColorMap (TIFF 6.0 §5): all reds, all greens, all blues, of 16 bits. Some writers repeat the 8-bit value, some append
 * zeros: the upper byte is right for both. Some leave the upper bytes empty instead.
 */
function readPalette({ directory, bits }: TiffLayout): Uint8Array {
  const size = 1 << bits;
  const values = Array.from({ length: size * 3 }, (_, index) => directory.value(tag.colorMap, index) ?? 0);
  const shift = values.every((value) => value < 256) ? 0 : 8;
  return Uint8Array.from({ length: size * 3 }, (_, i) => (values[(i % 3) * size + Math.floor(i / 3)] ?? 0) >> shift);
}
