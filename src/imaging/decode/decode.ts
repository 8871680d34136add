import { decodeCmyk } from "../jpeg/decode/cmyk.ts";
import { readJpegFrame } from "../jpeg/read-frame.ts";
import { decodeRgba } from "../jpeg/decode/rgba.ts";
import { type ImageFacts, isDecoded } from "../model/facts.ts";
import { decodeGif } from "../gif/decode-gif.ts";
import { classifyProfile, profileSpaceOf } from "../colour/decide-profile.ts";
import { readProfile } from "./read-profile.ts";
import { convertUntaggedCmyk } from "../colour/cmyk-table.ts";
import { isOpaque } from "../pixels/alpha.ts";
import { orientPixels } from "../pixels/orient.ts";
import type { Decoder } from "../wasm/adapter.ts";
import type { DecodedFormat } from "../model/formats.ts";
import type { Picture, Pixels } from "../model/picture.ts";
import { ImagingError } from "../model/error.ts";
import type { ColourConverter } from "../colour/lcms.ts";
import { type Pause, runInSteps, type Steps } from "../steps.ts";
import { decodeTiff } from "../tiff/decode.ts";

/** What decoding takes; all of it can be released when the pixels are out. */
export interface Decoders {
  readonly png: Decoder;
  readonly webp: Decoder;
  readonly avif: Decoder;
  readonly colours: ColourConverter;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Samples as stored, 4 bytes per pixel: RGBA, or CMYK where the facts say so. */
const readers: Readonly<
  Record<DecodedFormat, (bytes: Bytes, facts: ImageFacts, decoders: Decoders, pause: Pause) => Promise<Pixels>>
> = {
  jpeg: (bytes, _, __, pause) => runInSteps(decodeJpeg(bytes), pause),
  png: (bytes, _, { png }) => png.decode(bytes),
  gif: async (bytes, { width = 0, height = 0 }) => decodeGif(bytes, width * height),
  tiff: (bytes, _, __, pause) => decodeTiff(bytes, pause),
  webp: async (bytes, { alpha }, { webp }) => withTransparency(await webp.decode(bytes), alpha),
  avif: (bytes, _, { avif }) => avif.decode(bytes),
};

/**
 * Browsers show a WebP whose header says that it is opaque without the transparency that its pixels have (RFC 9649 §3.4: the bit
 * is a hint), and other decoders show that.
 */
function withTransparency(pixels: Pixels, isExpected: boolean | undefined): Pixels {
  if (isExpected !== true && !isOpaque(pixels))
    throw new ImagingError("damaged", "webp", "transparent pixels in an opaque picture");
  return pixels;
}

/**
 * Decodes to upright RGBA whose colours are known. Works in the decoder's own buffer: no second picture is held.
 * @throws ImagingError also for a profile that cannot mean these samples
 */
export async function decodePicture(
  bytes: Bytes,
  facts: ImageFacts,
  decoders: Decoders,
  pause: Pause,
): Promise<Picture> {
  if (!isDecoded(facts)) throw new ImagingError("unsupported", facts.format, "no decoder");
  const stored = await readers[facts.format](bytes, facts, decoders, pause);
  const profile = await makeColoursKnown(stored, bytes, facts, decoders.colours, pause);
  return { pixels: orientPixels(stored, facts.orientation), profile };
}

/** Converts what no file carries, in place; returns the profile that is to be carried. */
async function makeColoursKnown(
  { data }: Pixels,
  bytes: Bytes,
  facts: ImageFacts,
  colours: ColourConverter,
  pause: Pause,
): Promise<Uint8Array | undefined> {
  const space = profileSpaceOf(facts.colour);
  if (facts.profile === "unusable")
    throw new ImagingError("unsupported", facts.format, "a profile that cannot be used");
  // A profile that means sRGB is dropped; CMYK has none such.
  const mayConvert = facts.profile === "other" || space === "cmyk";
  if (mayConvert) await pause();
  const profile = mayConvert ? await readProfile(bytes, facts.format) : undefined;
  switch (classifyProfile(profile, space)) {
    case "none":
      if (space === "cmyk") convertUntaggedCmyk(data);
      else if (facts.profile === "other")
        throw new ImagingError("unsupported", facts.format, "colours that cannot be read");
      return undefined;
    case "srgb":
      return undefined;
    case "rgb by matrix":
    case "rgb by tables":
      return profile;
    case "gray":
    case "cmyk":
      if (profile !== undefined) await colours.convertToSrgb(data, space, profile);
      return undefined;
    default:
      throw new ImagingError("unsupported", facts.format, "a profile for other samples");
  }
}

/**
 * RGBA, or four components of CMYK. The reader is stricter than others: what they would fill with gray, or paint over
 * without a word, is an error here, so that a damaged picture is left as it is.
 */
function* decodeJpeg(bytes: Bytes): Steps<Pixels> {
  const frame = readJpegFrame(bytes);
  const { width, height } = frame;
  if (frame.components.length !== 4) return { data: yield* decodeRgba(bytes, frame), width, height };
  const data = new Uint8ClampedArray(4 * width * height);
  yield* decodeCmyk(bytes, frame, (firstRow, _, cmyk) => {
    data.set(cmyk, 4 * width * firstRow);
  });
  return { data, width, height };
}
