const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
/** The superset of Latin-1 that every browser reads as Latin-1 (WHATWG Encoding §4.2). */
const latin1 = new TextDecoder("windows-1252");

/** Text of an unknown encoding: UTF-8 when it is valid, else Latin-1. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}
