import type { FoundRights } from "./rights.ts";

/** The metadata of a file, each block as its standard defines it, without the container's framing. */
export interface SourceMetadata {
  /** A TIFF structure, without `Exif\0\0`. Of a TIFF, whose own directory it would be, there is none. */
  readonly exif?: Uint8Array | undefined;
  readonly xmp?: Uint8Array | undefined;
  /** IPTC-IIM datasets. */
  readonly iptc?: Uint8Array | undefined;
  /** Found elsewhere: in text chunks, in the directory of a TIFF. */
  readonly rights?: FoundRights;
}
