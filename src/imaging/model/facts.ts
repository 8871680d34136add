import { type DecodedFormat, decodedFormats, type FormatId } from "./formats.ts";

/** Chroma subsampling of a JPEG as J:a:b; `other` for factors that have no such name. */
export type ChromaSubsampling = "4:4:4" | "4:4:0" | "4:2:2" | "4:2:0" | "4:1:1" | "gray" | "other";

/** EXIF orientation (TIFF tag 274): 1 is upright, 2–8 are the seven other ways a rectangle can lie. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** What headers of every format can say. */
interface HeaderFacts {
  /**
   * Stored pixels per row and rows, before orientation; both undefined when the header does not say or cannot be
   * believed, and for SVG, which stores none.
   */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Bits per channel as stored (a palette counts the bits of its entries: 8). */
  readonly bitDepth: number | undefined;
  /** Channels per pixel as stored, alpha included; a palette counts 1. */
  readonly components: number | undefined;
  readonly colour: "gray" | "rgb" | "palette" | "cmyk" | "other" | "unknown";
  /** May hold transparency (alpha channel, PNG tRNS, GIF transparent index). */
  readonly alpha: boolean;
  /** More than one frame, or more than one page. */
  readonly animated: boolean;
  /**
   * `srgb`: a profile or chunk that means sRGB. `other`: another colour meaning (wide gamut, unusual gamma).
   * `unusable`: there is one, and decoders ignore it, refuse the file for it, or disagree about it.
   */
  readonly profile: "none" | "srgb" | "other" | "unusable";
  /** A gain map, or a PQ or HLG transfer function. */
  readonly hdr: boolean;
  /**
   * Holds a C2PA manifest store: signed statements about the origin, which no rewritten file can keep valid. Not looked
   * for in SVG, BMP, ICO, JPEG 2000 and JPEG XR, nor is a reference to a remote one.
   */
  readonly provenance: boolean;
  readonly orientation: Orientation;
  /**
   * Bytes of the file that hold the picture, where that is known: the scans of a JPEG, the IDAT chunks of a PNG. The
   * rest is what it says about itself.
   */
  readonly pictureBytes?: number;
}

/** What only the headers of one format say. */
interface OwnFacts {
  readonly jpeg: { readonly jpeg: JpegFacts };
  /** Its rows come in seven passes. */
  readonly png: { readonly interlaced?: true };
  readonly tiff: { readonly tiff: TiffFacts };
  /** Undefined for a still, and when the frames cannot be read to the last. */
  readonly gif: { readonly animation: AnimationFacts | undefined };
  /** Its picture is coded without loss; false for an animation. */
  readonly webp: { readonly lossless: boolean };
  readonly avif: { readonly avif: AvifFacts };
}

/** The facts of an image of this format. */
export type FactsOf<Format extends FormatId> = Format extends FormatId
  ? HeaderFacts & { readonly format: Format } & (Format extends keyof OwnFacts ? OwnFacts[Format] : unknown)
  : never;

/**
 * What the header bytes of an image say, without decoding a pixel. A fact that the bytes do not prove is `undefined`
 * (or the careful value where one exists): a plan must be able to refuse on it. A size means that the header was read
 * to its end; when it is cut or contradicts itself, width and height are undefined and nothing else may be relied on.
 */
export type ImageFacts = FactsOf<FormatId>;

/** Whether there is a decoder for images of this format. */
export function isDecoded(facts: ImageFacts): facts is FactsOf<DecodedFormat> {
  return decodedFormats.some((format) => format === facts.format);
}

export interface JpegFacts {
  /**
   * IJG quality 1–100 whose scaled Annex K luma table is nearest to the file's quantisation table (ITU T.81 Annex K);
   * undefined when there is no table to read.
   */
  readonly quality: number | undefined;
  readonly subsampling: ChromaSubsampling;
  /** SOF2 with Huffman coding. */
  readonly progressive: boolean;
  /** Coding process that the packaged decoder handles: 8-bit Huffman baseline, extended or progressive (SOF0, 1, 2). */
  readonly decodable: boolean;
  /** What reading the coefficients would need; undefined when the file cannot be read to its end by its markers. */
  readonly recompress: JpegRecompressFacts | undefined;
}

/** Bytes at the peak, the file itself not counted; `null` where a JPEG has no form of that kind. */
export interface JpegRecompressFacts {
  /**
   * Decoding to RGBA or CMYK, result included. `null` where browsers give the file another natural size than that of
   * its pixels, by its Exif: they do so for JPEG only.
   */
  readonly pixelBytes: number | null;
  /** `null` also where the file has no exact form. */
  readonly jxlBytes: number | null;
  readonly jpegBytes: number | null;
  /** From row to row to WebP; `null` where pixels are no RGB, or where `pixelBytes` is `null`. */
  readonly streamedWebpBytes: number | null;
  /** Its coefficients may be quantised again: they are luma of full resolution and chroma, and it has not been done before. */
  readonly isRequantisable: boolean;
}

/** How much there is to decode and to encode. */
export interface AnimationFacts {
  readonly frames: number;
  /** Pixels of all frames as the file stores them. */
  readonly storedPixels: number;
  readonly largestFramePixels: number;
  /** At most so many pixels of the canvas change from frame to frame, the whole first frame included. */
  readonly changedPixels: number;
}

/** Compressions of TIFF that are undone here. */
export type TiffCompression = "none" | "g4" | "lzw" | "jpeg" | "deflate" | "packbits";

/** Why a TIFF is not decoded here; `tiff/refusal.ts` has the words. */
export type TiffRefusal =
  | "pages"
  | "no-page"
  | "mask"
  | "compression"
  | "colour"
  | "samples"
  | "depth"
  | "channels"
  | "predictor"
  | "layout"
  | "damaged"
  | "too-large";

export type TiffFacts =
  | { readonly decodable: true; readonly compression: TiffCompression }
  | { readonly decodable: false; readonly refusal: TiffRefusal };

/** Why an AVIF is not decoded here; `avif/refusal.ts` has the words. */
export type AvifRefusal = "derived" | "cropped" | "property" | "layers" | "alpha" | "size" | "colour" | "damaged";

export type AvifFacts =
  | {
      readonly decodable: true;
      /** Colour has the resolution of the picture, or there is none. */
      readonly hasFullChroma: boolean;
      /** Pictures that are decoded one after the other, and held, for the last of them: 1 to 4. */
      readonly layers: number;
    }
  | { readonly decodable: false; readonly refusal: AvifRefusal };
