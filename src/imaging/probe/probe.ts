import { probeBmp } from "../other/bmp.ts";
import { describeRecompress } from "../recompress/predict.ts";
import type { ImageFacts, JpegFacts } from "../model/facts.ts";
import type { FormatId } from "../model/formats.ts";
import { probeGif } from "../gif/probe.ts";
import { probeIco } from "../other/ico.ts";
import { probeAvif, probeHeic } from "../avif/probe.ts";
import { probeJp2 } from "../jpeg-2000/probe.ts";
import { probeJpeg } from "../jpeg/probe.ts";
import { probeJxl } from "../jpeg-xl/probe.ts";
import { probeJxr } from "../jpeg-xr/probe.ts";
import { probePng } from "../png/probe.ts";
import { sniffFormat } from "./sniff.ts";
import { probeSvg } from "../other/svg.ts";
import { probeTiff } from "../tiff/probe.ts";
import { probeWebp } from "../webp/probe.ts";

/** Read the facts of a file whose signature was seen. They throw when the header is cut or contradicts itself. */
type Probes = Readonly<Record<FormatId, (bytes: Uint8Array) => ImageFacts | Promise<ImageFacts>>>;

const probes: Probes = {
  jpeg: (bytes) => {
    const facts = probeJpeg(bytes);
    const { recompress, ...rest } = describeRecompress(bytes) ?? {};
    return { ...facts, ...rest, jpeg: { ...facts.jpeg, recompress } };
  },
  png: probePng,
  gif: probeGif,
  webp: probeWebp,
  avif: probeAvif,
  heic: probeHeic,
  jxl: probeJxl,
  jp2: probeJp2,
  jxr: probeJxr,
  tiff: probeTiff,
  bmp: probeBmp,
  ico: probeIco,
  svg: probeSvg,
};

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

/** Of a file whose header cannot be read. */
const nothingKnown = {
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
} as const;

function unknownFacts(format: FormatId): ImageFacts {
  switch (format) {
    case "jpeg": {
      const jpeg: JpegFacts = {
        quality: undefined,
        subsampling: "other",
        progressive: true,
        decodable: false,
        recompress: undefined,
      };
      return { ...nothingKnown, format, jpeg };
    }
    case "tiff":
      return { ...nothingKnown, format, tiff: { decodable: false, refusal: "damaged" } };
    case "gif":
      return { ...nothingKnown, format, animation: undefined };
    case "webp":
      return { ...nothingKnown, format, lossless: false };
    case "avif":
      return { ...nothingKnown, format, avif: { decodable: false, refusal: "damaged" } };
    default:
      return { ...nothingKnown, format };
  }
}
