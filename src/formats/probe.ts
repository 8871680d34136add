import { probeBmp } from "./bmp.ts";
import type { ImageFacts } from "./facts.ts";
import type { FormatId } from "./formats.ts";
import { probeGif } from "./gif.ts";
import { probeIco } from "./ico.ts";
import { probeIsobmff } from "./isobmff.ts";
import { probeJp2 } from "./jp2.ts";
import { probeJpeg } from "./jpeg.ts";
import { probeJxl } from "./jxl.ts";
import { probeJxr } from "./jxr.ts";
import { probePng } from "./png.ts";
import { sniffFormat } from "./sniff.ts";
import { probeSvg } from "./svg.ts";
import { probeTiff } from "./tiff.ts";
import { probeWebp } from "./webp.ts";

/** Reads the facts of a file whose signature was seen. Throws when the header is cut or contradicts itself. */
type Probe = (bytes: Uint8Array) => ImageFacts | Promise<ImageFacts>;

const probes = {
  jpeg: probeJpeg,
  png: probePng,
  gif: probeGif,
  webp: probeWebp,
  avif: (bytes) => probeIsobmff(bytes, "avif"),
  heic: (bytes) => probeIsobmff(bytes, "heic"),
  jxl: probeJxl,
  jp2: probeJp2,
  jxr: probeJxr,
  tiff: probeTiff,
  bmp: probeBmp,
  ico: probeIco,
  svg: probeSvg,
} satisfies Record<FormatId, Probe> as Record<FormatId, Probe>;

/**
 * What the header of an image says; undefined when the bytes are none that we know. Never throws: a header that is cut
 * or contradicts itself gives the format, no size, and the careful value of everything else. So a size means that the
 * whole header was read and that every other fact was looked for. Takes the whole file or a prefix; time is linear in
 * the bytes, and for most formats only the header is touched.
 */
export async function probeImage(bytes: Uint8Array): Promise<ImageFacts | undefined> {
  const format = sniffFormat(bytes);
  if (format === undefined) return undefined;
  try {
    const facts = await probes[format](bytes);
    return hasNoPixels(facts) ? { ...facts, width: undefined, height: undefined } : facts;
  } catch {
    return unknownFacts(format);
  }
}

function hasNoPixels({ width, height }: ImageFacts): boolean {
  return width === undefined || height === undefined || width <= 0 || height <= 0;
}

function unknownFacts(format: FormatId): ImageFacts {
  return {
    format,
    width: undefined,
    height: undefined,
    bitDepth: undefined,
    components: undefined,
    colour: "unknown",
    alpha: true,
    animated: false,
    profile: "other",
    hdr: false,
    provenance: false,
    orientation: 1,
    jpeg: undefined,
  };
}
