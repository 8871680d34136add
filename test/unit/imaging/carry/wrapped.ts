/** What tests of the containers put into files, and files of other encoders to put it into. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { bytes, tiff } from "../probe/bytes.ts";

type File = Uint8Array<ArrayBuffer>;

/** A TIFF structure with one field: upright. */
export const exif = tiff("II", [{ tag: 274, type: 3, value: 1 }]);

export const xmp = new TextEncoder().encode(
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Agentur Ü"/>' +
    "</rdf:RDF></x:xmpmeta>",
);
/** Of an even length, where the other is of an odd one. */
export const otherXmp = bytes(new TextDecoder().decode(xmp.slice()).replace("Agentur Ü", "Press!"));

const plain = { create: { width: 21, height: 13, channels: 3, background: "#c84" } } as const;

/** Display P3, as libvips ships it. */
export const icc = await profileNamed("p3");

async function profileNamed(name: string): Promise<Uint8Array> {
  const { icc: found } = await sharp(await sharp(plain).withIccProfile(name).png().toBuffer()).metadata();
  if (found === undefined) throw new Error("no profile");
  return new Uint8Array(found);
}

/** What libvips reads from a file; Exif without the prefix that only JPEG has. */
export async function embedded(file: Uint8Array) {
  const metadata = await sharp(file).metadata();
  const found = metadata.exif && new Uint8Array(metadata.exif);
  return {
    icc: metadata.icc && new Uint8Array(metadata.icc),
    xmp: metadata.xmp && new Uint8Array(metadata.xmp),
    exif: found && Buffer.from(found.subarray(0, 6)).equals(bytes("Exif\0\0")) ? found.subarray(6) : found,
  };
}

export async function pixelsOf(file: Uint8Array) {
  const { data, info } = await sharp(file, { animated: true }).raw().toBuffer({ resolveWithObject: true });
  return { data: data.toString("base64"), width: info.width, height: info.height, channels: info.channels };
}

/** A small picture with edges, encoded by libvips. */
export async function encoded(
  format: "webp" | "avif" | "png" | "jpeg",
  { alpha = false, lossless = false, gray = false, palette = false } = {},
): Promise<File> {
  const width = 21;
  const height = 13;
  const channels = alpha ? 4 : 3;
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) =>
    gray && i % channels < 3 ? Math.floor(i / channels) % 256 : (i * 31) % 256,
  );
  const picture = sharp(data, { raw: { width, height, channels } }).toColourspace(gray ? "b-w" : "srgb");
  const options = format === "png" ? { palette } : format === "jpeg" ? {} : { lossless };
  return new Uint8Array(await picture.toFormat(format, options).toBuffer());
}

function isInstalled(tool: string): boolean {
  return spawnSync(tool, ["-ver"], { stdio: "ignore", input: "" }).error === undefined;
}

/** Debian: libimage-exiftool-perl. */
export const exifToolName = "exiftool";
export const hasExifTool = isInstalled(exifToolName);
export const withoutExifTool = hasExifTool ? "" : " (skipped: exiftool is not installed)";

/** The tags that ExifTool reads from a file, by group and name. `warnings` has what it finds wrong. */
export function exifTool(file: Uint8Array, extension: string): { tags: Record<string, unknown>; warnings: string } {
  const folder = mkdtempSync(join(tmpdir(), "exiftool-"));
  try {
    const path = join(folder, `file.${extension}`);
    writeFileSync(path, file);
    const { stdout } = spawnSync(exifToolName, ["-j", "-G1", "-struct", "-validate", "-warning", "-a", "-all", path], {
      encoding: "utf8",
    });
    const [tags = {}] = JSON.parse(stdout) as Record<string, unknown>[];
    const text = JSON.stringify(tags["ExifTool:Warning"] ?? "");
    return { tags, warnings: text };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
