import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { describe, expect, it, vi } from "vitest";
import { bytesUrl } from "../../../../src/edge/key.ts";
import type { EncodeSettings } from "../../../../src/imaging/model/settings.ts";
import type { Picture } from "../../../../src/imaging/model/picture.ts";
import { createPixelEngine } from "../../../../src/imaging/create-pixel-engine.ts";
import type { Env } from "../../../../src/edge/env.ts";
import { accepts, okay, pngChunk, setUp, type Stage } from "../../scripted-services.ts";

/** Large enough for a draft to pay. */
const width = 800;
const height = 600;

function paint(): Picture {
  const data = new Uint8ClampedArray(4 * width * height).map((_, at) => (at & 3 ? (at * at) >> 9 : at >> 13) | 3);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  return { pixels: { data, width, height }, profile: undefined };
}

/** A PNG of this size without transparency, as far as anything here reads it: the decoder is scripted. */
function largePng(): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  return Uint8Array.from([
    0x89,
    ...new TextEncoder().encode("PNG\r\n\x1a\n"),
    ...pngChunk("IHDR", [...new Uint8Array(header.buffer)]),
    ...pngChunk(
      "IDAT",
      Array.from({ length: 900_000 }, () => 0),
    ),
    ...pngChunk("IEND", []),
  ]);
}

const source = largePng();

const real = createPixelEngine();
const settings = { format: "webp", lossless: false, quality: 70, method: 0, sharpYuv: false } as const;
const files = {
  draft: await real.encode(paint(), settings),
  webp: await real.encode(paint(), { ...settings, quality: 60 }),
  avif: await real.encode(paint(), { format: "avif", quality: 20, speed: 10, chroma: "4:2:0", bitDepth: 8 }),
};
real.dropIdle();

interface DraftStage extends Stage {
  /** What was asked of the encoder: format and effort. */
  readonly made: string[];
}

/** The method of a WebP, the speed of an AVIF. */
function effortOf(how: EncodeSettings): number | undefined {
  return "method" in how ? how.method : "speed" in how ? how.speed : undefined;
}

/** Of a WebP: the method that drafts are made with. */
function isDraft(how: EncodeSettings): boolean {
  return how.format === "webp" && effortOf(how) === 2;
}

function setUpLarge(env: Env = {}): DraftStage {
  const made: string[] = [];
  const stage = Object.assign(setUp(env), { made });
  stage.origin = () => okay(source.slice());
  Object.assign(stage.codecs, { decode: async () => paint() });
  stage.encode = async (_, how) => {
    made.push(`${how.format} ${effortOf(how)}`);
    return (how.format === "avif" ? files.avif : isDraft(how) ? files.draft : files.webp).slice();
  };
  return stage;
}

interface Given {
  readonly format: string | undefined;
  readonly reason: string | undefined;
  readonly etag: string | null;
  readonly cacheControl: string | null;
  readonly file: string | undefined;
}

async function ask(stage: Stage, accept: string): Promise<Given> {
  const response = await stage.ask("/a.png", accept);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const stated = response.headers.get("edge-imaging") ?? "";
  const known: Readonly<Record<string, Uint8Array>> = { ...files, source };
  const isSame = (other: Uint8Array | undefined): boolean =>
    other?.length === bytes.length && other.every((byte, index) => byte === bytes[index]);
  return {
    format: /(?:^|, )format=([a-z0-9]+)/.exec(stated)?.[1],
    reason: /(?:^|, )reason=([a-z-]+)/.exec(stated)?.[1],
    etag: response.headers.get("etag"),
    cacheControl: response.headers.get("cache-control"),
    file: Object.keys(known).find((name) => isSame(known[name])),
  };
}

async function variantsOf(stage: Stage) {
  const { record } = await stage.services.store.readRecord(stage.image("/a.png", accepts.any).key);
  if (record === undefined) throw new Error("nothing is known");
  return record.variants;
}

async function storedWebp(stage: Stage): Promise<number | undefined> {
  const { key } = stage.image("/a.png", accepts.webp);
  return (await (await caches.default.match(bytesUrl(key, "webp")))?.arrayBuffer())?.byteLength;
}

describe("SourceFlight, drafts", () => {
  it("answers with a draft for a minute, and then with the variant and never with the draft", async () => {
    const stage = setUpLarge({ FORMATS: "webp" });
    const first = await ask(stage, accepts.webp);
    expect(first).toMatchObject({ format: "webp", reason: "interim", file: "draft" });
    expect(first.cacheControl).toContain("max-age=60");
    await stage.idle();
    expect(stage.made).toEqual(["webp 2", expect.stringMatching(/^webp [46]$/) as string]);
    const final = await ask(stage, accepts.webp);
    expect(final).toMatchObject({ format: "webp", reason: "transcoded", file: "webp" });
    expect(final.cacheControl).toBe("max-age=86400");
    expect(final.etag).not.toBe(first.etag);
    expect((await variantsOf(stage)).webp).toEqual({ state: "made", bytes: files.webp.length, etag: final.etag });
    expect(await storedWebp(stage)).toBe(files.webp.length);
    // Another class, assembled from what is kept.
    expect(await ask(stage, accepts.both)).toMatchObject({ reason: "transcoded", file: "webp" });
    expect(stage.made).toHaveLength(2);
  });

  it("answers a class of AVIF with the draft of a WebP until the AVIF is there", async () => {
    const stage = setUpLarge();
    expect(await ask(stage, accepts.both)).toMatchObject({ format: "webp", reason: "interim", file: "draft" });
    await stage.idle();
    expect(stage.made.map((each) => each.split(" ")[0])).toEqual(["webp", "webp", "avif"]);
    expect(files.avif.length).toBeLessThan(files.webp.length);
    expect(await ask(stage, accepts.both)).toMatchObject({ format: "avif", reason: "transcoded", file: "avif" });
    expect(await ask(stage, accepts.webp)).toMatchObject({ format: "webp", reason: "transcoded", file: "webp" });
  });

  it("makes one draft for many clients at once", async () => {
    const stage = setUpLarge();
    const wanted = [accepts.webp, accepts.both, accepts.webp, accepts.both];
    const first = await Promise.all(wanted.map((accept) => ask(stage, accept)));
    expect(first.map(({ file }) => file)).toEqual(wanted.map(() => "draft"));
    await stage.idle();
    expect(stage.made.map((each) => each.split(" ")[0])).toEqual(["webp", "webp", "avif"]);
    for (const accept of wanted) expect(await ask(stage, accept)).toMatchObject({ reason: "transcoded" });
  });

  it("replaces the draft as soon as its variant is there, while others are being made", async () => {
    const stage = setUpLarge();
    const { encode } = stage;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    stage.encode = async (picture, how) => {
      if (how.format === "avif") await held;
      return encode(picture, how);
    };
    await ask(stage, accepts.webp);
    await vi.waitFor(async () => expect(await ask(stage, accepts.webp)).toMatchObject({ file: "webp" }), 5000);
    expect((await variantsOf(stage)).avif).toMatchObject({ state: "pending" });
    release();
    await stage.idle();
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "transcoded", file: "webp" });
  });

  it("releases the draft when the variant fails, and makes no other", async () => {
    const stage = setUpLarge({ FORMATS: "webp" });
    const { encode } = stage;
    stage.encode = async (picture, how) => {
      const file = await encode(picture, how);
      if (!isDraft(how)) throw new ImagingError("codec", "webp", "trap");
      return file;
    };
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "interim", file: "draft" });
    await stage.idle();
    expect((await variantsOf(stage)).webp).toMatchObject({ state: "failed", attempts: 1 });
    for (let minutes = 0; minutes < 20; minutes++) {
      stage.now += 60_000;
      expect(await ask(stage, accepts.webp)).toMatchObject({ format: "png", file: "source" });
      await stage.idle();
    }
    expect(stage.made.filter((each) => each === "webp 2")).toHaveLength(1);
    expect(stage.made).toHaveLength(4);
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "encode-failed", file: "source" });
    expect(await storedWebp(stage)).toBeUndefined();
  });

  it("counts a draft that fails as the variant's attempt", async () => {
    const stage = setUpLarge({ FORMATS: "webp" });
    stage.encode = () => Promise.reject(new ImagingError("codec", "webp", "trap"));
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "interim", file: "source" });
    await stage.idle();
    expect(stage.encoded).toHaveLength(1);
    expect((await variantsOf(stage)).webp).toMatchObject({ state: "failed", attempts: 1 });
  });

  it("goes back to the original when the variant is not smaller, whatever the draft was", async () => {
    const stage = setUpLarge({ FORMATS: "webp" });
    const { encode } = stage;
    stage.encode = async (picture, how) => {
      const file = await encode(picture, how);
      if (isDraft(how)) return file;
      const larger = new Uint8Array(1_000_000);
      larger.set(file);
      return larger;
    };
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "interim", file: "draft" });
    await stage.idle();
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "not-smaller", file: "source" });
  });

  it("makes the variant at once where a source is taken up again, so that drafts do not follow each other", async () => {
    const stage = setUpLarge({ EAGER: "", FORMATS: "webp" });
    await ask(stage, accepts.any);
    await stage.idle();
    expect(stage.made).toEqual([]);
    expect(await ask(stage, accepts.webp)).toMatchObject({ reason: "transcoded", file: "webp" });
    expect(stage.made).toHaveLength(1);
  });
});
