/** What travels beside the pixels of a picture, each part as its standard defines it, without a container's framing. */
export interface EmbeddedMetadata {
  /** An ICC profile (ICC.1). */
  readonly icc?: Uint8Array | undefined;
  /** An XMP packet in UTF-8 (ISO 16684-1). */
  readonly xmp?: Uint8Array | undefined;
  /** A TIFF structure (Exif 3.0 §4.5), without `Exif\0\0` in front. */
  readonly exif?: Uint8Array | undefined;
}
