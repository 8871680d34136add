import { startsWith } from "../bytes/byte-reader.ts";

/**
 * Offset of the label in a JUMBF description box, from the end of its header: after 16 bytes of type and one of
 * toggles.
 */
const labelAt = 17;

/** `uuid` box of a C2PA manifest store in an ISO base media file (C2PA 2.1, Appendix A): D8FEC3D6-1B0E-483C-9297-5828877EC481. */
const manifestUuid = [
  0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81,
] as const;

/**
 * True for the payload of an APP11 segment that begins a C2PA manifest store: `JP`, the number of the box (2 bytes) and
 * of the segment (4 bytes), then a JUMBF superbox (ISO/IEC 19566-5 Annex D.2). Segments that carry on a long box repeat
 * these bytes and the box header, so the first one decides.
 */
export function isManifestSegment(payload: Uint8Array): boolean {
  if (!startsWith(payload, "JP") || !startsWith(payload, "jumb", 12)) return false;
  // A size of 1 says that 64 bits of size follow the type.
  const isLong = startsWith(payload, [0, 0, 0, 1], 8);
  return isManifestStore(payload.subarray(isLong ? 24 : 16));
}

/** True for the inside of a `jumb` box whose description box has C2PA's type, which starts with these letters, or its label. */
export function isManifestStore(superbox: Uint8Array): boolean {
  return (
    startsWith(superbox, "jumd", 4) && (startsWith(superbox, "c2pa", 8) || startsWith(superbox, "c2pa\0", 8 + labelAt))
  );
}

/** True for the payload of a `uuid` box that holds a C2PA manifest store. */
export function isManifestUuid(payload: Uint8Array): boolean {
  return startsWith(payload, manifestUuid);
}
