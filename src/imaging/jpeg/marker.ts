/** Marker codes, ITU T.81 Table B.1. */
export const marker = {
  TEM: 0x01,
  SOF0: 0xc0,
  SOF1: 0xc1,
  SOF2: 0xc2,
  SOF3: 0xc3,
  SOF9: 0xc9,
  SOF10: 0xca,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  RST0: 0xd0,
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DNL: 0xdc,
  DRI: 0xdd,
  DHP: 0xde,
  EXP: 0xdf,
  APP0: 0xe0,
  APP1: 0xe1,
  APP2: 0xe2,
  APP11: 0xeb,
  APP13: 0xed,
  APP14: 0xee,
  APP15: 0xef,
  COM: 0xfe,
} as const;

export function isRestart(code: number): boolean {
  return code >= marker.RST0 && code <= marker.RST7;
}

/** SOF0 to SOF15: the codes between them that mean something else are left out. */
export function isFrameHeader(code: number): boolean {
  return code >= marker.SOF0 && code <= 0xcf && code !== marker.DHT && code !== marker.JPG && code !== marker.DAC;
}

/** Application data or a comment: what a rewriting may keep or drop. */
export function isMetadata(code: number): boolean {
  return (code >= marker.APP0 && code <= marker.APP15) || code === marker.COM;
}

/** A marker with a length field whose meaning is defined: not JPG, JPGn or RES. */
export function isSegment(code: number): boolean {
  return (code >= marker.SOF0 && code <= marker.APP15 && code !== marker.JPG) || code === marker.COM;
}

/** What a segment of application data begins with, by what it holds (Exif 3.0 §4.7.2.2, ISO 16684-3 §6.1, ICC.1 §B.4). */
export const appSignature = {
  exif: "Exif\0\0",
  xmp: "http://ns.adobe.com/xap/1.0/\0",
  icc: "ICC_PROFILE\0",
  photoshop: "Photoshop 3.0\0",
} as const;

/** Segments of one file, or up to a scan: far above real ones (25 MB of extended XMP are 400). */
export const maxSegments = 10_000;
