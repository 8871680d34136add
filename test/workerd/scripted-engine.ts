/**
 * An engine that answers at once: the files that it makes are whole and of the right format and size, and say of which
 * source they are and how they were to be encoded. How many bytes they have follows from that alone.
 */
import { createPixelEngine } from "../../src/imaging/create-pixel-engine.ts";
import type { PixelEngine } from "../../src/imaging/pixel-engine.ts";
import type { EncodedFormat, EncodeSettings } from "../../src/imaging/model/settings.ts";
import type { Pixels } from "../../src/imaging/model/picture.ts";
import type { ImageFacts } from "../../src/imaging/model/facts.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const real = createPixelEngine();

/** Bytes per pixel of a lossless file, and of a lossy one at quality 100: AVIF before WebP before what is older. */
const bytesPerPixel: Readonly<Record<EncodedFormat, readonly [lossless: number, lossy: number]>> = {
  avif: [0.5, 0.2],
  webp: [0.3, 0.3],
  jp2: [0.4, 0.35],
  jxr: [0.45, 0.4],
  png: [0.5, 0.5],
  jpeg: [0.5, 0.5],
};

const flat = new Map<string, Promise<Bytes>>();

/** Without whatever takes time. */
function quickest(settings: EncodeSettings): EncodeSettings {
  switch (settings.format) {
    case "avif":
      return { format: "avif", quality: settings.quality, speed: 10, chroma: "4:2:0", bitDepth: 8 };
    case "webp":
      return { format: "webp", lossless: true, effort: 0 };
    case "png":
      return { format: "png", effort: "stream" };
    default:
      return settings;
  }
}

/** A real file of one colour. */
function flatFile(settings: EncodeSettings, { width, height }: Pixels): Promise<Bytes> {
  const how = quickest(settings);
  const name = [JSON.stringify(how), width, height].join();
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const file = flat.get(name) ?? real.encode({ pixels: { data, width, height }, profile: undefined }, how);
  flat.set(name, file);
  return file;
}

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");

/** Puts text where the format allows what no decoder reads: a chunk, a box, or after the end. */
function withNote(file: Bytes, format: EncodedFormat, note: Uint8Array): Bytes {
  const isBox = format === "avif" || format === "jp2";
  const head = new Uint8Array(format === "webp" || isBox ? 8 : 0);
  const view = new DataView(head.buffer);
  const body = note.length % 2 === 0 ? note : Uint8Array.of(...note, 32);
  if (format === "webp") {
    head.set(encoder.encode("NOTE"));
    view.setUint32(4, body.length, true);
  } else if (isBox) {
    view.setUint32(0, 8 + body.length);
    head.set(encoder.encode("free"), 4);
  }
  const noted = new Uint8Array(file.length + head.length + body.length);
  noted.set(file);
  noted.set(head, file.length);
  noted.set(body, file.length + head.length);
  if (format === "webp") new DataView(noted.buffer).setUint32(4, noted.length - 8, true);
  return noted;
}

/** A name for bytes, short enough to read (FNV-1a). */
export function nameOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Of which source a file is: what the scripted engine noted in it, else the file is the source itself. */
export function sourceOf(file: Uint8Array): string {
  return /<source ([0-9a-f]{8})/.exec(latin1.decode(file))?.[1] ?? nameOf(file);
}

const losslessNote = "<lossless>";

/** Whether a file was asked to be without loss. */
export function isLossless(file: Uint8Array): boolean {
  return latin1.decode(file).includes(losslessNote);
}

export interface ScriptedEngine extends PixelEngine {
  /** Formats in the order in which they were asked for. */
  readonly encoded: readonly string[];
  /** What an encode waits for. */
  until: Promise<unknown>;
}

export function createScriptedEngine(): ScriptedEngine {
  const names = new WeakMap<Pixels, string>();
  const encoded: string[] = [];
  const engine: ScriptedEngine = {
    encoded,
    until: Promise.resolve(),
    async decode(bytes: Bytes, { width, height, orientation }: ImageFacts) {
      if (width === undefined || height === undefined) throw new Error("a header without a size");
      const upright = orientation >= 5 ? { width: height, height: width } : { width, height };
      const pixels = { data: new Uint8ClampedArray(4 * width * height).fill(255), ...upright };
      names.set(pixels, nameOf(bytes));
      return { pixels, profile: undefined };
    },
    async encode({ pixels }, settings) {
      encoded.push(settings.format);
      await engine.until;
      const file = await flatFile(settings, pixels);
      const [lossless, lossy] = bytesPerPixel[settings.format];
      const share = "quality" in settings ? (lossy * settings.quality) / 100 : lossless;
      const note = `<source ${names.get(pixels) ?? "unknown"}>${"quality" in settings ? "" : losslessNote}`;
      const length = Math.round(share * pixels.width * pixels.height) - file.length - 8;
      return withNote(file, settings.format, encoder.encode(note.padEnd(length)));
    },
    // Of no size that could be compared: every encode is the only one.
    decodeVariant: async () => ({ data: new Uint8ClampedArray(4), width: 1, height: 1 }),
    streamWebp: (...wanted) => real.streamWebp(...wanted),
    optimisePng: async (bytes) => bytes,
    animate: (bytes) => real.animate(bytes),
    holdsPictures: () => true,
    liveBytes: () => 0,
    dropIdle: () => undefined,
  };
  return engine;
}
