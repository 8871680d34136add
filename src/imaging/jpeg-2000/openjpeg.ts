import { ImagingError } from "../model/error.ts";
import { joinBytes } from "../bytes/join-bytes.ts";
import {
  componentFirstProgression,
  hasSameStyle,
  type OneTileStream,
  readOneTileStream,
  writeEnd,
  writeMainHeader,
  writeTilePartHeader,
} from "./codestream.ts";
import { type Jp2Description, writeJp2Start } from "./jp2-boxes.ts";
import { compressionRatio } from "./rate.ts";
import { restrictedIccSpace } from "./restricted-icc.ts";
import { planTiles, type Tile } from "./tile-plan.ts";
import { isGray, isOpaque } from "../pixels/alpha.ts";
import type { Pixels } from "../model/picture.ts";

/** OpenJPEG's binding; sizes in pixels. */
interface J2KEncoder {
  /** A view into WASM memory for the samples, interleaved; good until the next call that may allocate. */
  getDecodedBuffer(frame: {
    width: number;
    height: number;
    bitsPerSample: number;
    componentCount: number;
    isSigned: boolean;
  }): Uint8Array;
  /** Choosing lossless also chooses the reversible wavelet. */
  setQuality(lossless: boolean, layers: number): void;
  /** Raw bytes per byte of the codestream; 0 keeps every coding pass. */
  setCompressionRatio(layer: number, ratio: number): void;
  setDecompositions(levels: number): void;
  setProgressionOrder(order: number): void;
  /** Throws a number (a C++ exception) when the encoder gives up. */
  encode(): void;
  /** A view into WASM memory. */
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

/** What the module offers. */
export interface OpenJpeg {
  readonly J2KEncoder: new () => J2KEncoder;
}

export type Jp2Settings = { readonly lossless: true } | { readonly lossless: false; readonly quality: number };

/** Offsets of the samples inside an RGBA pixel that become components. */
const samplesOf = { gray: [0], rgb: [0, 1, 2], alpha: [3] } as const;
type Samples = (typeof samplesOf)[keyof typeof samplesOf];

/** With 0 layers, the binding's default, the ratio would be ignored. */
const layers = 1;

/**
 * Encodes RGBA as a JP2 file, tile by tile, so that WASM memory does not grow with the picture. An alpha channel is
 * coded apart from the colours, without loss; one that is opaque is left out, and an opaque gray picture gets one
 * component.
 *
 * @param profile colour space of the pixels; sRGB when undefined
 * @throws ImagingError for a profile that a JP2 file cannot carry with these pixels; whatever the encoder throws
 */
export function encodeJp2(
  openJpeg: OpenJpeg,
  pixels: Pixels,
  settings: Jp2Settings,
  profile: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const { width, height } = pixels;
  const plan = planTiles(width, height);
  if (plan === undefined) throw new ImagingError("limit", "jp2", `${width} × ${height} cannot be cut into tiles`);
  const description: Jp2Description = { width, height, profile, ...chooseComponents(pixels, profile) };
  const { colours, alpha } = description;
  const colourSamples = colours === 1 ? samplesOf.gray : samplesOf.rgb;

  const encodeTile = (tile: Tile, samples: Samples, ratio: number): OneTileStream =>
    readOneTileStream(encodeOneTile(openJpeg, pixels, tile, { samples, ratio, levels: plan.levels }));

  const parts: Uint8Array[] = [];
  let first: { readonly colour: OneTileStream; readonly alpha: OneTileStream | undefined } | undefined;
  for (const [index, tile] of plan.tiles.entries()) {
    const ratio = settings.lossless ? 0 : compressionRatio(pixels, tile, colours, settings.quality);
    const own = {
      colour: encodeTile(tile, colourSamples, ratio),
      alpha: alpha ? encodeTile(tile, samplesOf.alpha, 0) : undefined,
    };
    first ??= own;
    const isAlike =
      hasSameStyle(own.colour, first.colour) &&
      (own.alpha === undefined || first.alpha === undefined || hasSameStyle(own.alpha, first.alpha));
    if (!isAlike) throw new ImagingError("codec", "jp2", "tiles differ in their coding style");
    const packets = own.alpha === undefined ? [own.colour.packets] : [own.colour.packets, own.alpha.packets];
    const packetBytes = packets.reduce((sum, { length }) => sum + length, 0);
    parts.push(writeTilePartHeader(index, packetBytes), ...packets);
  }
  if (first === undefined) throw new ImagingError("codec", "jp2", "no tiles");

  const codestream = [writeMainHeader(width, height, plan, { ...first, colours }), ...parts, writeEnd()];
  const codestreamBytes = codestream.reduce((sum, { length }) => sum + length, 0);
  return joinBytes([writeJp2Start(description, codestreamBytes), ...codestream]);
}

/** A gray picture with alpha stays RGB, which more decoders show, unless its profile is one for gray. */
function chooseComponents(pixels: Pixels, profile: Uint8Array | undefined): Pick<Jp2Description, "colours" | "alpha"> {
  const alpha = !isOpaque(pixels);
  if (profile === undefined) return { colours: !alpha && isGray(pixels) ? 1 : 3, alpha };
  const space = restrictedIccSpace(profile);
  if (space === undefined) throw new ImagingError("unsupported", "jp2", "JP2 cannot carry this profile");
  if (space === "rgb") return { colours: 3, alpha };
  if (!isGray(pixels)) throw new ImagingError("unsupported", "jp2", "a gray profile on pixels that are not gray");
  return { colours: 1, alpha };
}

interface TileSettings {
  readonly samples: Samples;
  /** 0: without loss. */
  readonly ratio: number;
  readonly levels: number;
}

/** One tile as a codestream of its own, as if the picture ended at its edges. */
function encodeOneTile(
  { J2KEncoder }: OpenJpeg,
  pixels: Pixels,
  tile: Tile,
  { samples, ratio, levels }: TileSettings,
): Uint8Array {
  const { width, height } = tile;
  const encoder = new J2KEncoder();
  const componentCount = samples.length;
  const buffer = encoder.getDecodedBuffer({ width, height, bitsPerSample: 8, componentCount, isSigned: false });
  copySamples(pixels, tile, samples, buffer);
  encoder.setQuality(ratio === 0, layers);
  encoder.setCompressionRatio(0, ratio);
  encoder.setDecompositions(levels);
  encoder.setProgressionOrder(componentFirstProgression);
  encoder.encode();
  const stream = encoder.getEncodedBuffer().slice();
  // Not in a `finally`: after a throw the whole instance is dropped, and its heap must not be touched again.
  encoder.delete();
  return stream;
}

function copySamples(pixels: Pixels, tile: Tile, samples: Samples, into: Uint8Array): void {
  let to = 0;
  for (let y = tile.y; y < tile.y + tile.height; y++) {
    let from = 4 * (y * pixels.width + tile.x);
    for (const rowEnd = from + 4 * tile.width; from < rowEnd; from += 4) {
      for (const sample of samples) into[to++] = pixels.data[from + sample] ?? 0;
    }
  }
}
