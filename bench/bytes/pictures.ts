import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { FormatId } from "../../src/imaging/model/formats.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";

/** What pictures have in common that are summed up together. */
export type Group =
  | "JPEG photographs, quality 80–92"
  | "JPEG photographs, other qualities"
  | "JPEG graphics"
  | "JPEG, CMYK"
  | "PNG screenshots and logos"
  | "PNG photographs"
  | "TIFF"
  | "GIF animations";

export interface BenchPicture {
  /** Path below the origin, without a slash at the start. */
  readonly path: string;
  readonly format: FormatId;
  readonly bytes: Buffer;
  readonly megapixels: number;
  /** Of a JPEG, read from its quantisation tables (1–100). */
  readonly quality: number | undefined;
  /** Has a colour profile other than sRGB. */
  readonly isTagged: boolean;
}

export interface GroupedPicture extends BenchPicture {
  readonly group: Group;
}

/** One photograph as JPEGs of many qualities, or of many sizes. */
export interface MadePicture extends BenchPicture {
  readonly step: number;
}

const corpusFolder = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const demoFolder = fileURLToPath(new URL("../../demo/public/", import.meta.url));

/** Source qualities of the photographs that this project has to do well on. */
const headlineQualities = { lowest: 80, highest: 92 } as const;

/** Of the corpus and of the demo, without the demo's copies of corpus pictures. */
const corpusFiles: readonly { readonly group: Group | "JPEG photographs"; readonly files: readonly RegExp[] }[] = [
  {
    group: "JPEG photographs",
    files: [/^jpeg\/(?!one_pixel|screenshot)/, /^jpeg-icc\/(?!red-at)/, /^photos\/(lighthouse|macaws|red-barn)\.jpg$/],
  },
  { group: "JPEG graphics", files: [/^jpeg\/screenshot/, /^jpeg-icc\/red-at/] },
  { group: "JPEG, CMYK", files: [/^jpeg-cmyk\//] },
  {
    group: "PNG screenshots and logos",
    files: [/^png\/(358colors|debian-logo|logo_|screenshot)/, /^graphics\/(dashboard|logo)\.png$/],
  },
  { group: "PNG photographs", files: [/^png\/(kodim|photo_(alpha|gray))/, /^graphics\/tulips/] },
  { group: "TIFF", files: [/^tiff\/kodim10_(deflate|lzw|palette|rgb16_deflate|cmyk_lzw|jpeg_in_tiff)\.tif$/] },
  { group: "GIF animations", files: [/^anim\/(animation_patches|rotating-squares|star)\.gif$/, /^graphics\/sailing/] },
];

/** The corpus's pictures and the demo's; only the demo's when the corpus is not there. */
export async function readPictures(): Promise<GroupedPicture[]> {
  const files = [...filesBelow(corpusFolder), ...filesBelow(demoFolder)];
  const pictures: GroupedPicture[] = [];
  for (const { group, files: patterns } of corpusFiles) {
    for (const { path, file } of files.filter(({ path: name }) => patterns.some((pattern) => pattern.test(name)))) {
      const picture = await describe(path, readFileSync(file));
      pictures.push({ ...picture, group: group === "JPEG photographs" ? photographGroup(picture) : group });
    }
  }
  return pictures;
}

function photographGroup({ quality = 0 }: BenchPicture): Group {
  return quality >= headlineQualities.lowest && quality <= headlineQualities.highest
    ? "JPEG photographs, quality 80–92"
    : "JPEG photographs, other qualities";
}

export const hasCorpus = existsSync(corpusFolder);

function filesBelow(folder: string): { path: string; file: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap(({ name }) =>
      readdirSync(join(folder, name))
        .toSorted()
        .map((file) => ({ path: `${name}/${file}`, file: join(folder, name, file) })),
    );
}

async function describe(path: string, bytes: Buffer): Promise<BenchPicture> {
  const facts = await probeImage(bytes);
  if (facts === undefined) throw new Error(`${path} is not an image`);
  return {
    path,
    format: facts.format,
    bytes,
    megapixels: ((facts.width ?? 0) * (facts.height ?? 0)) / 1e6,
    quality: facts.format === "jpeg" ? facts.jpeg.quality : undefined,
    isTagged: facts.profile === "other",
  };
}

/** Qualities of the first plot. */
export const ladderQualities = [50, 60, 65, 70, 75, 80, 85, 90, 95, 98] as const;

/** Lossless photographs, or ones scaled down so far that no trace of their JPEG is left. */
async function pristinePhotographs(): Promise<{ name: string; pixels: Buffer }[]> {
  const lossless = ["png/kodim03.png", "png/kodim04_interlaced.png", "png/kodim15.png", "webp/kodim12_lossless.webp"];
  const files = hasCorpus
    ? lossless.map((name) => ({ file: join(corpusFolder, name), scale: 1 }))
    : ["macaws", "red-barn", "lighthouse"].map((name) => ({ file: join(demoFolder, `photos/${name}.jpg`), scale: 2 }));
  return Promise.all(
    files.map(async ({ file, scale }) => {
      const { width } = await sharp(file).metadata();
      const image = sharp(file).resize(Math.round(width / scale));
      return { name: basename(file, extname(file)), pixels: await image.removeAlpha().png().toBuffer() };
    }),
  );
}

/** Each photograph at each quality, as JPEGs with halved chroma. */
export async function makeQualityLadder(): Promise<MadePicture[]> {
  const pictures: MadePicture[] = [];
  for (const { name, pixels } of await pristinePhotographs()) {
    for (const quality of ladderQualities) {
      const bytes = await sharp(pixels).jpeg({ quality, chromaSubsampling: "4:2:0" }).toBuffer();
      pictures.push({ ...(await describe(`ladder/${name}-q${quality}.jpg`, bytes)), step: quality });
    }
  }
  return pictures;
}

/** Widths of the size table, in pixels; all pictures are 3:2. */
export const sizeWidths = [320, 640, 1200, 1700, 2200] as const;

/** Photographs at quality 85 in each width, scaled down from ones that are larger. */
export async function makeSizes(): Promise<MadePicture[]> {
  const sources = hasCorpus
    ? [join(corpusFolder, "jpeg/flower_2268x1512_q85_420_prog.jpg"), join(corpusFolder, "webp/bryce.webp")]
    : [join(demoFolder, "photos/red-barn.jpg")];
  const pictures: MadePicture[] = [];
  for (const source of sources) {
    const { width: sourceWidth } = await sharp(source).metadata();
    for (const width of sizeWidths.filter((wanted) => wanted <= sourceWidth)) {
      const image = sharp(source).resize(width, Math.round(width / 1.5), { fit: "cover" });
      const bytes = await image.jpeg({ quality: 85 }).toBuffer();
      pictures.push({
        ...(await describe(`sizes/${basename(source, extname(source))}-${width}.jpg`, bytes)),
        step: width,
      });
    }
  }
  return pictures;
}
