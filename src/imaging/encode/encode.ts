import { stateSrgb } from "../avif/state-srgb.ts";
import { wrapAvif } from "../avif/embed.ts";
import { insertSegments, metadataSegments } from "../jpeg/embed.ts";
import { wrapPng } from "../png/embed.ts";
import { wrapWebp } from "../webp/embed.ts";
import { restrictedIccSpace } from "../jpeg-2000/restricted-icc.ts";
import { classifyProfile, decideProfile } from "../colour/decide-profile.ts";
import { isGray } from "../pixels/alpha.ts";
import type { EncodedFormat, EncodeSettings } from "../model/settings.ts";
import type { Picture, Pixels } from "../model/picture.ts";
import type { ColourConverter } from "../colour/lcms.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Encodes pixels of a known size; `profile` only for formats that take it while they are written. */
export type EncodePixels = (
  pixels: Pixels,
  settings: EncodeSettings,
  profile: Uint8Array | undefined,
) => Promise<Uint8Array<ArrayBuffer>>;

/** Puts a profile into a finished file; formats that are left out take it while they are written. */
const carriers: Partial<Record<EncodedFormat, (file: Bytes, icc: Uint8Array) => Bytes | Promise<Bytes>>> = {
  webp: (file, icc) => wrapWebp(file, { icc }),
  avif: (file, icc) => wrapAvif(file, { icc }),
  png: (file, icc) => wrapPng(file, { icc }),
  jpeg: (file, icc) => insertSegments(file, metadataSegments({ icc })),
};

/** Encodes a picture so that its colours are those that it came with. */
export async function encodePicture(
  { pixels, profile }: Picture,
  settings: EncodeSettings,
  encode: EncodePixels,
  colours: ColourConverter,
  pause: () => Promise<void>,
): Promise<Bytes> {
  if (profile === undefined) return asSrgb(await encode(pixels, settings, undefined), settings);
  // These encoders write gray pictures as one channel, for which an RGB profile is invalid.
  const gray = (settings.format === "png" || settings.format === "jpeg") && isGray(pixels);
  const action = decideProfile("rgb", classifyProfile(profile, "rgb"), { format: settings.format, gray });
  const isAllowed = settings.format !== "jp2" || restrictedIccSpace(profile) !== undefined;
  if (action === "carry" && isAllowed) {
    const carrier = carriers[settings.format];
    if (carrier === undefined) return encode(pixels, settings, profile);
    return carrier(await encode(pixels, settings, undefined), profile);
  }
  // The same pixels may still be wanted by a format that carries the profile.
  const data = pixels.data.slice();
  await colours.convertToSrgb(data, "rgb", profile);
  await pause();
  return asSrgb(await encode({ ...pixels, data }, settings, undefined), settings);
}

/** All other formats default to sRGB. */
function asSrgb(file: Bytes, { format }: EncodeSettings): Bytes {
  return format === "avif" ? stateSrgb(file) : file;
}
