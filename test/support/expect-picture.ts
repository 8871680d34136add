/** What every whole answer about an image must carry, whatever it is about. */
import { expect } from "vitest";
import { type Answer, cacheStatusOf, isHit, isSame, strongTagsOf, verdictOf } from "./answer.ts";

const mediaTypes: Readonly<Record<string, string>> = {
  avif: "image/avif",
  webp: "image/webp",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  svg: "image/svg+xml",
  tiff: "image/tiff",
  jxl: "image/jxl",
  jp2: "image/jp2",
  jxr: "image/jxr",
};

export interface ExpectedPicture {
  /** Format of the bytes sent. */
  readonly format: string;
  /** Format of the source; that of the answer when left out. */
  readonly source?: string;
  readonly reason: string | readonly string[];
  /** The source's bytes: the answer must be exactly these when the formats are equal. */
  readonly original?: Uint8Array;
  readonly hit?: boolean;
}

/** A whole 200 with the bytes, header fields and verdict that the contract promises for a buffered image. */
export function expectPicture(
  answer: Answer,
  { format, source = format, reason, original, hit }: ExpectedPicture,
): void {
  const verdict = verdictOf(answer);
  const seen = `${answer.status} ${JSON.stringify(answer.headers, undefined, 1)}`;
  expect(answer.status, seen).toBe(200);
  expect(answer.broken, seen).toBe(false);
  expect([reason].flat(), seen).toContain(verdict["reason"]);
  expect(verdict["format"], seen).toBe(format);
  expect(verdict["source"], seen).toBe(source);
  expect(verdict["class"], seen).toMatch(/^[a-z0-9+.-]+$/i);
  expect(answer.headers["content-type"], seen).toBe(mediaTypes[format]);
  expect(sniff(answer.body), seen).toBe(format);
  expectVaryAccept(answer);
  expect(answer.headers["x-content-type-options"], seen).toBe("nosniff");
  expect(answer.headers["accept-ranges"], seen).toBe("bytes");
  expect(answer.headers["content-length"], seen).toBe(String(answer.body.length));
  expect(strongTagsOf(answer), seen).toContain(answer.headers["etag"]);
  expect(answer.headers["cache-tag"], seen).toBeUndefined();
  expect(answer.headers["content-encoding"], seen).toBeUndefined();
  if (original !== undefined) {
    // In the source's own format it is either the original or a better packing of it.
    if (verdict["reason"] === "transcoded") expect(answer.body.length, seen).toBeLessThan(original.length);
    else if (format === source) expect(isSame(answer.body, original), `${seen}: the original's bytes`).toBe(true);
    expect(verdict["from"], seen).toBe(original.length);
  }
  if (verdict["reason"] !== "shadow") {
    expect(verdict["to"], seen).toBe(answer.body.length);
    expect(verdict["saved"], seen).toBe(Number(verdict["from"]) - answer.body.length);
  }
  if (hit === undefined) cacheStatusOf(answer);
  else expect(isHit(answer), seen).toBe(hit);
}

/** The origin's picture as it came, streamed: bytes, type and the origin's own directives, with our verdict. */
export function expectForwardedPicture(
  answer: Answer,
  { format, reason, original }: { readonly format: string; readonly reason: string; readonly original: Uint8Array },
): void {
  const seen = `${answer.status} ${JSON.stringify(answer.headers, undefined, 1)}`;
  expect(answer.status, seen).toBe(200);
  expect(answer.broken, seen).toBe(false);
  expect(isSame(answer.body, original), `${seen}: the original's bytes`).toBe(true);
  expect(answer.headers["content-type"], seen).toBe(mediaTypes[format]);
  expect(answer.headers["content-length"] ?? String(original.length), seen).toBe(String(original.length));
  expect(verdictOf(answer), seen).toMatchObject({ format, source: format, reason });
  expectVaryAccept(answer);
  expect(answer.headers["x-content-type-options"], seen).toBe("nosniff");
  expect(answer.headers["cache-tag"], seen).toBeUndefined();
  expect(isHit(answer), seen).toBe(false);
}

/**
 * `Vary` names Accept, the hints about the network where a lossy variant could be another one, the User-Agent at most
 * where Accept has proved neither WebP nor AVIF, and what the request is for where the source can be one for print; none of
 * these pictures varies by more.
 */
export function expectVaryAccept(answer: Pick<Answer, "headers">): void {
  const vary = (answer.headers["vary"] ?? "").toLowerCase();
  const proved = String(verdictOf(answer)["class"] ?? "").split(/[+.]/);
  const isModern = proved.includes("webp") || proved.includes("avif");
  const isForPrint = ["tiff", "jpeg"].includes(String(verdictOf(answer)["source"]));
  const agents = isModern ? [""] : ["", ", user-agent"];
  const others = agents.flatMap((agent) => (isForPrint ? [agent, `${agent}, sec-fetch-dest`] : [agent]));
  const allowed = others.flatMap((other) => [`accept${other}`, `accept${other}, save-data, ect`]);
  expect(allowed, `Vary of ${JSON.stringify(answer.headers)}`).toContain(vary);
}

const latin1 = new TextDecoder("latin1");

/** The format by its signature, apart from the Worker's own code; SVG when it starts as a tag. */
export function sniff(body: Uint8Array): string {
  const ascii = (from: number, to: number): string => latin1.decode(body.subarray(from, to));
  const startsWith = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => body[at] === byte);
  if (startsWith(0xff, 0xd8, 0xff)) return "jpeg";
  if (ascii(1, 4) === "PNG") return "png";
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "webp";
  if (ascii(4, 8) === "ftyp") return ascii(8, 12).startsWith("avi") ? "avif" : "heic";
  if (ascii(0, 4) === "GIF8") return "gif";
  // A bare JPEG XL codestream, or its container (ISO/IEC 18181-2).
  if (startsWith(0xff, 0x0a) || ascii(4, 8) === "JXL ") return "jxl";
  if (ascii(4, 8) === "jP  ") return "jp2";
  if (startsWith(0x49, 0x49, 0xbc)) return "jxr";
  if (ascii(0, 4) === "II*\0" || ascii(0, 4) === "MM\0*") return "tiff";
  return ascii(0, 64).trimStart().startsWith("<") ? "svg" : "unknown";
}

export const textOf = ({ body }: Pick<Answer, "body">): string => new TextDecoder().decode(body);

/** One of our own errors: problem details (RFC 9457) with a stable type that are stored nowhere. */
export function expectProblem(answer: Answer, status: number | readonly number[], ...words: readonly string[]): void {
  const seen = `${answer.status} ${JSON.stringify(answer.headers)} ${textOf(answer).slice(0, 400)}`;
  expect([status].flat(), seen).toContain(answer.status);
  expect(answer.headers["content-type"], seen).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(textOf(answer)) as Record<string, unknown>;
  expect(problem["type"], seen).toMatch(/^[a-z]+:.+/);
  expect(problem["status"], seen).toBe(answer.status);
  for (const word of words) expect(JSON.stringify(problem), seen).toContain(word);
}
