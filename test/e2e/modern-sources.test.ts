/** A browser without AVIF or WebP shows a site whose origin holds only AVIF or WebP. */
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isSame, verdictOf } from "../support/answer.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { expectVaryAccept, sniff } from "../support/expect-picture.ts";
import { hasBrowser, type Painter, startPainter } from "../support/painter.ts";
import { corpus, hasCorpus, photo, pngOf, transparency } from "../support/pictures.ts";
import { bytes, type ScriptedOrigin, startScriptedOrigin } from "../support/scripted-origin.ts";
import { compareShown, show } from "../support/shown-picture.ts";

const fixtures = fileURLToPath(new URL("../fixtures/avif/", import.meta.url));

/** What these ask for an image with. Two of them show JPEG 2000 or JPEG XR, which is not made of such sources. */
const oldClients = [
  {
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    userAgent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
  },
  {
    accept: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
    userAgent: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
  },
  {
    accept: "*/*",
    userAgent:
      "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.17928)",
  },
  { accept: "image/png,image/*", userAgent: "curl/8.9.1" },
] as const;

/** What is passed on, and why. */
const refused: Readonly<Record<string, string>> = {
  "colors_hdr_p3.avif": "hdr",
  "seine_hdr_rec2020.avif": "hdr",
  "seine_sdr_gainmap_srgb.avif": "hdr",
  "sofa_grid1x5_420.avif": "undecodable",
  "bryce.webp": "too-large",
};

/** Whose colours libvips does not show as they are: it does not know the code points, and does not undo the multiplying. */
const onlyForBrowsers = ["draw_points_idat_progressive.avif", "premultiplied.avif", "p3-code-points.avif"];

/** Chromium 156 takes the transparency of every AVIF for one of limited range, libvips and libavif do not. */
const translucentAvifs = ["alpha.avif", "alpha-12-bits.avif", "premultiplied.avif"];

interface Source {
  readonly name: string;
  readonly file: Buffer;
}

/** Of more than a megapixel, it shows nothing that the others do not. */
const leftOut = ["vp80-00-comprehensive-008.webp"];

async function readFolder(folder: string): Promise<Source[]> {
  const names = (await readdir(folder)).filter((name) => /\.(avif|webp)$/.test(name) && !leftOut.includes(name));
  return Promise.all(names.map(async (name) => ({ name, file: await readFile(folder + name) })));
}

async function madeHere(): Promise<Source[]> {
  const picture = sharp(await photo(3, 152, 104));
  const translucent = sharp(await pngOf(transparency(120, 90)));
  const coded = await readFile(`${fixtures}limited-422.avif`);
  // Display P3 with the curve of sRGB (ITU-T H.273).
  coded.writeUInt16BE(12, coded.indexOf("nclx") + 4);
  return [
    { name: "lossy.webp", file: await picture.clone().webp({ quality: 82 }).toBuffer() },
    { name: "lossless.webp", file: await picture.clone().webp({ lossless: true }).toBuffer() },
    { name: "alpha.webp", file: await translucent.clone().webp({ quality: 82 }).toBuffer() },
    { name: "alpha-lossless.webp", file: await translucent.clone().webp({ lossless: true, exact: true }).toBuffer() },
    { name: "p3.webp", file: await picture.clone().withIccProfile("p3").webp({ quality: 90 }).toBuffer() },
    { name: "turned.webp", file: await picture.clone().withMetadata({ orientation: 6 }).webp().toBuffer() },
    { name: "p3.avif", file: await picture.clone().withIccProfile("p3").avif({ effort: 0, quality: 70 }).toBuffer() },
    { name: "alpha.avif", file: await translucent.clone().avif({ effort: 0, quality: 70 }).toBuffer() },
    { name: "p3-code-points.avif", file: coded },
  ];
}

const typeOf = (name: string): string => `image/${name.slice(name.lastIndexOf(".") + 1)}`;

let origin: ScriptedOrigin;
let edge: Edge;
let sources: readonly Source[];
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url } });
  const inCorpus = hasCorpus ? await Promise.all(["avif/", "webp/"].map((folder) => readFolder(corpus + folder))) : [];
  sources = [...(await madeHere()), ...(await readFolder(fixtures)), ...inCorpus.flat()];
  for (const { name, file } of sources) origin.on(`/${name}`, bytes(file, typeOf(name)));
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

const formats: Record<string, Buffer> = {};

test(`the first answer is a JPEG or PNG of the same picture${hasCorpus ? "" : " (without ../shared/corpus)"}`, async () => {
  const complaints: string[] = [];
  for (const [index, { name, file }] of sources.entries()) {
    const { accept, userAgent } = oldClients[index % oldClients.length] ?? oldClients[0];
    const answer = await edge.get(`/${name}`, accept, { "user-agent": userAgent });
    const { format, reason } = verdictOf(answer);
    const complain = (what: string): void => void complaints.push(`${name}: ${what} ${answer.headers["edge-imaging"]}`);
    expectVaryAccept(answer);
    if (refused[name] !== undefined) {
      if (reason !== refused[name] || !isSame(answer.body, file)) complain("is not passed on");
      continue;
    }
    if (!["jpeg", "png"].includes(String(format)) || sniff(answer.body) !== format) {
      complain("is not shown");
      continue;
    }
    formats[name] = answer.body;
    if (onlyForBrowsers.includes(name)) continue;
    // libvips turns by the Exif of a WebP, browsers do not.
    const before = name === "turned.webp" ? await sharp(file).withMetadata({ orientation: 1 }).png().toBuffer() : file;
    const { mean, coarse, alpha } = compareShown(await show(before), await show(answer.body));
    const isLossless = format === "png";
    if (!(mean <= (isLossless ? 1 : 5) && coarse <= 1.5) || alpha > 0)
      complain(`mean ${mean.toFixed(2)}, coarse ${coarse.toFixed(2)}, alpha ${alpha}`);
  }
  expect(complaints).toEqual([]);
  expect(Object.keys(formats).length).toBeGreaterThanOrEqual(hasCorpus ? 30 : 15);
});

test("who names the format gets the very same file", async () => {
  for (const { name, file } of sources) {
    const answer = await edge.get(`/${name}`, "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5");
    expect(isSame(answer.body, file), `${name}: ${answer.headers["edge-imaging"]}`).toBe(true);
  }
});

describe.skipIf(!hasBrowser)("as Chromium paints it (skipped without Chromium)", () => {
  let painter: Painter;
  beforeAll(async () => {
    origin.on("/page.html", bytes(Buffer.from("<!doctype html><title>pictures</title>"), "text/html"));
    painter = await startPainter(`${origin.url}/page.html`);
  });
  afterAll(async () => painter?.close());

  test("the file of the origin and what is sent in its place look the same", async () => {
    const complaints: string[] = [];
    for (const [name, body] of Object.entries(formats)) {
      if (translucentAvifs.includes(name)) continue;
      const after = `/shown/${name}.${sniff(body)}`;
      origin.on(after, bytes(body, `image/${sniff(body)}`));
      const painted = await painter.compare(`/${name}`, after);
      const limit = sniff(body) === "png" ? 1 : 4;
      if (painted.before.join() !== painted.after.join() || painted.mean > limit)
        complaints.push(
          `${name}: ${painted.before.join("×")} → ${painted.after.join("×")}, ${painted.mean.toFixed(2)}`,
        );
    }
    expect(complaints).toEqual([]);
  });
});
