import { isDensityCorrected } from "../../metadata/exif.ts";
import { writeExif } from "../../metadata/write-exif.ts";
import type { JpegFrame, JpegSegment } from "../frame.ts";
import { isMetadata, marker } from "../marker.ts";
import type { JpegByteWriter } from "./byte-writer.ts";
import { headerSegmentsOf, isIccSegment, isJfif, readAdobeTransform } from "../read-frame.ts";

/**
 * What an optimised JPEG carries beside the picture. `keep`: every APPn and COM segment before the first scan as it is,
 * in its order. Later ones have no say in what is shown, and would have one at the front. Otherwise only the parts named here.
 */
export type OptimisedMetadata = "keep" | MetadataParts;

export interface MetadataParts {
  /** The ICC profile's segments as they are, also where they contradict each other: browsers make of them what they made before. */
  readonly icc: boolean;
  /** Orientation and density as Exif says them, where they show, in a block of their own. */
  readonly orientation: boolean;
  /** JFIF without its thumbnail, and the Adobe marker. They are written all the same when the colours depend on them. */
  readonly jfif: boolean;
  readonly adobe: boolean;
  /** Further whole segments, from their FF on: rights, for example. */
  readonly extra?: readonly Uint8Array[];
}

/** Writes the metadata segments that belong after SOI. */
export function writeMetadata(
  writer: JpegByteWriter,
  bytes: Uint8Array,
  frame: JpegFrame,
  metadata: OptimisedMetadata,
): void {
  const segments = headerSegmentsOf(frame.layout).filter((segment) => isMetadata(segment.marker));
  if (metadata === "keep") {
    for (const { marker: code, start, end } of segments) writer.segment(code, bytes.subarray(start, end));
    return;
  }
  const payload = ({ start, end }: JpegSegment) => bytes.subarray(start, end);
  const needed = colourDependsOnMarkers(frame, metadata);
  if (metadata.jfif || needed) {
    const jfif = segments.find((segment) => segment.marker === marker.APP0 && isJfif(payload(segment)));
    // Version, units and densities; a thumbnail of 0 × 0 (ITU T.871 §10.1).
    if (jfif !== undefined) writer.segment(marker.APP0, [...payload(jfif).subarray(0, 12), 0, 0]);
  }
  if (metadata.adobe || needed) {
    const adobe = segments.findLast(
      (segment) => segment.marker === marker.APP14 && readAdobeTransform(payload(segment)) !== undefined,
    );
    if (adobe !== undefined) writer.segment(marker.APP14, payload(adobe).subarray(0, 12));
  }
  if (metadata.orientation) writeExifBlock(writer, frame);
  if (metadata.icc) {
    for (const segment of segments) {
      if (isIccSegment(segment.marker, payload(segment))) writer.segment(marker.APP2, payload(segment));
    }
  }
  for (const segment of metadata.extra ?? []) writer.bytes(segment);
}

/** "RGB", the component identifiers by which decoders know such a file that has no marker. */
const rgbIdentifiers = [0x52, 0x47, 0x42];

/**
 * True when leaving out the markers as asked would change how libjpeg, and with it every browser, takes the components:
 * three are YCbCr with JFIF, else by the Adobe transform, else by their identifiers; of four, Adobe's decides.
 */
function colourDependsOnMarkers(frame: JpegFrame, { jfif, adobe }: MetadataParts): boolean {
  const { components, adobeTransform } = frame;
  if (components.length === 4) return adobeTransform !== undefined;
  if (components.length !== 3) return false;
  const identifiersSayRgb = components.every(({ id }, index) => id === rgbIdentifiers[index]);
  const isRgb = (hasJfif: boolean, transform: number | undefined) =>
    hasJfif ? false : transform === undefined ? identifiersSayRgb : transform === 0;
  return isRgb(frame.jfif, adobeTransform) !== isRgb(frame.jfif && jfif, adobe ? adobeTransform : undefined);
}

/** The signature in front of Exif in a JPEG's APP1 (Exif 3.0 §4.7.2.2). */
const exifSignature = [0x45, 0x78, 0x69, 0x66, 0, 0];

function writeExifBlock(writer: JpegByteWriter, frame: JpegFrame): void {
  const { orientation } = frame;
  const density = isDensityCorrected(frame.density, frame) ? frame.density : undefined;
  if (orientation === 1 && density === undefined) return;
  writer.segment(marker.APP1, [...exifSignature, ...writeExif({ orientation, density })]);
}
