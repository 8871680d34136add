/** The still and moving pictures that the Worker is asked for as every kind of client. */
import { readFile, readdir } from "node:fs/promises";
import sharp from "sharp";
import { inflateFile } from "./inflate-file.ts";
import { type Client, clients, judgedClients, type Kind } from "./matrix.ts";
import { smallSources } from "./matrix-sources.ts";
import { corpus, hasCorpus } from "./pictures.ts";

export const sourceTypes: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  tif: "image/tiff",
  webp: "image/webp",
  avif: "image/avif",
};

/** `small` are made here; the others are folders of the corpus. */
export const sourceFolders = [
  "small",
  "jpeg",
  "jpeg-exif",
  "jpeg-icc",
  "jpeg-cmyk",
  "png",
  "tiff",
  "anim",
  "pngsuite",
] as const;
export type SourceFolder = (typeof sourceFolders)[number];

export interface Source {
  readonly folder: SourceFolder;
  readonly name: string;
  readonly extension: string;
  readonly file: Buffer;
}

const extensionOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

export async function readSources(folder: SourceFolder): Promise<readonly Source[]> {
  if (folder === "small") {
    return Promise.all(
      smallSources.map(async ({ name, extension, make }) => ({ folder, name, extension, file: await make() })),
    );
  }
  if (!hasCorpus) return [];
  // Those of PngSuite that begin with x are broken.
  const isWhole = (name: string): boolean => !(folder === "pngsuite" && name.startsWith("x"));
  const names = (await readdir(corpus + folder)).filter((name) => extensionOf(name) in sourceTypes && isWhole(name));
  return Promise.all(
    names.map(async (name) => ({
      folder,
      name,
      extension: extensionOf(name),
      file: await readFile(`${corpus}${folder}/${name}`),
    })),
  );
}

export async function kindOf({ file, extension, name }: Omit<Source, "folder">): Promise<Kind> {
  if (extension === "webp" || extension === "avif") return "modern";
  const { space, depth, pages = 1 } = await sharp(file).metadata();
  if (name.includes("gainmap")) return "hdr";
  // libvips reads the first picture of an APNG alone; `acTL` comes before it (PNG 3rd edition §11.3.6).
  if (extension === "png" && file.subarray(0, file.indexOf("IDAT")).includes("acTL")) return "multi-page";
  if (pages > 1) return extension === "gif" ? "animated gif" : "multi-page";
  const isCmyk = space === "cmyk";
  const isDeep = depth === "ushort";
  switch (extension) {
    case "jpg":
      return isCmyk ? "CMYK jpeg" : "jpeg";
    case "png":
      return isDeep ? "deep png" : "png";
    case "tif":
      return isCmyk || isDeep ? "reduced tiff" : "tiff";
    default:
      return "gif";
  }
}

/** A JPEG grows by its own size; others by what their samples take, so that lossless formats are smaller in any case. */
const maxExtraBytes = 2_500_000;

/** The file that the origin sends: the same picture, made larger so that every variant of it is worth sending. */
export async function enlarged({ file, extension }: Source, kind: Kind): Promise<Buffer> {
  // What a gain map's directory says of places in the file would not be true any more.
  if (kind === "hdr" || kind === "modern") return file;
  const { width, height } = await sharp(file).metadata();
  const extra = extension === "jpg" ? file.length : Math.min(maxExtraBytes, 3 * width * height + 4096);
  return inflateFile(file, extension, extra);
}

const allClients: readonly Client[] = clients;

/**
 * Who asks for a source: every client whose files can be judged here, with these exceptions. Portraits that differ by
 * their orientation only are asked for by one client each, large pictures by two. IE 9 gets what IE 11 gets but for one
 * step of the transform, so that a part shows it. The photographs of `jpeg`, which differ in how their coefficients lie,
 * show by all other formats that they are read right; AVIF, the slowest, is made of a third. Of PngSuite each file is
 * asked for by two, animations by two.
 */
export function clientsOf({ folder, name }: Source, index: number, kind: Kind): readonly Client[] {
  const [webp, ...others] = judgedClients;
  if (folder === "pngsuite") return [webp, others[index % others.length]].filter((client) => client !== undefined);
  if (kind === "animated gif" || kind === "modern") return judgedClients.filter(({ best }) => best === "webp" || !best);
  return judgedClients.filter((client) => {
    const place = allClients.indexOf(client);
    if (name.startsWith("portrait_")) return place === index % 7;
    if (/^flower_(2268|luma)/.test(name)) return (place - index + 28) % 7 < 2;
    // Their readers are judged by the other formats; AVIF of the largest takes seconds.
    if (client.best === "avif" && /^(flower_(1040|nonint)|kodim14_q90|kodim22_q92)/.test(name)) return false;
    if (client.best === "avif" && folder === "jpeg" && name.startsWith("kodim")) return index % 3 === 0;
    return client.name !== "IE 9" || folder === "jpeg-cmyk" || folder === "tiff" || index % 3 === 0;
  });
}
