/**
 * Every source that can be decoded, for every target that can be made of it, asked of the running Worker; each answer is
 * looked at with a decoder that shares no code with it, and compared with the source.
 */
import { readFile, readdir } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { inflateFile } from "../support/inflate-file.ts";
import { type Client, clients, expectedFormats, judgedClients, type Kind, kinds } from "../support/matrix.ts";
import { deepPng, smallSources } from "../support/matrix-sources.ts";
import { corpus, hasCorpus, photo, pngOf, transparency } from "../support/pictures.ts";
import { bytes, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";
import { sideBySide } from "../support/side-by-side.ts";
import {
  compareShown,
  isTranslucent,
  missingForCmyk,
  show,
  type Shown,
  showFormat,
  viewers,
} from "../support/shown-picture.ts";

const types: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  tif: "image/tiff",
};

/**
 * How far apart a variant and its source may be, in levels; the worst of the corpus is about a quarter below. Sources
 * whose colours have to be carried or converted (profiles, inks, gAMA) are held to `look`: losing a Display P3 profile
 * shows as 1.5 of `coarse`.
 */
const limits = {
  /** Rounding: of two decoders, and of two conversions to sRGB. */
  exact: { mean: 1, coarse: 1 },
  look: { mean: 4.5, coarse: 1.3 },
  /** JPEGs without a profile, of qualities down to 60, whose own damage is smoothed away. */
  "look of a worn JPEG": { mean: 4.5, coarse: 2 },
  /** 0.05 MP of leaves and gravel, which take two and a half bits per pixel as JPEG. */
  "look of a busy JPEG": { mean: 7.5, coarse: 1.6 },
} as const;

type Limit = keyof typeof limits;

function lookLimit({ name }: Source, kind: Kind, hasProfile: boolean): Limit {
  if (name === "sideways_bench_orient5_icc.jpg") return "look of a busy JPEG";
  return kind === "jpeg" && !hasProfile ? "look of a worn JPEG" : "look";
}

/**
 * Answered otherwise than their kind is: of a JPEG below quality 60 nothing lossy is made, AVIF of more than three
 * megapixels does not fit the memory, nor do most lossless formats of four. What comes instead has to be the picture
 * all the same.
 */
const isLeftOut = (name: string, { best }: Client): boolean =>
  (/^(bicycles|paris)_/.test(name) && best !== "jxl") ||
  (/^flower_(2268|luma)/.test(name) && best === "avif") ||
  name.startsWith("logo_plum_alpha_large");

/**
 * Portraits that differ by their orientation only are asked for by one client each, large pictures by two. IE 9 gets what
 * IE 11 gets but for one step of the transform, so that a part shows it.
 */
function isSampled(name: string, index: number, client: number): boolean {
  if (name.startsWith("portrait_")) return client === index % 7;
  if (/^flower_(2268|luma)/.test(name)) return (client - index + 28) % 7 < 2;
  return clients[client]?.name !== "IE 9" || index % 3 === 0;
}

/** The source's own size again for a JPEG; else what the samples take, so that lossless formats are smaller in any case. */
const maxExtraBytes = 2_500_000;

/** Only what the asking client needs, at once and whatever it saves. */
const vars = { EAGER: "", MIN_SAVING_PERCENT: "0", INLINE_BUDGET_MS: "20000" } as const;

let origin: ScriptedOrigin;
let edge: Edge;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url, ...vars } });
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

interface Source {
  readonly name: string;
  readonly file: Buffer;
  readonly extension: string;
}

async function kindOf({ file, extension, name }: Source): Promise<Kind> {
  const { space, depth, pages = 1 } = await sharp(file).metadata();
  if (name.includes("gainmap")) return "hdr";
  if (pages > 1) return "multi-page";
  const isCmyk = space === "cmyk";
  const isDeep = depth === "ushort";
  switch (extension) {
    case "jpg":
      return isCmyk ? "ink jpeg" : "jpeg";
    case "png":
      return isDeep ? "deep png" : "png";
    case "tif":
      return isCmyk || isDeep ? "reduced tiff" : "tiff";
    default:
      return "gif";
  }
}

const allClients: readonly Client[] = clients;

/** Number of answers by what was sent to whom, e.g. `WebP: webp`. */
const made = new Map<string, number>();
const count = (client: Client, sent: string): void => {
  const key = `${client.name}: ${sent}`;
  made.set(key, (made.get(key) ?? 0) + 1);
};

/** What is wrong with the answers for a source, for these clients. */
async function check(source: Source, asking: readonly Client[], worker: Edge = edge): Promise<string[]> {
  const { name, file, extension } = source;
  const path = `/${encodeURIComponent(name)}.${extension}`;
  const { width, height, icc } = await sharp(file).metadata();
  const kind = await kindOf(source);
  const extra = extension === "jpg" ? file.length : Math.min(maxExtraBytes, 3 * width * height + 4096);
  // What a gain map's directory says of places in the file would not be true any more.
  const sent = kind === "hdr" ? file : inflateFile(file, extension, extra);
  origin.on(path, bytes(sent, types[extension] ?? ""));
  const shown = show(file);
  const verdicts: Promise<string | undefined>[] = [];
  for (const client of asking) {
    const headers = client.userAgent === undefined ? {} : { "user-agent": client.userAgent };
    const answer = await worker.settle(path, client.accept, headers);
    const { format, reason } = verdictOf(answer);
    const isOriginal = answer.body.equals(sent);
    count(client, isOriginal ? `original, ${String(reason)}` : String(format));
    verdicts.push(
      (async () => {
        const seen = `${name} for ${client.name}: ${answer.headers["edge-imaging"] ?? ""}`;
        try {
          const expected = expectedFormats(kind, client);
          const isExpected = expected.length === 0 ? isOriginal : expected.some((wanted) => wanted === format);
          if (!isExpected && !isLeftOut(name, client)) return `${seen}: expected ${expected.join(" or ")}`;
          if (isOriginal) return undefined;
          if (format === client.best && answer.headers["content-type"] !== client.mediaType)
            return `${seen}: ${answer.headers["content-type"] ?? "no type"}`;
          const exactness = kinds[kind].made[format as keyof (typeof kinds)[Kind]["made"]] ?? "exact";
          const limit = exactness === "exact" ? "exact" : lookLimit(source, kind, icc !== undefined);
          const complaint = compare(await shown, await showFormat(answer.body, String(format)), limit);
          return complaint === undefined ? undefined : `${seen}: ${complaint}`;
        } catch (error) {
          return `${seen}: ${String(error)}`;
        }
      })(),
    );
  }
  return (await Promise.all(verdicts)).filter((complaint) => complaint !== undefined);
}

function compare(source: Shown, variant: Shown, name: Limit): string | undefined {
  const { mean, coarse, alpha } = compareShown(source, variant);
  const limit = limits[name];
  if (mean > limit.mean || coarse > limit.coarse) return `mean ${mean.toFixed(2)}, coarse ${coarse.toFixed(2)}`;
  if (alpha > 0) return `alpha differs by ${alpha}`;
  return variant.hasAlpha && !isTranslucent(source) ? "an alpha channel of nothing but 255" : undefined;
}

async function readSources(folder: string): Promise<Source[]> {
  const names = (await readdir(corpus + folder)).filter((name) => {
    // Those of PngSuite that begin with x are broken.
    return (
      types[name.slice(name.lastIndexOf(".") + 1)] !== undefined && !(folder === "pngsuite" && name.startsWith("x"))
    );
  });
  return Promise.all(
    names.map(async (name) => ({
      name,
      file: await readFile(`${corpus}${folder}/${name}`),
      extension: name.slice(name.lastIndexOf(".") + 1),
    })),
  );
}

const withoutCorpus = hasCorpus ? "" : " (skipped: no ../shared/corpus)";
const withoutCmyk = missingForCmyk.length === 0 ? "" : ` (skipped: no ${missingForCmyk.join(", no ")})`;

describe("the right picture, whatever it becomes", () => {
  test.each(smallSources.map(({ name }) => name))("%s, for every client", async (name) => {
    const source = smallSources.find((small) => small.name === name);
    if (source === undefined) throw new Error(`no source ${name}`);
    expect(await check({ name, extension: source.extension, file: await source.make() }, judgedClients)).toEqual([]);
  });

  test.skipIf(!hasCorpus).each(["jpeg", "jpeg-exif", "jpeg-icc", "png"])(
    `../shared/corpus/%s, for every client${withoutCorpus}`,
    { timeout: 240_000 },
    async (folder) => {
      const complaints: string[] = [];
      await sideBySide(await readSources(folder), async (source, index) => {
        const asking = judgedClients.filter((client) => isSampled(source.name, index, allClients.indexOf(client)));
        complaints.push(...(await check(source, asking)));
      });
      expect(complaints).toEqual([]);
    },
  );

  test.skipIf(!hasCorpus || missingForCmyk.length > 0).each(["jpeg-cmyk", "tiff"])(
    `../shared/corpus/%s, for every client${withoutCorpus}${withoutCmyk}`,
    { timeout: 240_000 },
    async (folder) => {
      const complaints: string[] = [];
      for (const source of await readSources(folder)) complaints.push(...(await check(source, judgedClients)));
      expect(complaints).toEqual([]);
    },
  );

  test.skipIf(!hasCorpus)(`still pictures of ../shared/corpus/anim, for every client${withoutCorpus}`, async () => {
    const complaints: string[] = [];
    let stills = 0;
    for (const source of await readSources("anim")) {
      if (source.extension !== "gif" || ((await sharp(source.file).metadata()).pages ?? 1) > 1) continue;
      stills++;
      complaints.push(...(await check(source, judgedClients)));
    }
    expect(complaints).toEqual([]);
    expect(stills).toBeGreaterThan(0);
  });

  test.skipIf(!hasCorpus)(
    `PngSuite, each for WebP and one other client${withoutCorpus}`,
    { timeout: 240_000 },
    async () => {
      const complaints: string[] = [];
      for (const [index, source] of (await readSources("pngsuite")).entries()) {
        const [webp, ...others] = judgedClients;
        const other = others[index % others.length];
        if (webp !== undefined && other !== undefined) complaints.push(...(await check(source, [webp, other])));
      }
      expect(complaints).toEqual([]);
    },
  );

  test("the packed PNG of 16 bits keeps all of them", async () => {
    const source = await deepPng();
    origin.on("/deep.png", bytes(inflateFile(source, "png", 10_000), "image/png"));
    const before = await readDeep(source);
    for (const { accept } of clients) {
      const answer = await edge.settle("/deep.png", accept);
      expect(verdictOf(answer)).toMatchObject({ format: "png", reason: "transcoded" });
      expect((await readDeep(answer.body)).equals(before)).toBe(true);
    }
  });

  test.skipIf(!hasCorpus)(`a JPEG with a gain map is passed with its reason${withoutCorpus}`, async () => {
    const source = await readFile(`${corpus}jpeg-icc/seine_ultrahdr_gainmap.jpg`);
    origin.on("/gain-map.jpg", bytes(source, "image/jpeg"));
    for (const { accept } of clients) {
      const answer = await edge.settle("/gain-map.jpg", accept);
      expect(verdictOf(answer)).toMatchObject({ format: "jpeg", reason: "hdr" });
      expect(answer.body.equals(source)).toBe(true);
    }
  });

  // After the tests above, whose answers it counts.
  for (const client of allClients) {
    const { name, best } = client;
    if (best === undefined) continue;
    const tool = viewers[best];
    const isJudged = tool === undefined || tool.available;
    test.skipIf(!isJudged)(
      `files for ${name} were made and looked at${isJudged ? "" : ` (skipped: no ${tool.name})`}`,
      () => {
        expect(made.get(`${name}: ${best}`) ?? 0, JSON.stringify([...made])).toBeGreaterThanOrEqual(hasCorpus ? 30 : 9);
      },
    );
  }
});

/** Samples of 16 bits. */
function readDeep(png: Buffer): Promise<Buffer> {
  return sharp(png).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
}

describe("transparency in lossy files", () => {
  let lossy: Edge;
  beforeAll(async () => {
    lossy = await startEdge({ vars: { ORIGIN: origin.url, ...vars, PNG_MODE: "lossy" } });
  });
  afterAll(() => lossy?.close());

  test.each(judgedClients.filter(({ best }) => best !== undefined && best !== "jxl"))(
    "$name: every alpha value stays, and the colours that can be seen",
    async ({ accept, userAgent, best = "" }) => {
      // The colours of a photograph: what is judged here is not an encoder's noise.
      const source = await sharp(await photo(1, 203, 131))
        .ensureAlpha()
        .composite([{ input: await pngOf(transparency(203, 131)), blend: "dest-in" }])
        .png()
        .toBuffer();
      origin.on("/seen-through.png", bytes(inflateFile(source, "png", 200_000), "image/png"));
      const headers: Record<string, string> = userAgent === undefined ? {} : { "user-agent": userAgent };
      const answer = await lossy.settle("/seen-through.png", accept, headers);
      expect(verdictOf(answer)).toMatchObject({ format: best, reason: "transcoded" });
      const apart = compareShown(await show(source), await showFormat(answer.body, best));
      expect(apart.alpha).toBe(0);
      expect(apart.mean).toBeLessThan(limits.look.mean);
      expect(apart.coarse).toBeLessThan(limits.look.coarse);
      expect(apart.mean).toBeGreaterThan(0);
    },
  );
});
