import sharp, { type Sharp } from "sharp";
import type { AvifSpeed, Chroma, EncodeSettings, OxipngPreset, WebpMethod } from "../../src/imaging/model/settings.ts";
import type { CodecRun, CodecWorker, RawPicture, RunOptions } from "./launch.ts";
import type { BenchPicture, PictureForm } from "./pictures.ts";
import type { ToolName } from "./tools.ts";

type Work =
  | { readonly kind: "decode"; readonly form: PictureForm }
  | { readonly kind: "encode"; readonly settings: EncodeSettings }
  | { readonly kind: "optimise"; readonly effort: OxipngPreset };

/** What a case starts from: RGBA, or in `data` the file to be decoded or optimised. */
export type CaseInput = RawPicture;

/** The same work by our codecs in workerd, by sharp, and by a tool of the format's own project. */
export interface BenchCase {
  readonly codec: string;
  readonly settings: string;
  readonly work: Work;
  /** Largest picture, in megapixels, that it is measured with. */
  readonly upTo?: number;
  /** Undefined where sharp's build cannot do it. Ours finds by itself that nothing is transparent; sharp needs an option. */
  readonly native?: (input: CaseInput) => Promise<Buffer>;
  readonly tool?: { readonly name: ToolName; readonly flags: (rawToFile: number) => readonly string[] };
}

/** Megapixels up to which the plan may choose an effort, where a round with a larger picture would take seconds. */
const small = 0.6;
const medium = 1.25;

export async function inputOf({ work }: BenchCase, picture: BenchPicture): Promise<CaseInput> {
  if (work.kind === "encode") return picture;
  const { width, height } = picture;
  return { width, height, data: await picture.fileAs(work.kind === "optimise" ? "png" : work.form) };
}

export function giveInput(worker: CodecWorker, { work }: BenchCase, input: CaseInput): Promise<void> {
  return work.kind === "encode" ? worker.keepPixels(input) : worker.keepSource(input.data);
}

export function runInWorkerd(worker: CodecWorker, { work }: BenchCase, options: RunOptions): Promise<CodecRun> {
  switch (work.kind) {
    case "decode":
      return worker.decode(options);
    case "encode":
      return worker.encode(work.settings, options);
    case "optimise":
      return worker.optimise(work.effort, options);
    default:
      return work satisfies never;
  }
}

function decodeCase(form: PictureForm, settings: string): BenchCase {
  return {
    codec: `${form === "progressive jpeg" ? "jpeg" : form.replace(/ of .*/, "")} decode`,
    settings,
    work: { kind: "decode", form },
    native: ({ data }) => sharp(data).ensureAlpha().raw().toBuffer(),
  };
}

function encodeCase(
  settings: EncodeSettings,
  label: string,
  native: ((image: Sharp) => Sharp) | undefined,
  others: Pick<BenchCase, "tool" | "upTo"> = {},
): BenchCase {
  return {
    codec: `${settings.format} encode`,
    settings: label,
    work: { kind: "encode", settings },
    ...(native && {
      native: ({ data, width, height }) => native(sharp(data, { raw: { width, height, channels: 4 } })).toBuffer(),
    }),
    ...others,
  };
}

/** `fitted`: halved colour fitted to its decoding, as the plan asks for. */
function webpLossy(method: WebpMethod, fitted: boolean, upTo = Infinity): BenchCase {
  return encodeCase(
    { format: "webp", lossless: false, coder: "libwebp", quality: 80, method, sharpYuv: fitted },
    `q80 m${method}${fitted ? " sharp-yuv" : ""}`,
    (image) => image.webp({ quality: 80, effort: method, smartSubsample: fitted }),
    { upTo, tool: { name: "cwebp", flags: () => ["-q", "80", "-m", `${method}`, ...(fitted ? ["-sharp_yuv"] : [])] } },
  );
}

/** The quality of the native encoders is the search effort here, as in our adapter. */
function webpLossless(effort: WebpMethod, upTo = Infinity): BenchCase {
  return encodeCase(
    { format: "webp", lossless: true, effort },
    `lossless m${effort}`,
    (image) => image.webp({ lossless: true, exact: true, quality: 75, effort }),
    { upTo, tool: { name: "cwebp", flags: () => ["-lossless", "-exact", "-q", "75", "-m", `${effort}`] } },
  );
}

/** sharp's effort is 9 − speed; 9 and 10 are the same speed in libaom. */
function avif(speed: AvifSpeed, chroma: Chroma, bitDepth: 8 | 10 = 8, upTo = Infinity): BenchCase {
  const yuv = chroma.replaceAll(":", "");
  return encodeCase(
    { format: "avif", quality: 60, speed, chroma, bitDepth },
    `q60 s${speed} ${chroma} ${bitDepth}-bit`,
    (image) =>
      image
        .removeAlpha()
        .avif({ quality: 60, effort: Math.max(0, 9 - speed), chromaSubsampling: chroma, bitdepth: bitDepth }),
    {
      upTo,
      tool: { name: "avifenc", flags: () => ["-q", "60", "-s", `${speed}`, "-y", yuv, "-d", `${bitDepth}`] },
    },
  );
}

function mozjpegCase(chroma: Chroma): BenchCase {
  return encodeCase(
    { format: "jpeg", quality: 80, chroma },
    `q80 ${chroma}`,
    (image) => image.removeAlpha().jpeg({ quality: 80, mozjpeg: true, chromaSubsampling: chroma }),
    { upTo: medium },
  );
}

/** Levels of oxipng, which sharp does not have. */
function packing(effort: OxipngPreset, upTo = Infinity): BenchCase {
  return { codec: "png optimise", settings: `level ${effort}`, work: { kind: "optimise", effort }, upTo };
}

const jxr = { format: "jxr", container: "jpeg-xr" } as const;

/** Every effort that the plan can choose, and every decoder. */
export const benchCases: readonly BenchCase[] = [
  decodeCase("jpeg", "sequential"),
  decodeCase("progressive jpeg", "progressive"),
  decodeCase("png", "RGB"),
  decodeCase("gif", "256 colours"),
  decodeCase("tiff of lzw", "lzw"),
  decodeCase("tiff of jpeg", "jpeg"),
  decodeCase("webp of VP8", "lossy"),
  decodeCase("webp of VP8L", "lossless"),
  decodeCase("avif of 8 bits", "8-bit 4:4:4"),
  decodeCase("avif of 10 bits", "10-bit 4:4:4"),
  webpLossy(2, true),
  webpLossy(4, true),
  webpLossy(4, false),
  webpLossy(6, true, medium),
  webpLossless(0),
  webpLossless(1, medium),
  webpLossless(2, medium),
  webpLossless(4, small),
  avif(10, "4:2:0"),
  avif(10, "4:2:0", 10, medium),
  avif(7, "4:2:0", 10, medium),
  avif(8, "4:2:0", 8, medium),
  avif(8, "4:2:0", 10, medium),
  avif(8, "4:4:4", 8, medium),
  avif(8, "4:4:4", 10, medium),
  avif(6, "4:4:4", 8, small),
  avif(6, "4:4:4", 10, small),
  mozjpegCase("4:2:0"),
  mozjpegCase("4:4:4"),
  encodeCase({ format: "png", effort: "stream" }, "quick rows", (image) =>
    image.removeAlpha().png({ compressionLevel: 6, adaptiveFiltering: true }),
  ),
  encodeCase({ format: "png", effort: 1 }, "oxipng 1", undefined, { upTo: medium }),
  encodeCase({ format: "png", effort: 2 }, "oxipng 2", undefined, { upTo: small }),
  packing(0),
  packing(1, medium),
  packing(2, small),
  encodeCase({ format: "jp2", lossless: false, quality: 80 }, "q80", undefined, {
    upTo: medium,
    tool: { name: "opj_compress", flags: (rawToFile) => ["-I", "-r", rawToFile.toFixed(2)] },
  }),
  encodeCase({ format: "jp2", lossless: true }, "lossless", undefined, {
    upTo: medium,
    tool: { name: "opj_compress", flags: () => [] },
  }),
  encodeCase({ ...jxr, lossless: false, quality: 80 }, "q80", undefined, {
    upTo: medium,
    // Its scale is another; this gives as many bytes as ours.
    tool: { name: "JxrEncApp", flags: () => ["-q", "0.5"] },
  }),
  encodeCase({ ...jxr, lossless: true }, "lossless", undefined, {
    upTo: medium,
    tool: { name: "JxrEncApp", flags: () => [] },
  }),
];
