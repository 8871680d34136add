/** What global set-ups hand to tests. */
import { inject } from "vitest";

export type PictureName =
  | "photo"
  | "changed"
  | "third"
  | "fourth"
  | "poor"
  | "120 × 80"
  | "240 × 160"
  | "360 × 240"
  | "photoPng"
  | "PNG of 120 × 80"
  | "PNG of 240 × 160"
  | "logo"
  | "webp"
  | "lossless WebP"
  | "WebP with alpha"
  | "avif"
  | "grid AVIF"
  | "moving"
  | "tiff"
  | "cmyk";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder with `worker.js` and its `.wasm` modules. */
    workerBundle: string;
    /** Folder with what the Worker answered for the corpus. */
    corpusAnswers: string;
    /** Base64 of each picture. */
    pictures: Readonly<Record<PictureName, string>>;
  }
}

/** A picture that the set-up has made. */
export function pictureOf(name: PictureName): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(inject("pictures")[name]), (character) => character.charCodeAt(0));
}
