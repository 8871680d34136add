import { type ExifFacts, exifOfApp1, readExif } from "../metadata/exif.ts";
import { startsWith } from "../bytes/byte-reader.ts";
import { joinIccChunks } from "../colour/icc.ts";
import { damagedJpeg, unsupportedJpeg } from "./error.ts";
import { blockEdge, naturalOrder, nominalBandBlockRows } from "./frame.ts";
import type { JpegComponent, JpegFrame, JpegLayout, JpegScan, JpegSegment } from "./frame.ts";
import { isFrameHeader, marker, appSignature } from "./marker.ts";
import { checkProgression } from "./decode/progression.ts";
import { readLayout } from "./read-layout.ts";

/** What a frame header says, as the file has it. */
interface FrameHeader {
  readonly progressive: boolean;
  readonly width: number;
  readonly height: number;
  readonly components: readonly {
    readonly id: number;
    readonly h: number;
    readonly v: number;
    readonly table: number;
  }[];
}

/**
 * Reads every marker of a JPEG, to its end, without decoding or allocating anything of the picture's size (ITU T.81
 * Annex B): the caller can then judge the dimensions and `estimateMemory()`. Linear in the bytes.
 *
 * Accepted as decoders do: fill bytes and garbage between segments, data after EOI, a missing EOI. Throws
 * an `ImagingError`, also when the scans do not add up to a whole picture.
 */
export function readJpegFrame(bytes: Uint8Array): JpegFrame {
  const { segments, scanHeaders } = readLayout(bytes);
  const header = readFrameHeader(bytes, segments);
  const { components: declared, width, height, progressive } = header;
  const single = declared.length === 1;
  const maxHorizontalSampling = single ? 1 : Math.max(...declared.map(({ h }) => h));
  const maxVerticalSampling = single ? 1 : Math.max(...declared.map(({ v }) => v));
  const mcusWide = Math.ceil(width / (blockEdge * maxHorizontalSampling));
  const mcusHigh = Math.ceil(height / (blockEdge * maxVerticalSampling));

  const scans = scanHeaders.map((scan) => readScanHeader(bytes, scan, header));
  const tables = latchQuantisationTables(bytes, segments, scans, declared);
  const components = declared.map(({ id, h, v }, index): JpegComponent => {
    const horizontalSampling = single ? 1 : h;
    const verticalSampling = single ? 1 : v;
    return {
      id,
      horizontalSampling,
      verticalSampling,
      quantisation: tables[index],
      blocksWide: Math.ceil(Math.ceil((width * horizontalSampling) / maxHorizontalSampling) / blockEdge),
      blocksHigh: Math.ceil(Math.ceil((height * verticalSampling) / maxVerticalSampling) / blockEdge),
      paddedBlocksWide: mcusWide * horizontalSampling,
      paddedBlocksHigh: mcusHigh * verticalSampling,
    };
  });
  checkProgression(progressive, components.length, scans);
  checkByteCount(components, scans);
  const first = scans[0];
  return {
    width,
    height,
    precision: 8,
    progressive,
    components,
    maxHorizontalSampling,
    maxVerticalSampling,
    mcusWide,
    mcusHigh,
    shape: !progressive && first.components.length === components.length ? "streamed" : "dense",
    bandBlockRows: nominalBandBlockRows - (nominalBandBlockRows % maxVerticalSampling),
    restartInterval: first.restartInterval,
    ...readApplicationData(bytes, headerSegmentsOf({ segments, scans })),
    layout: { segments, scans },
  };
}

/** T.81 §B.2.2. */
function readFrameHeader(bytes: Uint8Array, segments: readonly JpegSegment[]): FrameHeader {
  const headers = segments.filter((segment) => isFrameHeader(segment.marker));
  const [segment] = headers;
  if (segment === undefined) throw damagedJpeg("missing-frame");
  if (headers.length > 1) throw unsupportedJpeg("several-frames");
  const { marker: code, start, end } = segment;
  if (code === marker.SOF3) throw unsupportedJpeg("lossless");
  if (code === marker.SOF9 || code === marker.SOF10) throw unsupportedJpeg("arithmetic-coding");
  if (code > marker.SOF3) throw unsupportedJpeg("hierarchical");
  if (end - start < 6) throw damagedJpeg("bad-segment");
  const count = bytes[start + 5];
  if (end - start !== 6 + 3 * count) throw damagedJpeg("bad-frame");
  if (bytes[start] !== 8) throw unsupportedJpeg("precision");
  const height = readU16(bytes, start + 1);
  const width = readU16(bytes, start + 3);
  if (height === 0) throw unsupportedJpeg("undefined-height");
  if (width === 0) throw damagedJpeg("bad-frame");
  if (count < 1 || count > 4) throw unsupportedJpeg("components");
  const components = Array.from({ length: count }, (_, i) => {
    const at = start + 6 + 3 * i;
    return { id: bytes[at], h: bytes[at + 1] >> 4, v: bytes[at + 1] & 15, table: bytes[at + 2] };
  });
  if (components.some(({ h, v, table }) => h < 1 || h > 4 || v < 1 || v > 4 || table > 3))
    throw damagedJpeg("bad-frame");
  if (new Set(components.map(({ id }) => id)).size !== count) throw damagedJpeg("bad-frame");
  return { progressive: code === marker.SOF2, width, height, components };
}

/** Completes what `readLayout()` found: T.81 §B.2.3. */
function readScanHeader(
  bytes: Uint8Array,
  scan: Pick<JpegScan, "dataStart" | "dataEnd" | "restartInterval" | "segmentCount"> & { readonly header: JpegSegment },
  { progressive, components: declared }: FrameHeader,
): JpegScan {
  const { header, ...rest } = scan;
  const { start, end } = header;
  const count = bytes[start] ?? 0;
  if (count < 1 || count > 4 || end - start !== 4 + 2 * count) throw damagedJpeg("bad-scan");
  const components: number[] = [];
  const dcTables: number[] = [];
  const acTables: number[] = [];
  for (let i = 0; i < count; i++) {
    const id = bytes[start + 1 + 2 * i];
    const tables = bytes[start + 2 + 2 * i];
    const index = declared.findIndex((component) => component.id === id);
    if (index < 0 || components.includes(index)) throw damagedJpeg("bad-scan");
    components.push(index);
    dcTables.push(tables >> 4);
    acTables.push(tables & 15);
  }
  // §B.2.3: at most ten blocks in an interleaved MCU; decoders refuse more.
  const blocks = components.reduce((sum, index) => sum + declared[index].h * declared[index].v, 0);
  if (count > 1 && blocks > 10) throw damagedJpeg("bad-scan");
  const at = start + 1 + 2 * count;
  // A sequential scan always carries everything; some encoders fill these fields with other numbers, which decoders ignore.
  return {
    ...rest,
    components,
    dcTables,
    acTables,
    spectralStart: progressive ? bytes[at] : 0,
    spectralEnd: progressive ? bytes[at + 1] : 63,
    approximationHigh: progressive ? bytes[at + 2] >> 4 : 0,
    approximationLow: progressive ? bytes[at + 2] & 15 : 0,
  };
}

/** The table of a component is the one in force at its first scan; later definitions do not touch it (§B.2.4.1, and libjpeg). */
function latchQuantisationTables(
  bytes: Uint8Array,
  segments: readonly JpegSegment[],
  scans: readonly JpegScan[],
  declared: FrameHeader["components"],
): Uint16Array[] {
  const inForce: (Uint16Array | undefined)[] = [];
  const latched: (Uint16Array | undefined)[] = declared.map(() => undefined);
  let done = 0;
  for (const scan of scans) {
    for (; done < scan.segmentCount; done++) readQuantisationTables(bytes, segments[done], inForce);
    for (const index of scan.components) {
      const table = inForce[declared[index].table];
      if (table === undefined) throw damagedJpeg("missing-quantisation-table");
      latched[index] ??= table;
    }
  }
  return latched.map((table) => {
    if (table === undefined) throw damagedJpeg("missing-scan");
    if (table.includes(0)) throw damagedJpeg("bad-quantisation-table");
    return table;
  });
}

/** T.81 §B.2.4.1: one segment may define several tables, in zigzag order, of 8 or 16-bit values. */
function readQuantisationTables(
  bytes: Uint8Array,
  { marker: code, start, end }: JpegSegment,
  tables: (Uint16Array | undefined)[],
): void {
  if (code !== marker.DQT) return;
  let at = start;
  while (at < end) {
    const head = bytes[at++];
    const wide = head >> 4;
    if (wide > 1 || (head & 15) > 3 || at + (64 << wide) > end) throw damagedJpeg("bad-segment");
    const table = new Uint16Array(64);
    for (let k = 0; k < 64; k++) table[naturalOrder[k]] = wide === 1 ? readU16(bytes, at + 2 * k) : bytes[at + k];
    tables[head & 15] = table;
    at += 64 << wide;
  }
}

/**
 * A block costs at least one bit in the scan that brings its DC coefficient (no Huffman code is shorter, §C.2), so a
 * picture of many blocks and few bytes is cut, or is meant to make somebody allocate memory for it.
 */
function checkByteCount(components: readonly JpegComponent[], scans: readonly JpegScan[]): void {
  for (const scan of scans) {
    if (scan.spectralStart !== 0) continue;
    let blocks = 0;
    for (const index of scan.components) blocks += components[index].blocksWide * components[index].blocksHigh;
    if (blocks > 8 * (scan.dataEnd - scan.dataStart)) throw damagedJpeg("truncated");
  }
}

/**
 * The segments before the first scan. Decoders decide about colours, profile and position when they reach it; what comes
 * later has no say.
 */
export function headerSegmentsOf({ segments, scans }: JpegLayout): readonly JpegSegment[] {
  return segments.slice(0, scans[0]?.segmentCount ?? segments.length);
}

function readApplicationData(
  bytes: Uint8Array,
  segments: readonly JpegSegment[],
): Pick<JpegFrame, "jfif" | "adobeTransform" | "iccProfile" | "hasIcc" | "orientation" | "density"> {
  let jfif = false;
  let adobeTransform: number | undefined;
  let exif: ExifFacts | undefined;
  const iccChunks: Uint8Array[] = [];
  for (const { marker: code, start, end } of segments) {
    const payload = bytes.subarray(start, end);
    if (code === marker.APP0) jfif ||= isJfif(payload);
    else if (code === marker.APP14) adobeTransform = readAdobeTransform(payload) ?? adobeTransform;
    else if (isIccSegment(code, payload)) iccChunks.push(payload.subarray(appSignature.icc.length));
    else if (code === marker.APP1) {
      const block = exifOfApp1(payload);
      if (block !== undefined) exif ??= readExif(block);
    }
  }
  return {
    jfif,
    adobeTransform,
    iccProfile: joinIccChunks(iccChunks),
    hasIcc: iccChunks.length > 0,
    orientation: exif?.orientation ?? 1,
    density: exif?.density,
  };
}

/** As libjpeg takes it: at least 14 bytes (the version and density fields); a shorter one is ignored. */
export function isJfif(payload: Uint8Array): boolean {
  return payload.length >= 14 && startsWith(payload, "JFIF\0");
}

/** At least 12 bytes, the last of them the transform (Adobe Technical Note 5116 §18). */
export function readAdobeTransform(payload: Uint8Array): number | undefined {
  return payload.length >= 12 && startsWith(payload, "Adobe") ? payload[11] : undefined;
}

export function isIccSegment(code: number, payload: Uint8Array): boolean {
  return code === marker.APP2 && startsWith(payload, appSignature.icc);
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}
