import type { Steps } from "../steps.ts";
import type { Pixels } from "../model/picture.ts";
import { BitWriter } from "./bit-writer.ts";
import { type Container, writeCodestream } from "./codestream.ts";
import { chooseColourModel, type ColourModel } from "./colour-model.ts";
import { closeContainer, containerHeadBytes, openContainer, type PixelFormat, pixelFormat } from "./container.ts";
import type { Overlap } from "./plane-rows.ts";
import { indicesForQuality, type QuantiserIndices } from "./quantiser.ts";

export type JpegXrSettings =
  | { readonly lossless: true }
  | {
      readonly lossless: false;
      /** As libjpeg's, 1–100. Alpha stays lossless. */
      readonly quality: number;
    };

/** Everything that the writer can vary; `encodeJpegXr()` chooses. */
export interface JpegXrParameters {
  readonly model: ColourModel;
  readonly container: Container;
  readonly overlap: Overlap;
  /** undefined = lossless. */
  readonly indices: QuantiserIndices | undefined;
  /** undefined = lossless. */
  readonly alphaIndex: number | undefined;
  readonly iccProfile: Uint8Array | undefined;
}

const pixelFormats = {
  gray: pixelFormat.gray8,
  rgb: pixelFormat.bgr24,
  rgba: pixelFormat.bgra32,
} as const satisfies Record<ColourModel, PixelFormat>;

/** Share of the work that colour is beside alpha: three channels of four. */
const colourShare = 3 / 4;

/**
 * Overlap that a generation of decoders undoes as it was done. Lossy pictures lose a fifth of their bytes by it; lossless
 * ones gained up to 80 % (graphics, screenshots; photographs −3 to +4 %).
 */
const lossyOverlaps = { "hd-photo": 0, "jpeg-xr": 1 } as const satisfies Record<Container, Overlap>;
const losslessOverlap = 0;

/** Place of the colour space's name in an ICC profile (ICC.1 §7.2). */
const colourSpaceAt = 16;

function isGrayProfile(profile: Uint8Array): boolean {
  return String.fromCharCode(...profile.subarray(colourSpaceAt, colourSpaceAt + 4)) === "GRAY";
}

/** A profile describes the channels that it was made for: an RGB profile keeps gray samples in RGB. */
function modelFor(pixels: Pixels, iccProfile: Uint8Array | undefined): ColourModel {
  const model = chooseColourModel(pixels);
  if (!iccProfile) return model;
  const needsGray = isGrayProfile(iccProfile);
  if (needsGray && model !== "gray") throw new RangeError("a gray profile cannot describe RGB samples");
  return model === "gray" && !needsGray ? "rgb" : model;
}

/**
 * Encodes 8-bit pixels as a JPEG XR file (ITU-T T.832, ISO/IEC 29199-2). Opaque pixels become gray 8 or RGB 24, others
 * RGB 32 with a plane of alpha, which is lossless. The container `hd-photo` is for Internet Explorer 9, `jpeg-xr` for
 * later programs. Throws a `RangeError` for pixels without area or of another length than their size says, and for a gray
 * profile beside colours or alpha.
 */
export function* encodeJpegXr(
  pixels: Pixels,
  settings: JpegXrSettings,
  container: Container,
  iccProfile?: Uint8Array,
): Steps<Uint8Array<ArrayBuffer>> {
  return yield* writeJpegXr(pixels, {
    model: modelFor(pixels, iccProfile),
    container,
    overlap: settings.lossless ? losslessOverlap : lossyOverlaps[container],
    indices: settings.lossless ? undefined : indicesForQuality(settings.quality),
    alphaIndex: undefined,
    iccProfile,
  });
}

/**
 * As `encodeJpegXr()`, with everything chosen by the caller. Indices of lossy planes are 1–255.
 * @internal exported for tests
 */
export function* writeJpegXr(pixels: Pixels, parameters: JpegXrParameters): Steps<Uint8Array<ArrayBuffer>> {
  const { data, width, height } = pixels;
  if (width < 1 || height < 1 || data.length !== 4 * width * height)
    throw new RangeError(`${data.length} bytes are not ${width} × ${height} pixels`);
  const { model, container, overlap, indices, alphaIndex, iccProfile } = parameters;
  const fields = { format: pixelFormats[model], width, height, iccProfile };
  const headBytes = containerHeadBytes(fields);
  // A quarter of a byte per pixel; where that is too little, the writer's forecast takes over.
  const writer = new BitWriter(headBytes + 8192 + Math.ceil(data.length / 16));
  const opened = openContainer(writer, fields);

  const hasAlpha = model === "rgba";
  const imageShare = hasAlpha ? colourShare : 1;
  yield* writeCodestream(
    writer,
    pixels,
    { content: model === "gray" ? "gray" : "rgb", container, overlap, indices },
    { start: 0, share: imageShare },
  );
  const imageBytes = writer.byteLength - headBytes;
  if (!hasAlpha) {
    closeContainer(writer, opened, imageBytes, undefined);
    return writer.finish();
  }
  // Codestreams begin at even offsets.
  writer.reserve(1, imageShare);
  if (writer.byteLength % 2 === 1) writer.put(0, 8);
  const alphaAt = writer.byteLength;
  const alphaIndices = alphaIndex === undefined ? undefined : { luma: alphaIndex, chroma: alphaIndex };
  yield* writeCodestream(
    writer,
    pixels,
    { content: "alpha", container, overlap, indices: alphaIndices },
    { start: imageShare, share: 1 - imageShare },
  );
  closeContainer(writer, opened, imageBytes, { at: alphaAt, bytes: writer.byteLength - alphaAt });
  return writer.finish();
}
