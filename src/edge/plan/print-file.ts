import type { ImageFacts } from "../../imaging/model/facts.ts";

/**
 * Whether a file is made for print: browsers cannot show it, or not in its own colours. As part of a page it is converted;
 * somebody who downloads it wants the file itself.
 */
export function isPrintFile({ format, colour }: Pick<ImageFacts, "format" | "colour">): boolean {
  return format === "tiff" || colour === "cmyk";
}

/** Whether the origin sends a file to be saved and not to be shown (RFC 6266 §4.2). */
export function isAttachment(headers: readonly (readonly [string, string])[]): boolean {
  return headers.some(([name, value]) => name === "content-disposition" && /^\s*attachment\b/i.test(value));
}
