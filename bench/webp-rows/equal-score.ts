import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import type { Pixels } from "../../src/imaging/model/picture.ts";
import { runAtOnce } from "../../src/imaging/steps.ts";
import { encodeWebpRows } from "../../src/imaging/webp/rows/encode-rows.ts";
import { baseIndexOfQuality } from "../../src/imaging/webp/rows/quality.ts";
import { runner } from "../bytes/score.ts";

const run = promisify(execFile);
const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const demo = fileURLToPath(new URL("../../demo/public/photos/", import.meta.url));

/** A folder of further photographs, which nothing here was chosen with: say that of Debian's `mate-backgrounds`. */
const others = process.env.PHOTOGRAPHS;

/** Larger ones are halved until they fit. */
const pictures = [
  ...[
    "png/kodim03.png",
    "png/kodim04_interlaced.png",
    "png/kodim15.png",
    "tiff/kodim10_le_none.tif",
    "webp/kodim12_lossless.webp",
    "jpeg/kodim08_q85_1x1_base.jpg",
    "jpeg/flower_1040_q85.jpg",
    "jpeg/bicycles_restarts.jpg",
    "webp/bryce.webp",
    "avif/paris_icc_exif_xmp.avif",
    "jpeg-exif/portrait_orient1.jpg",
    "jpeg-icc/seine_ultrahdr_gainmap.jpg",
    "jpeg-exif/sideways_bench_orient5_icc.jpg",
  ].map((path) => corpus + path),
  ...["blossom-display-p3.jpg", "hibiscus-window.jpg", "lighthouse.jpg", "macaws.jpg"].map((path) => demo + path),
];

function photographsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.jpe?g$/.test(name))
    .map((name) => join(folder, name));
}

const mostPixels = 0.6e6;
const rowsQualities = [60, 75, 82, 88];
const peerQualities = [45, 60, 72, 80, 86, 91, 95];

/** One file, and what two independent measures say of it: SSIMULACRA 2 (100 is the same) and the 3-norm of Butteraugli (0 is). */
interface Scored {
  readonly bytes: number;
  readonly score: number;
  readonly distance: number;
}

export interface EqualScoreResult {
  readonly name: string;
  readonly isOther: boolean;
  readonly rows: readonly Scored[];
  /** Rows' bytes over those of cwebp -m 4 at the same measure, mean over rows' qualities. */
  readonly bytesAtScore: number;
  readonly bytesAtDistance: number;
}

/** Compares with `cwebp -m 4` at equal measures, on what there is of the pictures. */
export async function compareAtEqualScore(kernel: WebAssembly.Module): Promise<EqualScoreResult[]> {
  const results: EqualScoreResult[] = [];
  const more = others === undefined ? [] : photographsOf(others);
  for (const path of [...pictures, ...more]) {
    if (!existsSync(path)) continue;
    const folder = mkdtempSync(join(tmpdir(), "edge-imaging-rows-"));
    try {
      const reference = join(folder, "reference.png");
      const pixels = await prepare(path, reference);
      const rows: Scored[] = [];
      for (const quality of rowsQualities) {
        const file = runAtOnce(encodeWebpRows(kernel, pixels, baseIndexOfQuality(quality)));
        rows.push(await score(folder, reference, file));
      }
      const peer: Scored[] = [];
      for (const quality of peerQualities) {
        const output = join(folder, "peer.webp");
        await tool("cwebp", "-quiet", "-m", "4", "-q", `${quality}`, reference, "-o", output);
        peer.push(await score(folder, reference, await readFile(output)));
      }
      results.push({
        name: path.split("/").at(-1) ?? path,
        isOther: more.includes(path),
        rows,
        bytesAtScore: meanRatio(rows, peer, ({ score: value }) => value),
        bytesAtDistance: meanRatio(rows, peer, ({ distance }) => -Math.log(distance)),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return results;
}

/** The picture upright, opaque and in sRGB, as a PNG that says nothing else. */
async function prepare(path: string, reference: string): Promise<Pixels> {
  const { autoOrient } = await sharp(path).metadata();
  let scale = 1;
  while (autoOrient.width * autoOrient.height * scale * scale > mostPixels) scale /= 2;
  const { data, info } = await sharp(path)
    .autoOrient()
    .resize({ width: Math.round(autoOrient.width * scale) })
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  await sharp(data, { raw }).toColourspace("srgb").png({ compressionLevel: 1 }).toFile(reference);
  const rgba = await sharp(reference).ensureAlpha().raw().toBuffer();
  return { data: new Uint8ClampedArray(rgba), width: info.width, height: info.height };
}

async function score(folder: string, reference: string, file: Uint8Array): Promise<Scored> {
  const [webp, shown] = [join(folder, "variant.webp"), join(folder, "variant.png")];
  await writeFile(webp, file);
  await tool("dwebp", "-quiet", webp, "-o", shown);
  const points = Number.parseFloat((await tool("ssimulacra2", reference, shown)).trim().split("\n").at(-1) ?? "");
  const [, norm = ""] = /3-norm:\s*([\d.]+)/.exec(await tool("butteraugli_main", reference, shown)) ?? [];
  return { bytes: file.length, score: points, distance: Number.parseFloat(norm) };
}

async function tool(name: string, ...options: string[]): Promise<string> {
  const { stdout } = await run(runner, [name, ...options], { timeout: 60_000 });
  return stdout;
}

/** On the line through the two neighbours of the peer's curve, in logarithms of bytes; the ends go on beyond it. */
function meanRatio(rows: readonly Scored[], peer: readonly Scored[], measure: (scored: Scored) => number): number {
  const curve = peer.toSorted((a, b) => measure(a) - measure(b));
  const logarithms = rows.map((each) => {
    const found = curve.findIndex((point) => measure(point) >= measure(each));
    const upper = found < 0 ? curve.length - 1 : Math.max(1, found);
    const [a, b] = [curve[upper - 1], curve[upper]];
    const share = (measure(each) - measure(a)) / (measure(b) - measure(a));
    return Math.log(each.bytes) - (Math.log(a.bytes) + share * (Math.log(b.bytes) - Math.log(a.bytes)));
  });
  return Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / logarithms.length);
}
