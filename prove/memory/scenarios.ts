import sharp from "sharp";
import { makeSheet } from "../../bench/coefficients/pictures.ts";

export type JpegForm = "baseline" | "progressive";

/** One source at the origin. */
export interface Source {
  readonly path: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Sent in chunks, without Content-Length. */
  readonly chunked?: true;
}

/** What comes at once. */
export interface Scenario {
  readonly name: string;
  readonly accept: readonly string[];
  readonly sources: () => Promise<readonly Source[]>;
}

export const modern = "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
export const avifAndWebp = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
export const baseline = "*/*";

/** Different bytes under each path: the same picture with a comment of its own (ITU-T T.81 §B.2.4.5) of some size. */
function copiesOf(jpeg: Uint8Array, count: number, name: string, padding: number, chunked: boolean): Source[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `/${name}-${index}.jpg`,
    type: "image/jpeg",
    bytes: withComments(jpeg, padding, index),
    ...(chunked ? { chunked: true as const } : {}),
  }));
}

const longestComment = 65_533;

function withComments(jpeg: Uint8Array, padding: number, index: number): Uint8Array {
  const comments: Uint8Array[] = [];
  for (let left = Math.max(1, padding); left > 0; left -= longestComment) {
    const length = Math.min(longestComment, left);
    const comment = new Uint8Array(length + 4).fill(index);
    comment.set([0xff, 0xfe, (length + 2) >> 8, (length + 2) & 255]);
    comments.push(comment);
  }
  return Buffer.concat([jpeg.subarray(0, 2), ...comments, jpeg.subarray(2)]);
}

const photograph = async (megapixels: number, form: JpegForm, chroma: "4:2:0" | "4:4:4") =>
  (await makeSheet(megapixels, "detailed")).toJpeg({
    progressive: form === "progressive",
    chromaSubsampling: chroma,
  });

async function largeSources(chunked: boolean): Promise<Source[]> {
  const jpeg = await photograph(1, "baseline", "4:2:0");
  return copiesOf(jpeg, 12, `large${chunked ? "-chunked" : ""}`, 10 * 1024 * 1024 - jpeg.length, chunked);
}

async function png(megapixels: number): Promise<Source[]> {
  const sheet = await makeSheet(megapixels, "smooth");
  const jpeg = await sheet.toJpeg({ progressive: false, chromaSubsampling: "4:4:4" });
  const bytes = await sharp(jpeg).png({ compressionLevel: 6 }).toBuffer();
  return [{ path: `/png-${megapixels}.png`, type: "image/png", bytes: new Uint8Array(bytes) }];
}

/** As many different pictures of the same size. */
const many = (count: number, megapixels: number, accept: string): Scenario => ({
  name: `${count} JPEGs of ${megapixels} MP`,
  accept: [accept],
  sources: async () =>
    copiesOf(await photograph(megapixels, "baseline", "4:2:0"), count, `many-${megapixels}`, 1, false),
});

/** Of which nothing is made. */
function largeSvgs(): Source[] {
  return Array.from({ length: 6 }, (_, index) => {
    const text = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><!--${index}${"x".repeat(20e6)}--></svg>`;
    return { path: `/large-${index}.svg`, type: "image/svg+xml", bytes: new TextEncoder().encode(text) };
  });
}

/** Many requests at once. */
export const bursts: readonly Scenario[] = [
  { name: "12 sources of 10 MiB", accept: [avifAndWebp], sources: () => largeSources(false) },
  { name: "12 sources of 10 MiB, no length stated", accept: [avifAndWebp], sources: () => largeSources(true) },
  { name: "6 SVGs of 20 MB", accept: [modern], sources: () => Promise.resolve(largeSvgs()) },
  many(10, 1, avifAndWebp),
  many(100, 1, avifAndWebp),
  many(10, 24, modern),
  many(100, 24, modern),
];

const one = (megapixels: number, form: JpegForm, chroma: "4:2:0" | "4:4:4"): Scenario => ({
  name: `${megapixels} MP ${form}, ${chroma}`,
  accept: [modern, avifAndWebp, baseline],
  sources: async () =>
    copiesOf(
      await photograph(megapixels, form, chroma),
      1,
      `one-${megapixels}-${form}-${chroma.replaceAll(":", "")}`,
      1,
      false,
    ),
});

const sizes = [4, 12, 24, 48];
/** Below 4 megapixels AVIF decides. */
const smallSizes = [1, 2, 3];

/** One large picture, asked for by three kinds of clients. */
export const largeJpegs = (form: JpegForm): readonly Scenario[] =>
  [...(form === "baseline" ? smallSizes : []), ...sizes].flatMap((megapixels) =>
    (["4:2:0", "4:4:4"] as const).map((chroma) => one(megapixels, form, chroma)),
  );

export const largePngs: readonly Scenario[] = [1, ...sizes].map((megapixels) => ({
  name: `${megapixels} MP`,
  accept: [modern, avifAndWebp, baseline],
  sources: () => png(megapixels),
}));
