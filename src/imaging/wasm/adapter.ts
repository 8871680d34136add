import type { Pixels } from "../model/picture.ts";

/** What every adapter offers besides its work: the say over its WASM memory. */
interface Adapter {
  liveBytes(): number;
  drop(): void;
}

export interface Decoder extends Adapter {
  decode(bytes: Uint8Array): Promise<Pixels>;
}

export interface Encoder<Settings> extends Adapter {
  encode(pixels: Pixels, settings: Settings): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * A decoder above this is dropped as soon as the pixels are out. The JPEG decoder's smallest size (16.9 MB) stays
 * below, so that small pictures do not pay a start each.
 */
export const decoderIdleCeilingBytes = 20_000_000;

/** An idle encoder above this would take the room of the next job: 128 MB per isolate, two encoders, RGBA beside them. */
export const encoderIdleCeilingBytes = 48_000_000;
