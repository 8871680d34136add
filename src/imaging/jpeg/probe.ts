import { describeProfile, profileSpaceOf } from "../colour/decide-profile.ts";
import { joinIccChunks } from "../colour/icc.ts";
import { exifOfApp1, readExif } from "../metadata/exif.ts";
import type { ChromaSubsampling, FactsOf, ImageFacts, JpegFacts } from "../model/facts.ts";
import { ifdEntries, readTiffHeader } from "../bytes/ifd.ts";
import { isFrameHeader, isRestart, marker, maxSegments, appSignature } from "./marker.ts";
import { estimateQuality } from "./quality.ts";
import { isManifestSegment } from "../metadata/provenance.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";

const gainMapNamespace = "http://ns.adobe.com/hdr-gain-map/";
const gainMapUrn = "urn:iso:std:iso:ts:21496:-1\0";

export interface Segment {
  readonly marker: number;
  /** Offsets of the payload, after the length field. */
  readonly start: number;
  readonly end: number;
}

interface Frame {
  readonly marker: number;
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  /** Per component: horizontal and vertical sampling factor, quantisation table. */
  readonly components: readonly { readonly h: number; readonly v: number; readonly table: number }[];
}

/** All but what reading the coefficients would need, which takes all markers of the file (`describeRecompress()`). */
export type ProbedJpeg = Omit<FactsOf<"jpeg">, "jpeg"> & { readonly jpeg: Omit<JpegFacts, "recompress"> };

/**
 * Facts of a JPEG from its markers up to the first scan (ITU T.81 Annex B). Throws when there is no scan or no frame
 * header before it.
 */
export function probeJpeg(bytes: Uint8Array): ProbedJpeg {
  const reader = new ByteReader(bytes);
  const tables = new Map<number, number[]>();
  const iccChunks: Uint8Array[] = [];
  let frame: Frame | undefined;
  let frameCount = 0;
  let orientation: ImageFacts["orientation"] | undefined;
  let hdr = false;
  let provenance = false;
  for (const segment of headerSegments(reader)) {
    if (segment.marker === marker.DQT) readQuantisationTables(reader, segment, tables);
    else if (isFrameHeader(segment.marker)) {
      frame ??= readFrame(reader, segment);
      frameCount++;
    } else if (segment.marker === marker.APP1 || segment.marker === marker.APP2) {
      const payload = reader.range(segment.start, segment.end);
      if (startsWith(payload, appSignature.icc) && segment.marker === marker.APP2)
        iccChunks.push(payload.subarray(appSignature.icc.length));
      else {
        const exif = segment.marker === marker.APP1 ? exifOfApp1(payload) : undefined;
        if (exif === undefined) hdr ||= announcesGainMap(payload);
        else orientation ??= readExif(exif).orientation;
      }
    } else if (segment.marker === marker.APP11)
      provenance ||= isManifestSegment(reader.range(segment.start, segment.end));
  }
  if (frame === undefined) throw new HeaderError("a scan without a frame header");
  const luma = tables.get(frame.components[0]?.table ?? 0);
  const components = frame.components.length;
  const colour = components === 1 ? "gray" : components === 3 ? "rgb" : components === 4 ? "cmyk" : "other";
  return {
    format: "jpeg",
    width: frame.width,
    height: frame.height,
    bitDepth: frame.precision,
    components,
    colour,
    alpha: false,
    animated: false,
    profile: iccChunks.length === 0 ? "none" : describeProfile(joinIccChunks(iccChunks), profileSpaceOf(colour)),
    hdr,
    provenance,
    orientation: orientation ?? 1,
    jpeg: {
      quality: luma === undefined ? undefined : estimateQuality(luma),
      subsampling: nameSubsampling(frame),
      progressive: frame.marker === marker.SOF2,
      // A second frame header means a hierarchical or a patched file; decoders disagree about both.
      decodable: frameCount === 1 && isDecodable(frame),
    },
  };
}

/**
 * True when an EOI marker follows the scans, whatever comes after it (T.81 §B.2.1; gain maps, previews and archives are
 * appended to real files). Decoders fill what is missing with grey, without an error.
 */
export function hasEndOfImage(bytes: Uint8Array): boolean {
  const reader = new ByteReader(bytes);
  let at = 0;
  try {
    for (const segment of headerSegments(reader)) at = segment.end;
    // Entropy-coded data cannot hold FF D9 (§B.1.1.5), so at the very end it is the marker; most files take this path.
    if (bytes.length >= at + 2 && reader.u16(bytes.length - 2) === 0xffd9) return true;
    for (let count = 0; count < maxSegments;) {
      at = nextMarker(bytes, at);
      const code = reader.u8(at);
      at++;
      if (code === marker.EOI) return true;
      if (isStandalone(code)) continue;
      at += Math.max(reader.u16(at), 2);
      count++;
    }
  } catch {
    return false;
  }
  return false;
}

/** The marker segments up to and including the first SOS. Bytes between segments are skipped, as decoders do. */
export function* headerSegments(reader: ByteReader): Generator<Segment> {
  let at = 2;
  for (let count = 0; count < maxSegments;) {
    at = nextMarker(reader.bytes, at);
    const code = reader.u8(at);
    at++;
    if (code === marker.SOI || code === marker.EOI) throw new HeaderError("no scan before the end of the image");
    if (isStandalone(code)) continue;
    const length = reader.u16(at);
    if (length < 2 || at + length > reader.length) throw new HeaderError("segment length");
    yield { marker: code, start: at + 2, end: at + length };
    if (code === marker.SOS) return;
    at += length;
    count++;
  }
  throw new HeaderError("too many segments");
}

/** Offset of the code of the next marker at or after `from`: FF, perhaps repeated, and a byte that is neither FF nor a stuffed 0. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) throw new HeaderError("no marker");
    while (bytes[at] === 0xff) at++;
    if (at >= bytes.length) throw new HeaderError("no marker");
    if (bytes[at] !== 0) return at;
  }
}

function isStandalone(code: number): boolean {
  return code === marker.TEM || code === marker.SOI || isRestart(code);
}

/** T.81 §B.2.2. */
function readFrame(reader: ByteReader, { marker: code, start, end }: Segment): Frame {
  const segment = reader.slice(start, end);
  const count = segment.u8(5);
  const components = Array.from({ length: count }, (_, i) => {
    const factors = segment.u8(7 + 3 * i);
    return { h: factors >> 4, v: factors & 15, table: segment.u8(8 + 3 * i) };
  });
  return { marker: code, precision: segment.u8(0), height: segment.u16(1), width: segment.u16(3), components };
}

/** T.81 §B.2.4.1: one segment may define several tables, of 8 or 16-bit values; a later definition replaces an earlier one. */
function readQuantisationTables(reader: ByteReader, { start, end }: Segment, tables: Map<number, number[]>): void {
  let at = start;
  while (at < end) {
    const head = reader.u8(at++);
    const wide = head >> 4 !== 0;
    if (at + (wide ? 128 : 64) > end) return;
    const first = at;
    tables.set(
      head & 15,
      Array.from({ length: 64 }, (_, i) => (wide ? reader.u16(first + 2 * i) : reader.u8(first + i))),
    );
    at += wide ? 128 : 64;
  }
}

/** Sampling factors are 1 to 4 (T.81 Table B.2). */
function isDecodable({ marker: code, precision, components }: Frame): boolean {
  return (
    code <= marker.SOF2 &&
    precision === 8 &&
    [1, 3, 4].includes(components.length) &&
    components.every(({ h, v }) => h >= 1 && h <= 4 && v >= 1 && v <= 4)
  );
}

function nameSubsampling({ components }: Frame): ChromaSubsampling {
  const [luma, cb, cr, black] = components;
  if (luma === undefined || components.length === 1) return "gray";
  if (cb === undefined || cr === undefined || cb.h !== cr.h || cb.v !== cr.v) return "other";
  if (black !== undefined && (black.h !== luma.h || black.v !== luma.v)) return "other";
  return subsamplingNames[`${luma.h / cb.h}x${luma.v / cb.v}`] ?? "other";
}

const subsamplingNames: Readonly<Record<string, ChromaSubsampling>> = {
  "1x1": "4:4:4",
  "1x2": "4:4:0",
  "2x1": "4:2:2",
  "2x2": "4:2:0",
  "4x1": "4:1:1",
};

/**
 * Ultra HDR 1.1 (the primary image's XMP names the gain map namespace), ISO 21496-1 (its URN in APP2), and what Apple
 * and others do (a Multi-Picture index with a second image of no stated type). A false alarm costs one unoptimised file.
 */
function announcesGainMap(payload: Uint8Array): boolean {
  if (startsWith(payload, gainMapUrn)) return true;
  if (startsWith(payload, "MPF\0")) return hasUntypedPicture(payload.subarray(4));
  return (
    startsWith(payload, appSignature.xmp) && new TextDecoder("windows-1252").decode(payload).includes(gainMapNamespace)
  );
}

/** CIPA DC-007 §5.2.3: tag B002 holds 16 bytes per picture, the first 4 its attribute with the type in the lower 24 bits; 0 is "undefined". */
function hasUntypedPicture(index: Uint8Array): boolean {
  try {
    const structure = readTiffHeader(index);
    for (const entry of ifdEntries(structure, structure.firstIfd)) {
      if (entry.tag !== 0xb002) continue;
      for (let at = 16; at + 16 <= entry.count; at += 16) {
        if ((structure.reader.u32(entry.valueAt + at) & 0xffffff) === 0) return true;
      }
      return false;
    }
  } catch {
    return false;
  }
  return false;
}
