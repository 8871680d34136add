import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recompressJpeg } from "../../src/imaging/recompress/recompress.ts";
import { ImagingError } from "../../src/imaging/model/error.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import { runAtOnce } from "../../src/imaging/steps.ts";
import { type Form, recipeOf } from "./forms.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
/** The first has files with nothing in them but the picture, so that nothing is saved by leaving something out. */
const folders = ["jpeg", "jpeg-exif", "jpeg-icc"] as const;

const runner = join(
  process.env.IMAGE_ORACLES ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "image-metrics"),
  "run",
);

/** What a file becomes; undefined where it has no such form or the tool is not installed. */
const writers = {
  source: (jpeg) => jpeg.length,
  jpegtran: (jpeg) => {
    const { stdout, error } = spawnSync("jpegtran", ["-optimize", "-progressive", "-copy", "all"], {
      input: jpeg,
      maxBuffer: 1 << 28,
    });
    return error === undefined ? stdout.length : undefined;
  },
  optimised: (jpeg, quality) => recompressedSize(jpeg, "optimised", quality),
  "jpeg-lossy": (jpeg, quality) => recompressedSize(jpeg, "jpeg-lossy", quality),
  cjxl: (jpeg) => (existsSync(runner) ? cjxlSize(jpeg) : undefined),
  jxl: (jpeg, quality) => recompressedSize(jpeg, "jxl", quality),
  "jxl-exact": (jpeg, quality) => recompressedSize(jpeg, "jxl-exact", quality),
  "jxl-lossy": (jpeg, quality) => recompressedSize(jpeg, "jxl-lossy", quality),
} as const satisfies Record<string, (jpeg: Uint8Array, quality: number) => number | undefined>;

export type Writer = keyof typeof writers;

export interface BytesResult {
  readonly folder: (typeof folders)[number] | "all";
  readonly files: number;
  /** Bytes of all files together; `null` where the tool is missing. */
  readonly totals: Readonly<Record<Writer, number | null>>;
}

/**
 * Sizes of the corpus's JPEGs in every form, by folder and together: of the same coefficients, or lossy at the usual look. JPEG XL is without
 * metadata but profile and orientation, ours and cjxl's; optimised JPEGs have all that the source has. Files with a gain map
 * are left out, since they are passed through. Empty without the corpus.
 */
export async function countBytes(): Promise<BytesResult[]> {
  const byFolder: { folder: BytesResult["folder"]; files: Sizes[] }[] = [];
  for (const folder of folders.filter((name) => existsSync(`${corpus}${name}`))) {
    const files: Sizes[] = [];
    for (const name of readdirSync(`${corpus}${folder}`)) {
      const jpeg = new Uint8Array(readFileSync(`${corpus}${folder}/${name}`));
      const facts = await probeImage(jpeg);
      if (facts?.format === "jpeg" && !facts.hdr) files.push(sizesOf(jpeg, facts.jpeg.quality ?? 100));
    }
    byFolder.push({ folder, files });
  }
  const everything = { folder: "all" as const, files: byFolder.flatMap(({ files }) => files) };
  if (everything.files.length === 0) return [];
  return [...byFolder, everything].map(({ folder, files }) => ({
    folder,
    files: files.length,
    totals: mapWriters((writer) => {
      const sizes = files.map((file) => file[writer]);
      // A file that has no such form counts as it is, for that is what is sent.
      return sizes.every((size) => size === undefined)
        ? null
        : sizes.reduce<number>((sum, size, index) => sum + (size ?? files[index].source ?? 0), 0);
    }),
  }));
}

type Sizes = Readonly<Record<Writer, number | undefined>>;

function sizesOf(jpeg: Uint8Array, quality: number): Sizes {
  return mapWriters((writer) => writers[writer](jpeg, quality));
}

function mapWriters<T>(map: (writer: Writer) => T): Record<Writer, T> {
  const names = Object.keys(writers) as Writer[];
  return Object.fromEntries(names.map((writer) => [writer, map(writer)])) as Record<Writer, T>;
}

/** Sources of less quality are not made worse. */
const minLossyQuality = 60;

function recompressedSize(jpeg: Uint8Array, form: Form, quality: number): number | undefined {
  const recipe = recipeOf(form, quality);
  if (!recipe.exact && quality < minLossyQuality) return undefined;
  try {
    return runAtOnce(recompressJpeg(jpeg, recipe, recipe.format === "jpeg" ? "keep" : "none")).bytes.length;
  } catch (error) {
    if (error instanceof ImagingError) return undefined;
    throw error;
  }
}

/** Without chroma from luma, which is not exact. */
function cjxlSize(jpeg: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), "coefficients-"));
  try {
    const files = ["picture.jpg", "picture.jxl"].map((name) => join(folder, name));
    writeFileSync(files[0], jpeg);
    const options = ["-e", "7", "--lossless_jpeg=1", "--jpeg_reconstruction_cfl=0", "--allow_jpeg_reconstruction=0"];
    const bare = ["-x", "strip=exif", "-x", "strip=xmp", "-x", "strip=jumbf"];
    const { status, stderr } = spawnSync(runner, ["cjxl", ...options, ...bare, ...files], { encoding: "utf8" });
    if (status !== 0) throw new Error(`cjxl failed: ${stderr}`);
    return readFileSync(files[1]).length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
