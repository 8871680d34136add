import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Chroma } from "../../src/imaging/model/settings.ts";
import sharp, { type Sharp } from "sharp";
import { probeImage } from "../../src/imaging/probe/probe.ts";
import { minLossySourceQuality } from "../../src/edge/plan/quality-map.ts";

/** A picture without any coding damage that one could see. */
export interface PristinePicture {
  readonly name: string;
  /** Other photographs show how scores are predicted, and have no say in the qualities. */
  readonly content: "photograph" | "other photograph" | "graphics";
  readonly png: Buffer;
}

interface Recipe {
  readonly name: string;
  readonly content: PristinePicture["content"];
  readonly file: string;
  readonly make: (image: Sharp) => Sharp;
}

const corpus = "../../../shared/corpus/";
const demo = "../../demo/public/";
const white = "#ffffff";

/** Text and lines of one pixel in the colours that suffer most from halved chroma, on white and on each other. */
const redText = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320" font-family="DejaVu Sans, sans-serif">
<rect width="480" height="320" fill="white"/><rect y="160" width="480" height="80" fill="#06c"/>
<rect y="240" width="480" height="80" fill="#111"/>
<g fill="#d00"><text x="16" y="40" font-size="28">Sale: 30 % off today</text>
<text x="16" y="72" font-size="14">Only while stocks last, in all our shops and online.</text>
<text x="16" y="96" font-size="11">Terms and conditions apply. See the back of the receipt.</text></g>
<text x="16" y="130" font-size="16" fill="#080">In stock</text><text x="130" y="130" font-size="16" fill="#00c">Read more</text>
<text x="16" y="206" font-size="22" fill="#f33">Red on blue</text><text x="200" y="206" font-size="14" fill="#ff0">yellow on blue</text>
<text x="16" y="286" font-size="22" fill="#f00">Red on black</text><text x="200" y="286" font-size="14" fill="#0af">blue on black</text>
<g stroke="#d00" fill="none"><path d="M300 20l150 90M300 110l150-90"/><circle cx="375" cy="65" r="40"/></g></svg>`;

/**
 * Lossless files as they are, cut to a size at which the whole calibration takes minutes; good JPEGs at a half or less,
 * where their blocks are gone. None of the photographs is one that the benchmark's headline is judged by.
 */
const recipes: readonly Recipe[] = [
  photograph("kodim03", `${corpus}png/kodim03.png`, (image) =>
    image.extract({ left: 128, top: 64, width: 512, height: 384 }),
  ),
  photograph("kodim15", `${corpus}png/kodim15.png`, (image) =>
    image.extract({ left: 64, top: 32, width: 512, height: 384 }),
  ),
  photograph("kodim04", `${corpus}png/kodim04_interlaced.png`, (image) =>
    image.extract({ left: 64, top: 128, width: 384, height: 512 }),
  ),
  photograph("kodim12", `${corpus}webp/kodim12_lossless.webp`, (image) => image),
  photograph("kodim10", `${corpus}tiff/kodim10_le_none.tif`, (image) => image),
  photograph("kodim20", `${corpus}jpeg/kodim20_q95_1x1_base.jpg`, (image) => image.resize(384)),
  photograph("flower", `${corpus}jpeg/flower_2268x1512_q85_420_prog.jpg`, (image) => image.resize(567)),
  photograph("bryce", `${corpus}webp/bryce.webp`, (image) =>
    image.extract({ left: 4000, top: 500, width: 1440, height: 960 }).resize(480),
  ),
  photograph("macaws", `${demo}photos/macaws.jpg`, (image) => image.resize(500)),
  otherPhotograph("portrait", `${corpus}jpeg-exif/portrait_orient1.jpg`, (image) => image.resize(400)),
  otherPhotograph("paris", `${corpus}jpeg-exif/paris_exif_xmp_icc.jpg`, (image) => image.resize(300)),
  otherPhotograph("seine", `${corpus}jpeg-icc/seine_ultrahdr_gainmap.jpg`, (image) => image),
  otherPhotograph("red", `${corpus}jpeg-icc/red-at-12-oclock.jpg`, (image) => image.resize(400)),
  otherPhotograph("bicycles", `${corpus}jpeg/bicycles_restarts.jpg`, (image) => image.resize(512)),
  otherPhotograph("blossom", `${demo}photos/blossom-display-p3.jpg`, (image) => image.resize(400)),
  otherPhotograph("daisies", `${demo}photos/daisies.jpg`, (image) => image.resize(520)),
  graphics("user interface", `${corpus}png/screenshot_ui_1280x800.png`, (image) =>
    image.extract({ left: 0, top: 0, width: 640, height: 360 }),
  ),
  graphics("gray text", `${corpus}png/screenshot_text_gray.png`, (image) =>
    image.extract({ left: 0, top: 0, width: 640, height: 277 }),
  ),
  graphics("logo", `${corpus}webp/lossless1.webp`, (image) => image.resize(500)),
  graphics("dashboard", `${demo}graphics/dashboard.png`, (image) =>
    image.extract({ left: 0, top: 0, width: 560, height: 360 }),
  ),
];

function photograph(name: string, file: string, make: Recipe["make"]): Recipe {
  return { name, content: "photograph", file, make };
}

function otherPhotograph(name: string, file: string, make: Recipe["make"]): Recipe {
  return { name, content: "other photograph", file, make };
}

function graphics(name: string, file: string, make: Recipe["make"]): Recipe {
  return { name, content: "graphics", file, make };
}

/** @throws Error when a file is missing: fewer pictures would give another table without saying so */
export async function readPristinePictures(): Promise<PristinePicture[]> {
  const pictures: PristinePicture[] = [];
  for (const { name, content, file, make } of recipes) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    if (!existsSync(path)) throw new Error(`${file} is missing; the calibration needs the shared corpus`);
    const upright = make(sharp(path)).flatten({ background: white }).toColourspace("srgb").removeAlpha();
    pictures.push({ name, content, png: await upright.png({ compressionLevel: 1 }).toBuffer() });
  }
  const text = await sharp(Buffer.from(redText)).flatten({ background: white }).png().toBuffer();
  return [...pictures, { name: "red text", content: "graphics", png: text }];
}

/** A file of the corpus as it is. */
export interface JpegPhotograph {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sourceQuality: number;
  readonly chroma: Chroma;
}

const mostPixels = 1.1e6;

/** The photographs in `jpeg/` of the corpus, of a quality that has lossy variants, and the same at half the size. */
export async function readJpegPhotographs(): Promise<JpegPhotograph[]> {
  const folder = fileURLToPath(new URL(`${corpus}jpeg/`, import.meta.url));
  const names = readdirSync(folder).filter((name) => /^(kodim|flower|bicycles).*\.jpg$/.test(name));
  const photographs: JpegPhotograph[] = [];
  for (const name of names.toSorted()) {
    const bytes = new Uint8Array(readFileSync(`${folder}${name}`));
    const facts = await probeImage(bytes);
    if (facts?.format !== "jpeg") continue;
    const { jpeg, width = 0, height = 0 } = facts;
    if (jpeg.quality === undefined || jpeg.quality < minLossySourceQuality || width * height > mostPixels) continue;
    const chroma = jpeg.subsampling === "4:4:4" ? "4:4:4" : "4:2:0";
    const half = await sharp(bytes)
      .resize(width >> 1)
      .jpeg({ quality: jpeg.quality, chromaSubsampling: chroma })
      .toBuffer();
    for (const file of [bytes, new Uint8Array(half)]) {
      photographs.push({ bytes: file, sourceQuality: jpeg.quality, chroma });
    }
  }
  return photographs;
}

/** The picture as a site would have it: a JPEG of libjpeg-turbo with its standard tables. */
export function makeSource(picture: PristinePicture, quality: number, chroma: Chroma): Promise<Buffer> {
  return sharp(picture.png).jpeg({ quality, chromaSubsampling: chroma }).toBuffer();
}
