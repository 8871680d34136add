import { damagedJpeg, jpegBeyondLimit, unsupportedJpeg } from "./error.ts";
import type { JpegScan, JpegSegment } from "./frame.ts";
import { isRestart, isSegment, marker, maxSegments } from "./marker.ts";

/**
 * Scans of one file: encoders write about ten. Every scan may visit every block although it has only a few bytes, so
 * without a bound a small file could take hours.
 */
const maxScans = 100;

/** A scan before its header is interpreted. */
export interface FoundScan extends Pick<JpegScan, "restartInterval" | "segmentCount" | "dataStart" | "dataEnd"> {
  readonly header: JpegSegment;
}

/**
 * Finds the segments and scans between SOI and the first EOI, or the end of the bytes (ITU T.81 §B.1.1, §B.2.1). Bytes
 * between segments that are no marker are skipped, as decoders do.
 */
export function readLayout(bytes: Uint8Array): { segments: JpegSegment[]; scanHeaders: FoundScan[] } {
  if (bytes[0] !== 0xff || bytes[1] !== marker.SOI) throw damagedJpeg("not-a-jpeg");
  const segments: JpegSegment[] = [];
  const scanHeaders: FoundScan[] = [];
  let restartInterval = 0;
  let at = 2;
  for (;;) {
    const codeAt = nextMarkerCode(bytes, at);
    // Without EOI the picture may still be whole: its scans decide.
    if (codeAt < 0) break;
    const code = bytes[codeAt];
    if (code === marker.EOI) break;
    if (code === marker.SOI) throw damagedJpeg("bad-segment");
    if (code === marker.TEM || isRestart(code)) {
      at = codeAt + 1;
      continue;
    }
    // Decoders do not guess what a reserved marker means either.
    if (!isSegment(code)) throw damagedJpeg("bad-segment");
    const segment = readSegment(bytes, codeAt, code);
    at = segment.end;
    if (code === marker.SOS) {
      const dataEnd = endOfEntropyCodedData(bytes, at);
      scanHeaders.push({ header: segment, restartInterval, segmentCount: segments.length, dataStart: at, dataEnd });
      if (scanHeaders.length > maxScans) throw jpegBeyondLimit("too-many-scans");
      at = dataEnd;
      continue;
    }
    if (code === marker.DNL) throw unsupportedJpeg("undefined-height");
    if (code === marker.DHP || code === marker.EXP) throw unsupportedJpeg("hierarchical");
    if (code === marker.DRI) restartInterval = readRestartInterval(bytes, segment);
    segments.push(segment);
    if (segments.length > maxSegments) throw jpegBeyondLimit("too-many-segments");
  }
  if (scanHeaders.length === 0) throw damagedJpeg("missing-scan");
  return { segments, scanHeaders };
}

function readSegment(bytes: Uint8Array, codeAt: number, code: number): JpegSegment {
  const lengthAt = codeAt + 1;
  if (lengthAt + 2 > bytes.length) throw damagedJpeg("truncated");
  const length = (bytes[lengthAt] << 8) | bytes[lengthAt + 1];
  if (length < 2) throw damagedJpeg("bad-segment");
  const end = lengthAt + length;
  if (end > bytes.length) throw damagedJpeg("truncated");
  return { marker: code, markerStart: codeAt - 1, start: lengthAt + 2, end };
}

/** T.81 §B.2.4.4. */
function readRestartInterval(bytes: Uint8Array, { start, end }: JpegSegment): number {
  if (end - start !== 2) throw damagedJpeg("bad-segment");
  return (bytes[start] << 8) | bytes[start + 1];
}

/** Offset of the code of the next marker: FF, perhaps repeated, and a byte that is neither FF nor a stuffed 0; -1 at the end. */
function nextMarkerCode(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return -1;
    while (bytes[at] === 0xff) at++;
    if (at >= bytes.length) return -1;
    if (bytes[at] !== 0) return at;
  }
}

/** Offset of the FF of the first marker that is not a restart marker; the end of the bytes when there is none. */
function endOfEntropyCodedData(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const codeAt = nextMarkerCode(bytes, at);
    if (codeAt < 0) return bytes.length;
    if (!isRestart(bytes[codeAt])) return codeAt - 1;
    at = codeAt + 1;
  }
}
