import { sha256 } from "../digest.ts";

/** A strong validator: the first 128 bits of SHA-256 of the bytes, in hexadecimal, quoted (RFC 9110 §8.8.3). */
export async function strongEtag(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `"${(await sha256(bytes)).slice(0, 32)}"`;
}
