import sharp from "sharp";
import { makeSheet } from "../coefficients/pictures.ts";

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

const modern = "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const avifAndWebp = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const baseline = "*/*";

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

const photograph = async (megapixels: number, form: "baseline" | "progressive", chroma: "4:2:0" | "4:4:4") =>
  (await makeSheet(megapixels, "detailed")).toJpeg({
    progressive: form === "progressive",
    chromaSubsampling: chroma,
  });

async function largeSources(chunked: boolean): Promise<Source[]> {
  const jpeg = await photograph(1, "baseline", "4:2:0");
  return copiesOf(jpeg, 12, `large${chunked ? "-chunked" : ""}`, 10 * 1024 * 1024 - jpeg.length, chunked);
}

async function png(megapixels: number): Promise<Source[]> {
  const jpeg = await photograph(megapixels, "baseline", "4:4:4");
  const bytes = await sharp(jpeg).png({ compressionLevel: 4 }).toBuffer();
  return [{ path: `/png-${megapixels}.png`, type: "image/png", bytes: new Uint8Array(bytes) }];
}

const one = (megapixels: number, form: "baseline" | "progressive", chroma: "4:2:0" | "4:4:4"): Scenario => ({
  name: `one ${megapixels} MP ${form} JPEG, ${chroma}`,
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

const singles = [4, 12, 24, 48].flatMap((megapixels) =>
  (["baseline", "progressive"] as const).flatMap((form) =>
    (["4:2:0", "4:4:4"] as const).map((chroma) => one(megapixels, form, chroma)),
  ),
);

export const scenarios: readonly Scenario[] = [
  { name: "12 sources of 10 MiB", accept: [avifAndWebp], sources: () => largeSources(false) },
  { name: "12 sources of 10 MiB, no length stated", accept: [avifAndWebp], sources: () => largeSources(true) },
  {
    name: "20 new photographs of 1 MP",
    accept: [avifAndWebp],
    sources: async () => copiesOf(await photograph(1, "baseline", "4:2:0"), 20, "photograph", 1, false),
  },
  {
    name: "10 JPEGs of 24 MP",
    accept: [modern],
    sources: async () => copiesOf(await photograph(24, "baseline", "4:2:0"), 10, "camera", 1, false),
  },
  one(2, "baseline", "4:2:0"),
  one(3, "baseline", "4:2:0"),
  ...singles,
  ...[1, 4, 12].map((megapixels) => ({
    name: `one ${megapixels} MP PNG`,
    accept: [modern, avifAndWebp, baseline],
    sources: () => png(megapixels),
  })),
];
