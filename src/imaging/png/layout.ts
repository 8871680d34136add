import type { Pixels } from "../model/picture.ts";

/** A colour as one number: red, green, blue and alpha from the lowest byte up. */
type Colour = number;

/**
 * The layout of samples in a row; the smallest of the PNG colour types (PNG 3rd edition, Table 8) that holds a picture.
 */
export interface PngLayout {
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly bitDepth: 1 | 2 | 4 | 8;
  /** Only of colour type 3: the place of each colour, those with transparency first, so that tRNS is short. */
  readonly palette?: ReadonlyMap<Colour, number>;
}

const maxPaletteColours = 256;

/** What one pass over a picture shows. */
interface Census {
  /** Undefined when there are more than a palette can hold. */
  readonly colours: readonly Colour[] | undefined;
  readonly gray: boolean;
  readonly opaque: boolean;
}

/** The smallest layout that loses nothing, colour under alpha 0 included. Looks at all pixels once. */
export function choosePngLayout(pixels: Pixels): PngLayout {
  const { colours, gray, opaque } = takeCensus(pixels);
  if (colours === undefined) return { colourType: opaque ? 2 : gray ? 4 : 6, bitDepth: 8 };
  const indexBits = colours.length <= 2 ? 1 : colours.length <= 4 ? 2 : colours.length <= 16 ? 4 : 8;
  if (gray && opaque) {
    const grayBits = bitsOfGray(colours);
    // Equal depths: gray needs no palette, and its rows can be filtered.
    if (grayBits <= indexBits) return { colourType: 0, bitDepth: grayBits };
  }
  const sorted = colours.toSorted((a, b) => alphaClass(a) - alphaClass(b) || lumaOf(a) - lumaOf(b));
  return { colourType: 3, bitDepth: indexBits, palette: new Map(sorted.map((colour, index) => [colour, index])) };
}

function takeCensus({ data }: Pixels): Census {
  const seen = new Set<Colour>();
  let gray = true;
  let opaque = true;
  let last: Colour = -1;
  for (let at = 0; at < data.length; at += 4) {
    const red = data[at] ?? 0;
    const green = data[at + 1] ?? 0;
    const blue = data[at + 2] ?? 0;
    const alpha = data[at + 3] ?? 0;
    const colour = packColour(red, green, blue, alpha);
    if (colour === last) continue;
    last = colour;
    if (red !== green || red !== blue) gray = false;
    if (alpha !== 255) opaque = false;
    if (seen.size <= maxPaletteColours) seen.add(colour);
    else if (!gray && !opaque) break;
  }
  return { colours: seen.size <= maxPaletteColours ? [...seen] : undefined, gray, opaque };
}

/** One number for a colour. */
export function packColour(red: number, green: number, blue: number, alpha: number): Colour {
  return (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0;
}

/** Red, green, blue and alpha of a packed colour. */
export function unpackColour(colour: Colour): readonly [number, number, number, number] {
  return [colour & 255, (colour >>> 8) & 255, (colour >>> 16) & 255, colour >>> 24];
}

/** Fewest bits from which the samples come back by repeating them (PNG 3rd edition §13.12). */
function bitsOfGray(colours: readonly Colour[]): 1 | 2 | 4 | 8 {
  const isMultipleOf = (step: number): boolean => colours.every((colour) => (colour & 255) % step === 0);
  return isMultipleOf(255) ? 1 : isMultipleOf(85) ? 2 : isMultipleOf(17) ? 4 : 8;
}

function alphaClass(colour: Colour): number {
  return colour >>> 24 === 255 ? 1 : 0;
}

/** Rec. 601 weights in thousandths; only the order matters. */
function lumaOf(colour: Colour): number {
  const [red, green, blue] = unpackColour(colour);
  return 299 * red + 587 * green + 114 * blue;
}
